#include "engine/plan/dependencies.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "engine/plan/reads.hpp"
#include "engine/program/program.hpp"

namespace riskd::engine {
namespace {

Cell cell_of(Cell::Kind kind, std::uint32_t index) {
  Cell cell;
  cell.kind = kind;
  cell.index = index;
  return cell;
}

void add_once(std::vector<Cell>& cells, Cell cell) {
  // The cells come one after the other: a repeated one is the last.
  if (cells.empty() || !(cells.back() == cell)) cells.push_back(cell);
}

}  // namespace

// Enters one formula after the other.
class DependenciesBuilder {
 public:
  DependenciesBuilder(const Program& program, Dependencies& out) : program_(program), out_(out) {}

  void run() {
    slots();
    out_.has_required_field = std::any_of(
        program_.fields.begin(), program_.fields.end(),
        [](const Field& each) { return each.required && each.default_value == no_node; });
    of_question_.resize(program_.questions.size());
    out_.of_field.resize(program_.fields.size());
    out_.of_let.resize(program_.lets.size());
    for (std::uint32_t i = 0; i < program_.questions.size(); ++i) {
      question_reads_.push_back(reads_of({program_.questions[i].ask_when}));
      enter(cell_of(Cell::Kind::question, i), question_reads_.back());
    }
    for (std::uint32_t i = 0; i < program_.lets.size(); ++i) {
      let_reads_.push_back({});
      const Let& let = program_.lets[i];
      if (let.kind != Kind::product && let.kind != Kind::component) continue;
      let_reads_.back() = reads_of({let.value});
      enter(cell_of(Cell::Kind::let, i), let_reads_.back());
    }
    std::vector<Reads> conditions = question_reads_;
    for (std::uint32_t i = 0; i < program_.patterns.size(); ++i) {
      conditions.push_back(reads_of({program_.patterns[i].when}));
      enter(cell_of(Cell::Kind::pattern, i), conditions.back());
    }
    orders();
    for (const Reads& each : conditions)
      out_.model_reads.conditions_read_model |= each.of_model() || reads_late(each);
    elements();
    ratings_and_tickets();
    out_.tests = TestBindings(program_);
    out_.shape = Shape(program_);
    names();
    counters();
    out_.conditions = Conditions(program_, out_.question_slot);
    out_.steps = acts_of_steps(program_, out_.conditions);
    flatten_readers();
    patterns_of_questions();
    fresh_scopes({conditions.begin() + static_cast<std::ptrdiff_t>(program_.questions.size()),
                  conditions.end()});
  }

 private:
  Reads reads_of(const std::vector<NodeId>& formulas) const {
    Reads reads;
    add_reads(program_, formulas, reads);
    return reads;
  }

  void enter(Cell cell, const Reads& reads) {
    cell.across = reads.across;
    if (cell.kind == Cell::Kind::question)
      cell.component_type = program_.questions[cell.index].component_type;
    if (cell.kind == Cell::Kind::pattern) {
      cell.component_type = program_.patterns[cell.index].component_type;
      cell.slot = out_.pattern_slot[cell.index];
    }
    out_.model_reads.undecided_is_read |= reads.undecided;
    for (const auto& [question, values] : reads.compared) {
      if (reads.questions.contains(question)) continue;
      auto& by_value = of_question_[question].by_value;
      for (const std::uint32_t value : values) {
        if (by_value.size() <= value) by_value.resize(value + std::size_t{1});
        add_once(by_value[value], cell);
      }
    }
    for (const std::uint32_t each : reads.questions) add_once(of_question_[each].any, cell);
    for (const std::uint32_t each : reads.fields) add_once(out_.of_field[each], cell);
    for (const std::uint32_t each : reads.lets) add_once(out_.of_let[each], cell);
    if (reads.today) add_once(out_.of_today, cell);
  }

  void slots() {
    const std::size_t scopes = program_.component_types.size() + 1;
    out_.questions_in.resize(scopes);
    out_.patterns_in.resize(scopes);
    const auto place = [](auto& in, auto& slot, const auto& all) {
      for (std::uint32_t i = 0; i < all.size(); ++i) {
        auto& own = in[Dependencies::scope_of(all[i].component_type)];
        slot.push_back(static_cast<std::uint32_t>(own.size()));
        own.push_back(i);
      }
    };
    place(out_.questions_in, out_.question_slot, program_.questions);
    place(out_.patterns_in, out_.pattern_slot, program_.patterns);
  }

  void flatten_readers() {
    std::vector<const std::vector<Cell>*> rows;
    for (const Readers& readers : of_question_) {
      out_.first_reader_.push_back(static_cast<std::uint32_t>(rows.size()));
      rows.push_back(&readers.any);
      for (const auto& cells : readers.by_value) rows.push_back(&cells);
    }
    out_.first_reader_.push_back(static_cast<std::uint32_t>(rows.size()));
    out_.readers_ = Rows<Cell>::made(
        rows.size(), [&](std::uint32_t row) -> const std::vector<Cell>& { return *rows[row]; });
  }

  void patterns_of_questions() {
    for (const Readers& readers : of_question_) {
      out_.first_pattern_of.push_back(static_cast<std::uint32_t>(out_.patterns_of_question.size()));
      std::set<std::uint32_t> patterns;
      const auto add = [&](const std::vector<Cell>& cells) {
        for (const Cell& cell : cells) {
          if (cell.kind == Cell::Kind::pattern) patterns.insert(cell.index);
        }
      };
      add(readers.any);
      for (const auto& cells : readers.by_value) add(cells);
      for (const std::uint32_t pattern : patterns) {
        const std::size_t scope = Dependencies::scope_of(program_.patterns[pattern].component_type);
        out_.patterns_of_question.push_back(
            {static_cast<std::uint32_t>(scope), out_.pattern_slot[pattern]});
      }
    }
    out_.first_pattern_of.push_back(static_cast<std::uint32_t>(out_.patterns_of_question.size()));
  }

  void fresh_scopes(const std::vector<Reads>& pattern_reads) {
    out_.fresh.resize(out_.questions_in.size());
    for (std::size_t kind = 0; kind < out_.fresh.size(); ++kind) {
      FreshScope& fresh = out_.fresh[kind];
      for (const std::uint32_t index : out_.questions_in[kind]) {
        const Question& question = program_.questions[index];
        const bool follows = question.ask_when == no_node && question.default_value == no_node &&
                             question.was.empty();
        fresh.questions.push_back(follows ? question_code::unknown : question_code::unset);
        fresh.asked.push_back(follows ? Applies::yes : Applies::no);
      }
    }
    const ScopeBytes product{out_.fresh.front().questions.data(), no_index};
    for (std::size_t kind = 0; kind < out_.fresh.size(); ++kind) {
      FreshScope& fresh = out_.fresh[kind];
      const ScopeBytes component =
          kind == 0 ? ScopeBytes{}
                    : ScopeBytes{fresh.questions.data(), static_cast<std::uint32_t>(kind - 1)};
      for (const std::uint32_t index : out_.patterns_in[kind]) {
        const NodeId when = program_.patterns[index].when;
        const Truth truth =
            when == no_node ? Truth::yes : out_.conditions.of(when, product, component);
        // What a let reads is no reading of the pattern's own.
        if (truth == Truth::needs_full_evaluation || !pattern_reads[index].lets.empty())
          fresh.computed_patterns.push_back(static_cast<std::uint32_t>(fresh.patterns.size()));
        fresh.conditions.push_back(when == no_node ? no_index : out_.conditions.place(when));
        fresh.patterns.push_back(truth == Truth::needs_full_evaluation ? Applies::no
                                                                       : applies_of(truth));
      }
    }
  }

  // Nothing is circular: the recursion ends.
  void orders() {
    out_.is_late.resize(program_.lets.size());
    out_.question_rank.resize(program_.questions.size());
    out_.let_rank.resize(program_.lets.size());
    std::vector<bool> question_known(program_.questions.size()), let_known(program_.lets.size());
    std::function<std::uint32_t(std::uint32_t)> rank_of_let;
    std::function<std::uint32_t(std::uint32_t)> rank_of_question;
    const auto rank_of = [&](const Reads& reads) {
      std::uint32_t rank = 0;
      for (const std::uint32_t each : reads.questions)
        rank = std::max(rank, rank_of_question(each) + 1);
      for (const auto& [each, values] : reads.compared)
        rank = std::max(rank, rank_of_question(each) + 1);
      for (const std::uint32_t each : reads.lets) rank = std::max(rank, rank_of_let(each) + 1);
      return rank;
    };
    rank_of_question = [&](std::uint32_t index) {
      if (question_known[index]) return out_.question_rank[index];
      question_known[index] = true;
      return out_.question_rank[index] = rank_of(question_reads_[index]);
    };
    rank_of_let = [&](std::uint32_t index) {
      if (let_known[index]) return out_.let_rank[index];
      let_known[index] = true;
      const Reads& reads = let_reads_[index];
      const std::uint32_t rank = rank_of(reads);
      bool late = reads.of_model();
      for (const std::uint32_t each : reads.lets) late = late || out_.is_late[each];
      out_.is_late[index] = late;
      return out_.let_rank[index] = rank;
    };
    for (std::uint32_t i = 0; i < program_.questions.size(); ++i) rank_of_question(i);
    for (std::uint32_t i = 0; i < program_.lets.size(); ++i) rank_of_let(i);
  }

  bool reads_late(const Reads& reads) const {
    return std::any_of(reads.lets.begin(), reads.lets.end(),
                       [&](std::uint32_t let) { return out_.is_late[let]; });
  }

  // What an element's own formulas read of others.
  void element(Cell cell, const Reads& reads) {
    enter(cell, reads);
    out_.model_reads.elements_read_far =
        out_.model_reads.elements_read_far || reads.far || reads.undecided || reads_late(reads);
    out_.model_reads.elements_read_approval =
        out_.model_reads.elements_read_approval || reads.approval;
    if (cell.kind == Cell::Kind::weakness || cell.kind == Cell::Kind::countermeasure)
      out_.model_reads.measures_read_risks = out_.model_reads.measures_read_risks || reads.risks;
    if (cell.kind == Cell::Kind::weakness)
      out_.model_reads.weaknesses_read_measures =
          out_.model_reads.weaknesses_read_measures || reads.measures;
    if (cell.kind == Cell::Kind::countermeasure)
      out_.model_reads.measures_read_weaknesses =
          out_.model_reads.measures_read_weaknesses || reads.weaknesses;
  }

  static void add_settings(std::vector<NodeId>& formulas, const std::vector<Setting>& settings) {
    for (const Setting& setting : settings) formulas.push_back(setting.value);
  }

  void elements() {
    for (std::uint32_t i = 0; i < program_.risks.size(); ++i) {
      std::vector<NodeId> formulas;
      add_settings(formulas, program_.risks[i].settings);
      if (!formulas.empty()) element(cell_of(Cell::Kind::risk, i), reads_of(formulas));
    }
    for (std::uint32_t i = 0; i < program_.weaknesses.size(); ++i) {
      std::vector<NodeId> formulas;
      add_settings(formulas, program_.weaknesses[i].settings);
      if (!formulas.empty()) element(cell_of(Cell::Kind::weakness, i), reads_of(formulas));
    }
    std::vector<std::vector<NodeId>> of_measure(program_.countermeasures.size());
    for (std::uint32_t i = 0; i < program_.countermeasures.size(); ++i)
      add_settings(of_measure[i], program_.countermeasures[i].settings);
    for (const Use& use : program_.uses) {
      for (const NodeId each : {use.required, use.mitigates}) {
        if (each != no_node && program_.nodes[each].op != Op::constant)
          of_measure[use.countermeasure].push_back(each);
      }
    }
    for (std::uint32_t i = 0; i < of_measure.size(); ++i) {
      if (!of_measure[i].empty())
        element(cell_of(Cell::Kind::countermeasure, i), reads_of(of_measure[i]));
    }
    std::vector<NodeId> of_all;
    for (const Adjust& step : program_.adjusts) {
      of_all.push_back(step.when);
      of_all.push_back(step.amount);
    }
    for (const Rating& rating : program_.ratings) {
      if (rating.kind == Kind::risk) of_all.push_back(rating.value);
    }
    element(cell_of(Cell::Kind::every_risk, 0), reads_of(of_all));
    // Lets and ratings of weaknesses and countermeasures read as their elements do.
    std::vector<NodeId> of_weaknesses, of_measures;
    for (const Let& let : program_.lets) {
      if (let.kind == Kind::weakness) of_weaknesses.push_back(let.value);
      if (let.kind == Kind::countermeasure) of_measures.push_back(let.value);
    }
    for (const Rating& rating : program_.ratings) {
      if (rating.kind == Kind::weakness) of_weaknesses.push_back(rating.value);
      if (rating.kind == Kind::countermeasure) of_measures.push_back(rating.value);
    }
    const Reads weakness_reads = reads_of(of_weaknesses);
    const Reads measure_reads = reads_of(of_measures);
    out_.model_reads.measures_read_risks =
        out_.model_reads.measures_read_risks || weakness_reads.risks || measure_reads.risks;
    out_.model_reads.weaknesses_read_measures =
        out_.model_reads.weaknesses_read_measures || weakness_reads.measures;
    out_.model_reads.measures_read_weaknesses =
        out_.model_reads.measures_read_weaknesses || measure_reads.weaknesses;
    for (const Reads* reads : {&weakness_reads, &measure_reads}) {
      out_.model_reads.elements_read_far = out_.model_reads.elements_read_far || reads->far ||
                                           reads->undecided || reads_late(*reads);
      out_.model_reads.elements_read_approval =
          out_.model_reads.elements_read_approval || reads->approval;
      enter(cell_of(Cell::Kind::every_risk, 0), *reads);
    }
  }

  void ratings_and_tickets() {
    for (std::uint32_t i = 0; i < program_.ratings.size(); ++i) {
      const Rating& rating = program_.ratings[i];
      if (rating.kind == Kind::product || rating.kind == Kind::component)
        enter(cell_of(Cell::Kind::rating, i), reads_of({rating.value}));
    }
    for (std::uint32_t i = 0; i < program_.tickets.size(); ++i) {
      const TicketTemplate& ticket = program_.tickets[i];
      const Reads reads = reads_of({ticket.open, ticket.close, ticket.reopen});
      enter(cell_of(Cell::Kind::ticket, i), reads);
      out_.model_reads.tickets_read_far |= reads.far || reads.undecided || reads_late(reads);
      out_.model_reads.tickets_read_approval |= reads.approval;
    }
  }

  void counters() {
    for (NodeId id = 0; id < program_.nodes.size(); ++id) {
      const Node& node = program_.nodes[id];
      const auto function = static_cast<Aggregate>(node.a);
      if (node.op != Op::aggregate || static_cast<List>(node.b) != List::product_components ||
          node.kid_count == 0 ||
          (function != Aggregate::any && function != Aggregate::all &&
           function != Aggregate::count))
        continue;
      const Reads reads = reads_of({program_.kids_of(node)[0]});
      if (reads.of_model() || reads.across || reads_late(reads)) continue;
      const auto is_question = [&](std::uint32_t each) {
        return program_.questions[each].component_type == no_index;
      };
      const auto reads_product = [&](const auto& all, const auto& is_of_product) {
        return std::any_of(all.begin(), all.end(), is_of_product);
      };
      out_.counted.push_back(
          {id, reads.today || reads_product(reads.questions, is_question) ||
                   reads_product(reads.compared,
                                 [&](const auto& each) { return is_question(each.first); }) ||
                   reads_product(reads.fields,
                                 [&](std::uint32_t each) {
                                   return program_.fields[each].kind == Kind::product;
                                 }) ||
                   reads_product(reads.lets, [&](std::uint32_t each) {
                     return program_.lets[each].kind == Kind::product;
                   })});
    }
  }

  void names() {
    const auto enter = [&](Kind kind, const auto& by_id, const auto& definitions,
                           std::uint32_t Dependencies::Named::*named) {
      for (const auto& [id, index] : by_id) {
        out_.elements_named[id].*named = index;
        if (definitions[index].id != id) out_.former[{kind, index}].push_back(id);
      }
    };
    enter(Kind::risk, program_.by_id.risks, program_.risks, &Dependencies::Named::risk);
    enter(Kind::weakness, program_.by_id.weaknesses, program_.weaknesses,
          &Dependencies::Named::weakness);
    enter(Kind::countermeasure, program_.by_id.countermeasures, program_.countermeasures,
          &Dependencies::Named::countermeasure);
  }

  struct Readers {
    std::vector<Cell> any;
    std::vector<std::vector<Cell>> by_value;  // shorter where no later choice is compared with
  };

  const Program& program_;
  Dependencies& out_;
  std::vector<Readers> of_question_;
  std::vector<Reads> question_reads_, let_reads_;
};

std::uint32_t Dependencies::counter_of(NodeId node) const {
  const auto found =
      std::lower_bound(counted.begin(), counted.end(), node,
                       [](const Counted& each, NodeId wanted) { return each.node < wanted; });
  return found == counted.end() || found->node != node
             ? no_index
             : static_cast<std::uint32_t>(found - counted.begin());
}

Dependencies::Dependencies(const Program& program) { DependenciesBuilder(program, *this).run(); }

}  // namespace riskd::engine
