// What had to be assumed. An attribute is assumed where an open question leaves it a range, or where it rests on a
// default that nobody confirmed: where it would be a range without the defaults. A second evaluation, which assumes
// no defaults, shows that.
#include <algorithm>
#include <memory>
#include <tuple>

#include "engine/evaluate/describe.hpp"

namespace riskd::engine {
namespace {

bool rests_on_defaults(Evaluator& evaluator) {
  const Program& program = evaluator.program();
  for (const auto& scope : evaluator.scopes) {
    for (std::uint32_t i = 0; i < program.questions.size(); ++i) {
      const Question& question = program.questions[i];
      if (question.component_type == scope->component_type && question.default_value != no_node &&
          !evaluator.scopes.answered(i, *scope) && evaluator.questions.asked(i, *scope).is_true())
        return true;
    }
    for (const Field& field : program.fields) {
      if (field.default_value != no_node && scope->is_product() == (field.kind == Kind::product) &&
          evaluator.scopes.given_field(field, *scope) == nullptr)
        return true;
    }
  }
  return false;
}

// Notes what `judge` does not know of the elements that the model shows.
class Noting {
 public:
  Noting(Evaluator& judge, Model& model)
      : program_(judge.program()), judge_(judge), model_(model) {}

  void risks() {
    for (RiskInstance* risk : judge_.elements.all<RiskInstance>()) {
      settings(*risk, program_.risks[risk->definition].settings);
      ratings(Kind::risk, risk->id, context_of(*risk));
    }
  }

  void weaknesses() {
    for (WeaknessInstance* weakness : judge_.elements.all<WeaknessInstance>())
      settings(*weakness, program_.weaknesses[weakness->definition].settings);
  }

  void countermeasures() {
    for (CountermeasureInstance* measure : judge_.elements.all<CountermeasureInstance>()) {
      settings(*measure, program_.countermeasures[measure->definition].settings);
      for (const auto& [use, weakness] : uses_of(*measure)) {
        Context context = context_of(*weakness);
        context.countermeasure = measure;
        context.use = use;
        note(measure->id, "mitigates", program_.uses[use].mitigates, context);
      }
    }
  }

  void product() { ratings(Kind::product, "product", {}); }

  // Patterns that apply in `evaluator` only because of a default.
  void patterns(const Evaluator& evaluator) {
    const auto& patterns_in = evaluator.dependencies().patterns_in;
    for (std::size_t s = 0; s < evaluator.scopes.size(); ++s) {
      const ScopeInstance& scope = evaluator.scopes.at(s);
      const Context context = context_of(judge_.scopes.at(s));
      for (const std::uint32_t index : patterns_in[Dependencies::scope_of(scope.component_type)]) {
        if (evaluator.patterns.applies(index, scope) != Applies::yes) continue;
        const Pattern& pattern = program_.patterns[index];
        note(scope.element(pattern.id), "applies", pattern.when, context);
      }
    }
  }

 private:
  void note(const std::string& element, const std::string& attribute, NodeId node,
            const Context& context) {
    if (node == no_node || !judge_.values.eval(node, context).is_unknown()) return;
    model_.assumed.push_back({element, attribute, judge_.open_questions.behind(node, context)});
  }

  template <typename T>
  void settings(T& element, const std::vector<Setting>& all) {
    for (const Setting& setting : all) {
      const std::string& name = program_.attributes[setting.attribute].name;
      if (judge_.decisions.of(element, "set:" + name) == nullptr)
        note(element.id, name, setting.value, context_of(element));
    }
  }

  void ratings(Kind kind, const std::string& element, const Context& context) {
    for (const Rating& rating : program_.ratings) {
      if (rating.kind == kind) note(element, rating.name, rating.value, context);
    }
  }

  const Program& program_;
  Evaluator& judge_;
  Model& model_;
};

}  // namespace

void describe_assumed(Evaluator& evaluator, Model& model) {
  std::unique_ptr<Evaluator> shadow;
  if (!evaluator.basis.without_defaults && rests_on_defaults(evaluator)) {
    shadow = std::make_unique<Evaluator>(evaluator.program(), evaluator.product(),
                                         evaluator.basis.now, &evaluator);
  }
  Noting noting(shadow ? *shadow : evaluator, model);
  noting.risks();
  noting.weaknesses();
  noting.countermeasures();
  if (shadow) noting.patterns(evaluator);
  noting.product();
  const auto key = [](const Assumed& each) { return std::tie(each.element, each.attribute); };
  auto& all = model.assumed;
  std::sort(all.begin(), all.end(),
            [&](const Assumed& a, const Assumed& b) { return key(a) < key(b); });
  all.erase(std::unique(all.begin(), all.end(),
                        [&](const Assumed& a, const Assumed& b) { return key(a) == key(b); }),
            all.end());
}

}  // namespace riskd::engine
