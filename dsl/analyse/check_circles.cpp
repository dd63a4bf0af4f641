#include "dsl/analyse/check_circles.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <variant>

#include "engine/program/node_read.hpp"

namespace riskd::dsl {
using engine::Builtin;
using engine::List;
using engine::no_index;
using engine::no_node;
using engine::NodeId;

namespace {

// What a value depends on, coarsely: one vertex for all patterns' conditions, one for all states …
enum class Vertex : std::uint8_t { question, let, attribute, rating, patterns, states, current };

class Circles {
 public:
  Circles(const PolicyText& policy, const engine::Program& program, const Declarations& declared,
          const ElementUses& uses, const std::vector<ClauseId>& steps)
      : policy_(policy),
        program_(program),
        declared_(declared),
        uses_(uses),
        steps_(steps),
        seen_(program.nodes.size()) {}

  void find() {
    each(Vertex::question, program_.questions.size());
    each(Vertex::let, program_.lets.size());
    each(Vertex::attribute, program_.attributes.size());
    each(Vertex::rating, program_.ratings.size());
    each(Vertex::current, 1);
  }

 private:
  using Key = std::pair<Vertex, std::uint32_t>;
  struct Step {
    Key key;
    Span by;  // what in the vertex before it reads it; empty where nothing that is written does
  };

  void each(Vertex vertex, std::size_t count) {
    for (std::uint32_t i = 0; i < count && !reported_; ++i) visit({{vertex, i}, {}});
  }

  std::string label(Key key) const {
    switch (key.first) {
      case Vertex::question:
        return program_.questions[key.second].id;
      case Vertex::let:
        return program_.lets[key.second].name;
      case Vertex::attribute:
        return program_.attributes[key.second].name;
      case Vertex::rating:
        return program_.ratings[key.second].name;
      case Vertex::patterns:
        return "the conditions of the patterns";
      case Vertex::states:
        return "the states of the countermeasures";
      case Vertex::current:
        return "the current ratings";
    }
    return "";
  }

  Span span_of(ExprId id) const { return id == nothing ? Span{} : policy_.syntax.exprs[id].span; }

  // The expression of the first such clause of `id`.
  Span in_clause(ClauseId id, ClauseKind kind, const std::string& name = {}) const {
    for (const ClauseId child : policy_.clause(id).children) {
      const Clause& each = policy_.clause(child);
      if (each.kind == kind && each.expr != nothing && (name.empty() || each.name.text == name))
        return span_of(each.expr);
    }
    return {};
  }

  // Adds what `node` and everything below it reads.
  void read(NodeId node, Span by) {
    if (node == no_node || seen_[node] == reading_) return;
    seen_[node] = reading_;
    const engine::Node& read_node = program_.nodes[node];
    read_vertex(read_node, by);
    for (const NodeId kid : program_.kids_of(read_node)) read(kid, by);
  }

  void read_vertex(const engine::Node& node, Span by) {
    std::visit([&](const auto& read) { this->read_named(read, by); }, engine::read_of(node));
  }

  void read_named(const engine::QuestionRead& of, Span by) {
    reads({Vertex::question, of.question}, by);
  }
  void read_named(const engine::LetRead& of, Span by) { reads({Vertex::let, of.let}, by); }
  void read_named(const engine::AttributeRead& of, Span by) {
    reads({Vertex::attribute, of.attribute}, by);
  }
  void read_named(const engine::RatingRead& of, Span by) { reads({Vertex::rating, of.rating}, by); }
  void read_named(const engine::ListRead& of, Span by) {
    if (of.list != List::product_components) reads({Vertex::patterns, 0}, by);
  }
  void read_named(const engine::BuiltinRead& of, Span by) {
    const Builtin builtin = of.builtin;
    if (builtin == Builtin::state || builtin == Builtin::mitigates) reads({Vertex::states, 0}, by);
    if (builtin == Builtin::current || builtin == Builtin::projected || builtin == Builtin::band)
      reads({Vertex::current, 0}, by);
    if (builtin == Builtin::tested || builtin == Builtin::failing_tests)
      reads({Vertex::patterns, 0}, by);
  }
  // These read facts and the day, which read nothing.
  void read_named(const engine::FieldRead&, Span) {}
  void read_named(const engine::RecordRead&, Span) {}
  void read_named(const engine::DayRead&, Span) {}
  void read_named(const engine::Operation&, Span) {}

  void reads(Key key, Span by) { found_.push_back({key, by}); }

  void visit(Step step) {
    int& mark = marks_[step.key];
    if (mark == 2 || reported_) return;
    if (mark == 1) return report(step.key, step.by);
    mark = 1;
    path_.push_back(step);
    // All that it reads first, then each of that: so one mark for each node is enough.
    ++reading_;
    found_.clear();
    read_all(step.key);
    for (const Step& next : std::vector<Step>(std::move(found_))) visit(next);
    path_.pop_back();
    marks_[step.key] = 2;
  }

  void read_all(Key key) {
    const auto& [vertex, index] = key;
    switch (vertex) {
      case Vertex::question:
        read(program_.questions[index].ask_when,
             span_of(policy_.clause(declared_.questions[index].clause).expr));
        break;
      case Vertex::let:
        read(program_.lets[index].value,
             span_of(policy_.clause(declared_.lets[index].clause).expr));
        break;
      case Vertex::rating:
        read(program_.ratings[index].value,
             span_of(policy_.clause(declared_.ratings[index].clause).expr));
        break;
      case Vertex::attribute:
        settings(program_.risks, declared_.risks, index);
        settings(program_.weaknesses, declared_.weaknesses, index);
        settings(program_.countermeasures, declared_.countermeasures, index);
        break;
      case Vertex::patterns:
        for (std::uint32_t i = 0; i < program_.patterns.size(); ++i)
          read(program_.patterns[i].when,
               in_clause(declared_.patterns[i].clause, ClauseKind::when));
        break;
      case Vertex::states:
        reads({Vertex::patterns, 0}, {});
        for (std::uint32_t i = 0; i < program_.uses.size(); ++i) {
          const engine::Use& use = program_.uses[i];
          Span mitigates = in_clause(uses_.clauses[i], ClauseKind::mitigates);
          if (mitigates.end == mitigates.begin)
            mitigates = in_clause(declared_.countermeasures[use.countermeasure].clause,
                                  ClauseKind::mitigates);
          read(use.required, span_of(uses_.conditions[i]));
          read(use.mitigates, mitigates);
        }
        break;
      case Vertex::current:
        if (program_.inherent != no_index) reads({Vertex::rating, program_.inherent}, {});
        for (std::uint32_t i = 0; i < program_.adjusts.size(); ++i) {
          const Clause& step = policy_.clause(steps_[i]);
          const engine::Adjust& adjust = program_.adjusts[i];
          read(adjust.when, in_clause(steps_[i], ClauseKind::visit));
          Span amount = step.head;
          for (const ClauseKind kind :
               {ClauseKind::reduce, ClauseKind::raise_by, ClauseKind::raise_to, ClauseKind::cap}) {
            const Span found = in_clause(steps_[i], kind);
            if (found.end > found.begin) amount = found;
          }
          read(adjust.amount, amount);
        }
        reads({Vertex::states, 0}, {});
        break;
    }
  }

  template <typename Elements>
  void settings(const Elements& elements, const std::vector<DeclaredElement>& definitions,
                std::uint32_t attribute) {
    for (std::size_t i = 0; i < elements.size(); ++i) {
      for (const engine::Setting& setting : elements[i].settings) {
        if (setting.attribute != attribute) continue;
        read(setting.value, in_clause(definitions[i].clause, ClauseKind::setting,
                                      program_.attributes[attribute].name));
      }
    }
  }

  // A change is at fault first: what it changes was sound. Then the condition of a pattern, a requirement
  // or a step, in this order, rather than the values that it reads; then what stands in the files that
  // come first: those that were given.
  bool more_at_fault(const Step& from, Span by, const Step& other, Span other_by) const {
    const auto rank = [this](const Step& step, Span span) {
      const bool written = span.end > span.begin;
      const Vertex vertex = step.key.first;
      return std::tuple(!written, !policy_.in_change(span), vertex < Vertex::patterns, vertex,
                        span.file);
    };
    return rank(from, by) < rank(other, other_by);
  }

  static const char* help_for(Vertex vertex) {
    switch (vertex) {
      case Vertex::current:
        return "a step may read `inherent`, and not `current`, `projected` or `band`";
      case Vertex::states:
        return "a countermeasure's `required` and `mitigates` may read `inherent`, and not "
               "`current`, `band` or what is implemented";
      case Vertex::patterns:
        return "a pattern applies by answers, fields and components, and not by what the patterns "
               "make";
      case Vertex::question:
      case Vertex::let:
      case Vertex::attribute:
      case Vertex::rating:
        break;
    }
    return "break the circle at one of these";
  }

  void report(Key key, Span closing) {
    const auto begin =
        std::find_if(path_.begin(), path_.end(), [&](const Step& step) { return step.key == key; });
    std::string circle;
    auto fault = begin;
    const auto read_by = [&](auto step) {
      return step + 1 == path_.end() ? closing : (step + 1)->by;
    };
    for (auto step = begin; step != path_.end(); ++step) {
      circle += label(step->key) + " → ";
      if (more_at_fault(*step, read_by(step), *fault, read_by(fault))) fault = step;
    }
    Diagnostic& shown =
        policy_.report(Code::circular, read_by(fault),
                       "this goes in a circle: " + circle + label(key), help_for(fault->key.first));
    for (auto step = begin; step != path_.end(); ++step) {
      const Span by = read_by(step);
      if (step == fault || by.end == by.begin) continue;
      const Key next = step + 1 == path_.end() ? key : (step + 1)->key;
      shown.related.push_back({by, "reads " + label(next)});
    }
    reported_ = true;
  }

  const PolicyText& policy_;
  const engine::Program& program_;
  const Declarations& declared_;
  const ElementUses& uses_;
  const std::vector<ClauseId>& steps_;
  std::map<Key, int> marks_;  // 1: on the path, 2: done
  std::vector<Step> path_;
  std::vector<std::uint32_t> seen_;  // of each node: the last reading that came by
  std::uint32_t reading_ = 0;
  std::vector<Step> found_;  // by the reading that goes on
  bool reported_ = false;
};

}  // namespace

void check_circles(const PolicyText& policy, const engine::Program& program,
                   const Declarations& declared, const ElementUses& uses,
                   const std::vector<ClauseId>& steps) {
  Circles(policy, program, declared, uses, steps).find();
}

}  // namespace riskd::dsl
