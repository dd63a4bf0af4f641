#include "engine/update/policy_diff.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <optional>
#include <set>

#include "engine/evaluate/patterns.hpp"
#include "engine/plan/dependencies.hpp"
#include "engine/program/node_read.hpp"
#include "engine/update/apply.hpp"

namespace riskd::engine {
namespace {

__extension__ typedef unsigned __int128 Wide;  // NOLINT(modernize-use-using)

// Two hashes of one sequence of words, by multiplication and folding.
class Mixer {
 public:
  explicit Mixer(std::uint64_t kind) { number(kind); }

  Mixer& number(std::uint64_t value) {
    half_[0] = fold(half_[0] ^ value, 0x9e3779b97f4a7c15u);
    half_[1] = fold(half_[1] + value, 0xd6e8feb86659fd93u);
    return *this;
  }
  Mixer& real(double value) { return number(value == 0 ? 0 : std::bit_cast<std::uint64_t>(value)); }
  Mixer& text(std::string_view value) {
    number(value.size());
    while (!value.empty()) {
      std::uint64_t word = 0;
      const std::size_t count = std::min(value.size(), sizeof word);
      std::memcpy(&word, value.data(), count);
      number(word);
      value.remove_prefix(count);
    }
    return *this;
  }
  Mixer& texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
    return *this;
  }
  Mixer& hash(const RuleHash& of) { return number(of.half[0]).number(of.half[1]); }
  RuleHash result() const { return {half_}; }

 private:
  static std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
    const auto wide = static_cast<Wide>(a ^ 0xa0761d6478bd642fu) * b;
    return static_cast<std::uint64_t>(wide) ^ static_cast<std::uint64_t>(wide >> 64) ^
           std::rotl(a, 29);
  }
  std::array<std::uint64_t, 2> half_{0x243f6a8885a308d3u, 0x13198a2e03707344u};
};

// Hashes the parts of a program, each once, with all that it reads.
class Hasher {
 public:
  explicit Hasher(const Program& program)
      : program_(program),
        nodes_(program.nodes.size()),
        questions_(program.questions.size()),
        lets_(program.lets.size()),
        ratings_(program.ratings.size()),
        enums_(program.enums.size()) {}

  RuleHash node(NodeId id) {
    if (id == no_node) return {};
    if (nodes_[id]) return *nodes_[id];
    const Node& of = program_.nodes[id];
    Mixer out(static_cast<std::uint64_t>(of.op));
    out.hash(type(of.type)).real(of.number).number(of.bits);
    if (of.op == Op::constant_text)
      out.text(program_.texts[of.a]);
    else
      std::visit([&](const auto& read) { this->read(read, of, out); }, read_of(of));
    out.number(of.kid_count);
    for (const NodeId kid : program_.kids_of(of)) out.hash(node(kid));
    nodes_[id] = out.result();
    return *nodes_[id];
  }

  // What a node names goes in by what it is, since numbers are others under another policy.
  void read(const QuestionRead& of, const Node&, Mixer& out) { out.hash(question(of.question)); }
  void read(const FieldRead& of, const Node&, Mixer& out) {
    out.hash(field(program_.fields[of.field]));
  }
  void read(const LetRead& of, const Node&, Mixer& out) { out.hash(let(of.let)); }
  void read(const AttributeRead& of, const Node&, Mixer& out) {
    out.hash(attribute(program_.attributes[of.attribute]));
  }
  void read(const RatingRead& of, const Node&, Mixer& out) { out.hash(rating(of.rating)); }
  // Of the others the numbers say what they are.
  void read(const BuiltinRead&, const Node& node, Mixer& out) { numbers(node, out); }
  void read(const RecordRead&, const Node& node, Mixer& out) { numbers(node, out); }
  void read(const ListRead&, const Node& node, Mixer& out) { numbers(node, out); }
  void read(const DayRead&, const Node& node, Mixer& out) { numbers(node, out); }
  void read(const Operation&, const Node& node, Mixer& out) { numbers(node, out); }
  static void numbers(const Node& node, Mixer& out) { out.number(node.a).number(node.b); }

  RuleHash pattern(const Pattern& of) {
    Mixer out('p');
    out.text(of.id).text(of.title).texts(of.was);
    out.text(component_type(of.component_type)).hash(node(of.when));
    out.number(of.when == no_node).number(of.risks.size());
    for (const std::uint32_t index : of.risks) {
      const Risk& risk = program_.risks[index];
      element(out, risk);
      out.number(risk.weaknesses.size());
      for (const std::uint32_t each : risk.weaknesses) weakness(out, program_.weaknesses[each]);
    }
    return out.result();
  }

  RuleHash shared() {
    const Program& p = program_;
    Mixer out('s');
    out.number(p.component_types.size());
    for (const auto& each : p.component_types)
      out.text(each.id).text(each.name).text(each.title).texts(each.was);
    out.number(p.fields.size());
    for (const auto& each : p.fields) out.hash(field(each));
    out.number(p.attributes.size());
    for (const auto& each : p.attributes) out.hash(attribute(each));
    out.number(p.ratings.size());
    for (std::uint32_t i = 0; i < p.ratings.size(); ++i) out.hash(rating(i));
    out.number(p.bands.enumeration != no_index);
    if (p.bands.enumeration != no_index) out.hash(enumeration(p.bands.enumeration));
    out.number(p.adjusts.size());
    for (const auto& each : p.adjusts) {
      out.text(each.name).text(each.reason).number(static_cast<std::uint64_t>(each.kind));
      out.number(static_cast<std::uint64_t>(each.op)).hash(node(each.when)).hash(node(each.amount));
    }
    out.number(p.status_maps.size());
    for (const auto& map : p.status_maps) {
      out.text(map.tracker_kind).text(map.name).number(map.rows.size());
      for (const auto& row : map.rows)
        out.hash(node(row.when)).number(static_cast<std::uint64_t>(row.state));
    }
    out.number(p.evidence.size());
    for (const auto& block : p.evidence) {
      out.text(block.source).real(block.stale_after).number(block.rows.size());
      for (const auto& row : block.rows) {
        out.hash(node(row.when)).number(row.absent);
        out.number(static_cast<std::uint64_t>(row.verdict));
      }
    }
    out.number(p.tickets.size());
    for (const auto& each : p.tickets) ticket(out, each);
    return out.result();
  }

 private:
  RuleHash type(Type of) {
    Mixer out(static_cast<std::uint64_t>(of.base));
    const bool enumerated =
        of.base == Base::choice || of.base == Base::scale || of.base == Base::set;
    return enumerated ? out.hash(enumeration(of.of)).result() : out.number(of.of).result();
  }

  RuleHash enumeration(std::uint32_t index) {
    if (enums_[index]) return *enums_[index];
    const EnumType& of = program_.enums[index];
    Mixer out('e');
    out.text(of.name).number(of.ordered).number(of.steps.size());
    for (const EnumStep& step : of.steps)
      out.text(step.name).text(step.title).real(step.number).texts(step.was);
    enums_[index] = out.result();
    return *enums_[index];
  }

  std::string_view component_type(std::uint32_t index) const {
    return index == no_index ? std::string_view() : program_.component_types[index].id;
  }

  RuleHash question(std::uint32_t index) {
    if (questions_[index]) return *questions_[index];
    const Question& of = program_.questions[index];
    Mixer out('q');
    out.text(of.id).text(of.text).text(component_type(of.component_type)).hash(type(of.type));
    out.hash(node(of.ask_when)).hash(node(of.default_value)).texts(of.was);
    questions_[index] = out.result();
    return *questions_[index];
  }

  RuleHash let(std::uint32_t index) {
    if (lets_[index]) return *lets_[index];
    const Let& of = program_.lets[index];
    Mixer out('l');
    out.number(static_cast<std::uint64_t>(of.kind)).hash(type(of.type)).hash(node(of.value));
    lets_[index] = out.result();
    return *lets_[index];
  }

  RuleHash rating(std::uint32_t index) {
    if (ratings_[index]) return *ratings_[index];
    const Rating& of = program_.ratings[index];
    Mixer out('r');
    out.text(of.name).number(static_cast<std::uint64_t>(of.kind)).hash(node(of.value));
    out.number(index == program_.inherent).number(index == program_.product_rating);
    ratings_[index] = out.result();
    return *ratings_[index];
  }

  RuleHash field(const Field& of) {
    Mixer out('f');
    out.text(of.name).text(of.title).number(static_cast<std::uint64_t>(of.kind)).texts(of.was);
    return out.number(of.required).hash(type(of.type)).hash(node(of.default_value)).result();
  }

  RuleHash attribute(const Attribute& of) {
    Mixer out('a');
    out.text(of.name).text(of.title).number(static_cast<std::uint64_t>(of.kind));
    return out.hash(type(of.type)).hash(node(of.default_value)).result();
  }

  void element(Mixer& out, const auto& of) {
    out.text(of.id).text(of.title).texts(of.was).number(of.settings.size());
    for (const Setting& setting : of.settings) {
      out.hash(attribute(program_.attributes[setting.attribute])).hash(node(setting.value));
    }
  }

  static void tests(Mixer& out, const std::vector<TestBinding>& of) {
    out.number(of.size());
    for (const TestBinding& test : of) out.text(test.source).text(test.name).text(test.tool);
  }

  void weakness(Mixer& out, const Weakness& of) {
    element(out, of);
    tests(out, of.tests);
    out.number(static_cast<std::uint64_t>(of.cwe)).number(static_cast<std::uint64_t>(of.cwe_match));
    out.number(of.uses.size());
    for (const std::uint32_t index : of.uses) {
      const Use& use = program_.uses[index];
      const Countermeasure& measure = program_.countermeasures[use.countermeasure];
      element(out, measure);
      tests(out, measure.tests);
      out.text(measure.guide).texts(measure.standards);
      out.hash(node(use.mitigates)).number(use.mitigates == no_node);
      out.hash(node(use.required)).number(use.required == no_node);
    }
  }

  void ticket(Mixer& out, const TicketTemplate& of) {
    out.text(of.name).number(static_cast<std::uint64_t>(of.kind));
    for (const NodeId each : {of.open, of.title, of.body, of.priority, of.update_watch,
                              of.update_text, of.update_when, of.close, of.close_text, of.reopen}) {
      out.number(each == no_node).hash(node(each));
    }
    out.number(of.labels.size());
    for (const NodeId each : of.labels) out.hash(node(each));
    out.text(of.relate_to == no_index ? std::string() : program_.tickets[of.relate_to].name);
    out.number(static_cast<std::uint64_t>(of.relate_list));
  }

  const Program& program_;
  std::vector<std::optional<RuleHash>> nodes_, questions_, lets_, ratings_, enums_;
};

// Patterns that the day itself can flip, through questions and lets too.
std::set<std::uint32_t> patterns_of_today(const Program& program) {
  const Dependencies& reads = *program.dependencies;
  std::set<std::uint32_t> patterns, questions, lets;
  std::vector<Cell> left = reads.of_today;
  while (!left.empty()) {
    const Cell cell = left.back();
    left.pop_back();
    const auto follow = [&](std::span<const Cell> cells) {
      left.insert(left.end(), cells.begin(), cells.end());
    };
    if (cell.kind == Cell::Kind::pattern) patterns.insert(cell.index);
    if (cell.kind == Cell::Kind::let && lets.insert(cell.index).second)
      follow(reads.of_let[cell.index]);
    if (cell.kind == Cell::Kind::question && questions.insert(cell.index).second) {
      follow(reads.readers_of(cell.index));
      for (std::uint32_t choice = 0; choice < reads.compared_with(cell.index); ++choice)
        follow(reads.readers_of(cell.index, choice));
    }
  }
  return patterns;
}

}  // namespace

RuleHashes::RuleHashes(const Program& program) {
  Hasher hasher(program);
  shared = hasher.shared();
  patterns.reserve(program.patterns.size());
  for (const Pattern& pattern : program.patterns) patterns.push_back(hasher.pattern(pattern));
}

PolicyDiff::PolicyDiff(Policy before, Policy after)
    : before_(std::move(before)), after_(std::move(after)) {
  const RuleHashes old(*before_), now(*after_);
  reaches_all_ = old.shared != now.shared ||
                 before_->dependencies->model_reads.conditions_read_model ||
                 after_->dependencies->model_reads.conditions_read_model;
  reads_undecided_ = before_->dependencies->model_reads.undecided_is_read ||
                     after_->dependencies->model_reads.undecided_is_read;
  std::map<std::string_view, std::uint32_t> by_id;
  for (std::uint32_t i = 0; i < before_->patterns.size(); ++i)
    by_id.emplace(before_->patterns[i].id, i);
  std::set<std::string> ids;
  for (std::uint32_t i = 0; i < after_->patterns.size(); ++i) {
    const auto known = by_id.find(after_->patterns[i].id);
    const bool same = known != by_id.end() && old.patterns[known->second] == now.patterns[i];
    if (!same) {
      come_.push_back(i);
      ids.insert(after_->patterns[i].id);
    } else {
      by_id.erase(known);
    }
  }
  for (const auto& [id, index] : by_id) {
    gone_.push_back(index);
    ids.emplace(id);
  }
  patterns_.assign(ids.begin(), ids.end());
  const std::set<std::uint32_t> timed = patterns_of_today(*after_);
  reaches_all_ = reaches_all_ || std::any_of(come_.begin(), come_.end(), [&](std::uint32_t each) {
                   return timed.contains(each);
                 });
}

bool PolicyDiff::reaches(const LiveProduct& product) const {
  if (reaches_all_) return true;
  const auto applying = [&](const Policy& policy, const std::vector<std::uint32_t>& patterns) {
    if (patterns.empty()) return Applying{};
    return engine::applying(*policy, product.facts(), product.now(), patterns);
  };
  const Applying old = applying(before_, gone_);
  if (old.yes > 0) return true;
  const Applying now = applying(after_, come_);
  return now.yes > 0 || (reads_undecided_ && old.undecided != now.undecided);
}

}  // namespace riskd::engine
