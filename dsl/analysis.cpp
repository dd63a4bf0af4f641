// What is wrong with a policy whose every line is right: circles, and what deserves a warning.
#include <algorithm>
#include <functional>
#include <map>

#include "dsl/compiler.hpp"

namespace riskd::dsl {
using engine::Aggregate;
using engine::Builtin;
using engine::Kind;
using engine::List;
using engine::no_index;
using engine::no_node;
using engine::NodeId;
using engine::Op;

namespace {

// What a value depends on, coarsely: one vertex for all patterns' conditions, one for all states …
enum class Vertex : std::uint8_t { question, let, attribute, rating, patterns, states, current };

}  // namespace

void Compiler::check_cycles() {
  using Key = std::pair<Vertex, std::uint32_t>;
  std::map<Key, int> marks;  // 1: on the path, 2: done
  std::vector<Key> path;
  bool reported = false;
  const auto label = [&](Key key) -> std::string {
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
  };
  std::map<Key, engine::Place>
      within;  // what of it is being looked at: a setting, a pattern, a use
  // A question whose condition a change of another file has set.
  const auto changed = [&](Key key) {
    if (key.first != Vertex::question) return false;
    const Clause& asked = clause(question_clauses_[key.second]);
    return asked.expr != nothing && syntax_.exprs[asked.expr].span.file != asked.head.file;
  };
  const auto span_of = [&](Key key) -> Span {
    if (const auto found = within.find(key); found != within.end()) {
      const engine::Place at = found->second;
      for (const Clause& each : syntax_.clauses) {
        if (each.head.file != at.file) continue;
        const LineColumn begin = sources_[at.file].locate(each.head.begin);
        if (begin.line == at.line && begin.column == at.column) return each.head;
      }
    }
    switch (key.first) {
      case Vertex::question: {
        const Clause& asked = clause(question_clauses_[key.second]);
        return changed(key) ? syntax_.exprs[asked.expr].span : asked.head;
      }
      case Vertex::let:
        return clause(let_clauses_[key.second]).head;
      case Vertex::attribute:
        return clause(attribute_clauses_[key.second]).span;
      case Vertex::rating:
        return clause(rating_clauses_[key.second]).head;
      default:
        return {};
    }
  };
  std::function<void(Key)> visit;
  std::function<void(NodeId, std::vector<char>&)> visit_node = [&](NodeId id,
                                                                   std::vector<char>& seen) {
    if (id == no_node || seen[id] || reported) return;
    seen[id] = 1;
    const engine::Node& node = program_.nodes[id];
    switch (node.op) {
      case Op::question:
      case Op::answered:
        visit({Vertex::question, node.a});
        break;
      case Op::let:
        visit({Vertex::let, node.a});
        break;
      case Op::attribute:
        visit({Vertex::attribute, node.a});
        break;
      case Op::rating:
        visit({Vertex::rating, node.a});
        break;
      case Op::aggregate:
        if (static_cast<List>(node.b) != List::product_components) visit({Vertex::patterns, 0});
        break;
      case Op::print:
        if (static_cast<List>(node.a) != List::none &&
            static_cast<List>(node.a) != List::product_components) {
          visit({Vertex::patterns, 0});
        }
        break;
      case Op::builtin: {
        const auto builtin = static_cast<Builtin>(node.a);
        if (builtin == Builtin::state) visit({Vertex::states, 0});
        if (builtin == Builtin::mitigates) visit({Vertex::states, 0});
        if (builtin == Builtin::current || builtin == Builtin::projected ||
            builtin == Builtin::band) {
          visit({Vertex::current, 0});
        }
        if (builtin == Builtin::tested || builtin == Builtin::failing_tests)
          visit({Vertex::patterns, 0});
        break;
      }
      default:
        break;
    }
    for (const NodeId kid : program_.kids_of(node)) visit_node(kid, seen);
  };
  visit = [&](Key key) {
    int& mark = marks[key];
    if (mark == 2 || reported) return;
    if (mark == 1) {
      std::string circle;
      // In the earliest file: shipped ones come last, and are not what is to be mended.
      Span at{};
      bool placed = false;
      bool mended = false;  // at what a change says: that is where to begin
      const auto place_at = [&](Key each) {
        const Span span = span_of(each);
        if (span.end == 0 || mended || (placed && span.file >= at.file && !changed(each))) return;
        at = span;
        mended = changed(each);
        placed = true;
      };
      for (auto it = std::find(path.begin(), path.end(), key); it != path.end(); ++it) {
        circle += label(*it) + " → ";
        place_at(*it);
      }
      if (!placed) std::for_each(path.rbegin(), path.rend(), place_at);
      diagnostics_.add(Code::circular, at, "this goes in a circle: " + circle + label(key),
                       "break the circle at one of these");
      reported = true;
      return;
    }
    mark = 1;
    path.push_back(key);
    std::vector<char> seen(program_.nodes.size());
    switch (key.first) {
      case Vertex::question:
        visit_node(program_.questions[key.second].ask_when, seen);
        break;
      case Vertex::let:
        visit_node(program_.lets[key.second].value, seen);
        break;
      case Vertex::rating:
        visit_node(program_.ratings[key.second].value, seen);
        break;
      case Vertex::attribute: {
        const auto settings = [&](const auto& elements) {
          for (const auto& element : elements) {
            for (const engine::Setting& setting : element.settings) {
              if (setting.attribute != key.second) continue;
              within[key] = setting.place;
              visit_node(setting.value, seen);
            }
          }
        };
        settings(program_.risks);
        settings(program_.weaknesses);
        settings(program_.countermeasures);
        within.erase(key);
        break;
      }
      case Vertex::patterns:
        for (const engine::Pattern& pattern : program_.patterns) {
          within[key] = pattern.place;
          visit_node(pattern.when, seen);
        }
        within.erase(key);
        break;
      case Vertex::states:
        visit({Vertex::patterns, 0});
        for (const engine::Use& use : program_.uses) {
          within[key] = use.place;
          visit_node(use.required, seen);
          visit_node(use.mitigates, seen);
        }
        within.erase(key);
        break;
      case Vertex::current:
        if (program_.inherent != no_index) visit({Vertex::rating, program_.inherent});
        for (const engine::Adjust& step : program_.adjusts) {
          within[key] = step.place;
          visit_node(step.when, seen);
          visit_node(step.amount, seen);
        }
        within.erase(key);
        visit({Vertex::states, 0});
        break;
    }
    path.pop_back();
    marks[key] = 2;
  };
  for (std::uint32_t i = 0; i < program_.questions.size() && !reported; ++i)
    visit({Vertex::question, i});
  for (std::uint32_t i = 0; i < program_.lets.size() && !reported; ++i) visit({Vertex::let, i});
  for (std::uint32_t i = 0; i < program_.attributes.size() && !reported; ++i)
    visit({Vertex::attribute, i});
  for (std::uint32_t i = 0; i < program_.ratings.size() && !reported; ++i)
    visit({Vertex::rating, i});
  if (!reported) visit({Vertex::current, 0});
}

void Compiler::check_warnings() {
  // Questions that no rule reads.
  std::vector<char> read(program_.questions.size());
  for (const engine::Node& node : program_.nodes) {
    if (node.op == Op::question || node.op == Op::answered) read[node.a] = 1;
  }
  for (std::size_t i = 0; i < program_.questions.size(); ++i) {
    if (!read[i] && !disabled(question_clauses_[i])) {
      diagnostics_.add(Code::unread_question, clause(question_clauses_[i]).head,
                       "no rule reads the question `" + program_.questions[i].id + "`",
                       "use it in a condition, or leave it out");
    }
  }
  for (std::size_t i = 0; i < weaknesses_.size(); ++i) {
    const Definition& definition = weaknesses_[i];
    if (disabled(definition.clause)) continue;
    if (program_.weaknesses[i].cwe == 0) {
      diagnostics_.add(Code::no_cwe, clause(definition.clause).head,
                       "`" + program_.weaknesses[i].id + "` has no CWE",
                       "findings are matched by it: `weakness NAME CWE-… \"…\"`");
    }
    if (definition.shared && !definition.used) {
      diagnostics_.add(Code::unused_definition, clause(definition.clause).head,
                       "nothing uses `" + program_.weaknesses[i].id + "`");
    }
  }
  for (std::size_t i = 0; i < countermeasures_.size(); ++i) {
    const Definition& definition = countermeasures_[i];
    if (definition.shared && !definition.used && !disabled(definition.clause)) {
      diagnostics_.add(Code::unused_definition, clause(definition.clause).head,
                       "nothing uses `" + program_.countermeasures[i].id + "`");
    }
  }
  std::vector<char> warned(program_.countermeasures.size());
  for (const engine::Use& use : program_.uses) {
    if (use.required == no_node || warned[use.countermeasure]) continue;
    const bool tested = !program_.countermeasures[use.countermeasure].tests.empty() ||
                        !program_.weaknesses[use.weakness].tests.empty();
    if (tested) continue;
    warned[use.countermeasure] = 1;
    diagnostics_.add(Code::untested_requirement,
                     clause(countermeasures_[use.countermeasure].clause).head,
                     "`" + program_.countermeasures[use.countermeasure].id +
                         "` can be required, and no test would tell whether it works",
                     "add a `test` to it or to its weakness");
  }
  const auto check_sources = [&](const auto& elements, const std::vector<Definition>& definitions) {
    for (std::size_t i = 0; i < elements.size(); ++i) {
      for (const engine::TestBinding& test : elements[i].tests) {
        if (program_.evidence_of(test.source) != nullptr) continue;
        for (const ClauseId child : clause(definitions[i].clause).children) {
          const Clause& each = clause(child);
          if (each.kind == ClauseKind::test && each.name.text == test.source) {
            diagnostics_.add(Code::no_evidence, each.name.span,
                             "there is no `evidence " + test.source + "` block",
                             "without one, only verdicts that are posted as facts count");
          }
        }
      }
    }
  };
  check_sources(program_.weaknesses, weaknesses_);
  check_sources(program_.countermeasures, countermeasures_);
  // Patterns that no scenario covers.
  std::vector<char> covered(program_.patterns.size());
  for (const Clause& each : syntax_.clauses) {
    if (each.kind != ClauseKind::expect_pattern || each.number != 0) continue;
    for (std::size_t i = 0; i < program_.patterns.size(); ++i) {
      const std::string& id = program_.patterns[i].id;
      if (id == each.name.full() || id.substr(id.find('.') + 1) == each.name.text) covered[i] = 1;
    }
  }
  for (std::size_t i = 0; i < program_.patterns.size(); ++i) {
    const bool told = i < never_applies_.size() && never_applies_[i] != 0;  // none can cover it
    if (!covered[i] && !told && !disabled(patterns_[i].clause)) {
      diagnostics_.add(Code::uncovered_pattern, clause(patterns_[i].clause).head,
                       "no scenario expects the pattern `" + program_.patterns[i].id + "` to apply",
                       "add a scenario with `expect pattern " +
                           program_.patterns[i].id.substr(program_.patterns[i].id.find('.') + 1) +
                           " applies`");
    }
  }
}

}  // namespace riskd::dsl
