#include "engine/explain/what_if.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

#include "engine/base/limits.hpp"
#include "engine/evaluate/evaluator.hpp"
#include "engine/explain/formula.hpp"
#include "engine/facts/resolve_values.hpp"

namespace riskd::engine {
namespace {

constexpr std::size_t most_inputs = 64;  // questions and fields that are looked at

// A question or field of the product or a component, and what else it could be.
struct Input {
  std::string component;
  std::string name;  // id of the question, name of the field
  bool is_field = false;
  Type type;
  RawValue now;
  std::vector<RawValue> others;
};

// One element, and what it would be to be otherwise.
struct Goal {
  std::string becomes;
  std::function<bool(Evaluator&)> is_met;
};

class Search {
 public:
  Search(const LiveProduct& product, std::string_view element)
      : program_(product.program()), probe_(product) {
    const std::size_t slash = element.find('/');
    component_ = slash == std::string_view::npos ? "" : element.substr(0, slash);
    id_ = slash == std::string_view::npos ? element : element.substr(slash + 1);
  }

  std::optional<WhatIf> run() {
    if (scope(probe_.evaluator()) == nullptr) return std::nullopt;
    const auto goal = find_goal();
    if (!goal) return std::nullopt;
    find_inputs();
    if (inputs_.empty()) return std::nullopt;
    WhatIf found;
    found.becomes = goal->becomes;
    for (std::size_t size = 1; size <= limits::what_if_answers && found.sets.empty(); ++size) {
      if (size > inputs_.size()) break;
      std::vector<std::pair<std::size_t, std::size_t>> chosen;
      combine(*goal, size, 0, chosen, found);
    }
    return found;
  }

 private:
  using Chosen = std::vector<std::pair<std::size_t, std::size_t>>;  // input, its other value

  ScopeInstance* scope(Evaluator& evaluator) const {
    for (const auto& each : evaluator.scopes) {
      if (each->id == component_) return each.get();
    }
    return nullptr;
  }

  std::uint32_t scope_type() { return scope(probe_.evaluator())->component_type; }

  template <typename Table>
  std::uint32_t index_in(const Table& table) {
    for (std::uint32_t i = 0; i < table.size(); ++i) {
      if (table[i].id == id_ && table[i].component_type == scope_type()) return i;
    }
    return no_index;
  }

  // Patterns, of this scope, that bring the element; their risks in risks_.
  void find_bringers(Kind kind, std::uint32_t index) {
    for (std::uint32_t i = 0; i < program_.patterns.size(); ++i) {
      if (program_.patterns[i].component_type != scope_type()) continue;
      for (const std::uint32_t risk : program_.patterns[i].risks) {
        bool brings = kind == Kind::risk && risk == index;
        for (const std::uint32_t weakness : program_.risks[risk].weaknesses) {
          brings = brings || (kind == Kind::weakness && weakness == index);
          for (const std::uint32_t use : program_.weaknesses[weakness].uses) {
            if (kind != Kind::countermeasure || program_.uses[use].countermeasure != index)
              continue;
            brings = true;
            roots_.push_back(program_.uses[use].required);
          }
        }
        if (!brings) continue;
        risks_.push_back(risk);
        roots_.push_back(program_.patterns[i].when);
      }
    }
  }

  std::optional<Goal> find_goal() {
    if (auto goal = pattern_goal()) return goal;
    if (auto goal = countermeasure_goal()) return goal;
    if (auto goal = presence_goal(program_.by_id.weaknesses, Kind::weakness)) return goal;
    if (auto goal = presence_goal(program_.by_id.risks, Kind::risk)) return goal;
    return question_goal();
  }

  std::optional<Goal> pattern_goal() {
    const std::uint32_t index = index_in(program_.patterns);
    if (index == no_index) return std::nullopt;
    roots_.push_back(program_.patterns[index].when);
    Evaluator& evaluator = probe_.evaluator();
    const bool applies = evaluator.patterns.applies(index, *scope(evaluator)) == Applies::yes;
    const Applies wanted = applies ? Applies::no : Applies::yes;
    return Goal{applies ? "does not apply" : "applies", [this, index, wanted](Evaluator& now) {
                  return now.patterns.applies(index, *scope(now)) == wanted;
                }};
  }

  std::optional<Goal> countermeasure_goal() {
    const auto found = program_.by_id.countermeasures.find(id_);
    if (found == program_.by_id.countermeasures.end()) return std::nullopt;
    const std::uint32_t index = found->second;
    Evaluator& evaluator = probe_.evaluator();
    CountermeasureInstance* instance = scope(evaluator)->find<CountermeasureInstance>(index);
    if (instance == nullptr)
      return presence_goal(program_.by_id.countermeasures, Kind::countermeasure);
    find_bringers(Kind::countermeasure, index);
    const bool required = evaluator.states.requiring(*instance).has_value();
    return Goal{required ? "not required by the rules" : "required by the rules",
                [this, index, required](Evaluator& now) {
                  CountermeasureInstance* each = scope(now)->find<CountermeasureInstance>(index);
                  return (each != nullptr && now.states.requiring(*each)) != required;
                }};
  }

  std::optional<Goal> presence_goal(const std::unordered_map<std::string, std::uint32_t>& by_id,
                                    Kind kind) {
    const auto found = by_id.find(id_);
    if (found == by_id.end()) return std::nullopt;
    const std::uint32_t index = found->second;
    const auto is_there = [this, index, kind](Evaluator& now) {
      ScopeInstance& in = *scope(now);
      if (kind == Kind::risk) return in.find<RiskInstance>(index) != nullptr;
      if (kind == Kind::weakness) return in.find<WeaknessInstance>(index) != nullptr;
      return in.find<CountermeasureInstance>(index) != nullptr;
    };
    find_bringers(kind, index);
    const bool there = is_there(probe_.evaluator());
    return Goal{there ? "not in the model" : "in the model",
                [is_there, there](Evaluator& now) { return is_there(now) != there; }};
  }

  std::optional<Goal> question_goal() {
    const std::uint32_t index = index_in(program_.questions);
    if (index == no_index) return std::nullopt;
    roots_.push_back(program_.questions[index].ask_when);
    Evaluator& evaluator = probe_.evaluator();
    const bool asked = evaluator.questions.asked(index, *scope(evaluator)).is_true();
    return Goal{asked ? "not asked" : "asked", [this, index, asked](Evaluator& now) {
                  const Value value = now.questions.asked(index, *scope(now));
                  return asked ? value.is_false() : value.is_true();
                }};
  }

  void find_inputs() {
    const Formula formula = read_formulas(program_, roots_, risks_);
    Evaluator& evaluator = probe_.evaluator();
    for (const auto& [is_field, index] : formula.inputs) {
      for (const auto& each : evaluator.scopes) {
        if (inputs_.size() >= most_inputs) return;
        if (reads(is_field, index, *each)) add_input(formula, is_field, index, *each);
      }
    }
  }

  // Of a component's own inputs those of its own component, or of all where the product reads them.
  bool reads(bool is_field, std::uint32_t index, const ScopeInstance& of) const {
    if (!of.is_product() && !component_.empty() && of.id != component_) return false;
    if (is_field) return (program_.fields[index].kind == Kind::product) == of.is_product();
    return program_.questions[index].component_type == of.component_type;
  }

  void add_input(const Formula& formula, bool is_field, std::uint32_t index,
                 const ScopeInstance& of) {
    Input input;
    input.component = of.id;
    input.is_field = is_field;
    input.name = is_field ? program_.fields[index].name : program_.questions[index].id;
    input.type = is_field ? program_.fields[index].type : program_.questions[index].type;
    if (is_field) {
      const auto* held = newest_field(program_.fields[index], of);
      if (held != nullptr) input.now = held->value;
    } else if (const auto* given = probe_.evaluator().scopes.answer(index, of)) {
      input.now = given->value;
    }
    if (fit_value(program_, input.type, input.now)) input.now = {};
    for (RawValue& other :
         other_values(program_, formula, input.type, input.now, date_of(probe_.now()))) {
      if (fit_value(program_, input.type, other) || other == input.now) continue;
      if (std::find(input.others.begin(), input.others.end(), other) == input.others.end())
        input.others.push_back(std::move(other));
    }
    if (!input.others.empty()) inputs_.push_back(std::move(input));
  }

  // Every way to choose `size` inputs and another value for each.
  void combine(const Goal& goal, std::size_t size, std::size_t first, Chosen& chosen,
               WhatIf& found) {
    if (chosen.size() == size) return attempt(goal, chosen, found);
    for (std::size_t input = first; input + (size - chosen.size()) <= inputs_.size(); ++input) {
      for (std::size_t other = 0; other < inputs_[input].others.size(); ++other) {
        if (found.exhausted || found.more) return;
        chosen.emplace_back(input, other);
        combine(goal, size, input + 1, chosen, found);
        chosen.pop_back();
      }
    }
  }

  void attempt(const Goal& goal, const Chosen& chosen, WhatIf& found) {
    if (tries_++ == limits::what_if_tries) {
      found.exhausted = true;
      return;
    }
    // What the last attempt said is taken back with it.
    std::vector<Fact> facts;
    const auto say = [&](const Input& input, const RawValue& value) {
      FactBody body = AnswersFact{input.component, {{input.name, value}}};
      if (input.is_field) body = FieldsFact{input.component, {{input.name, value}}};
      facts.push_back({{++seq_, probe_.now(), {}}, std::move(body)});
    };
    for (const auto& [input, other] : last_) say(inputs_[input], inputs_[input].now);
    for (const auto& [input, other] : chosen) say(inputs_[input], inputs_[input].others[other]);
    probe_.apply(std::move(facts), probe_.now());
    last_ = chosen;
    if (!goal.is_met(probe_.evaluator())) return;
    if (found.sets.size() == limits::what_if_shown) {
      found.more = true;
      return;
    }
    std::vector<OtherAnswer> answers;
    for (const auto& [input, other] : chosen) answers.push_back(shown(inputs_[input], other));
    found.sets.push_back(std::move(answers));
  }

  static OtherAnswer shown(const Input& input, std::size_t other) {
    const std::string prefix = input.component.empty() ? "" : input.component + "/";
    OtherAnswer answer{prefix + input.name, {}};
    if (input.is_field) answer.question = "field " + answer.question;
    const RawValue& value = input.others[other];
    if (const bool* truth = std::get_if<bool>(&value)) answer.value = *truth ? "yes" : "no";
    if (const auto* text = std::get_if<std::string>(&value)) answer.value = *text;
    if (const auto* number = std::get_if<double>(&value)) {
      answer.value = input.type.base == Base::percent ? print_number(*number * 100) + "%"
                                                      : print_number(*number);
    }
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
      for (const std::string& each : *list)
        answer.value += (answer.value.empty() ? "" : ", ") + each;
      answer.value = answer.value.empty() ? "{ }" : "{ " + answer.value + " }";
    }
    return answer;
  }

  const Program& program_;
  LiveProduct probe_;
  std::string component_, id_;
  std::vector<std::uint32_t> risks_;
  std::vector<NodeId> roots_;
  std::vector<Input> inputs_;
  Chosen last_;
  std::size_t tries_ = 0;
  std::uint64_t seq_ = std::uint64_t{1} << 60;  // after every fact that there is
};

}  // namespace

std::optional<WhatIf> what_would_change(const LiveProduct& product, std::string_view element) {
  return Search(product, element).run();
}

}  // namespace riskd::engine
