#include <algorithm>
#include <set>

#include "engine/evaluate/describe.hpp"
#include "engine/evaluate/print.hpp"
#include "engine/facts/answers.hpp"

namespace riskd::engine {
namespace {

// Patterns that apply, and those that wait for an answer.
void describe_patterns(Evaluator& evaluator, Model& model) {
  const Program& program = evaluator.program();
  const auto& patterns_in = evaluator.dependencies().patterns_in;
  for (const auto& scope : evaluator.scopes) {
    for (const std::uint32_t index : patterns_in[Dependencies::scope_of(scope->component_type)]) {
      const Applies applies = evaluator.patterns.applies(index, *scope);
      if (applies == Applies::no) continue;
      const std::string id = scope->element(program.patterns[index].id);
      if (applies == Applies::yes) {
        model.applying.push_back(id);
      } else {
        model.undecided.push_back({id, evaluator.open_questions.behind(program.patterns[index].when,
                                                                       context_of(*scope))});
      }
    }
  }
  std::sort(model.applying.begin(), model.applying.end());
  std::sort(model.undecided.begin(), model.undecided.end(),
            [](const Undecided& a, const Undecided& b) { return a.pattern < b.pattern; });
}

QuestionRow describe_question(Evaluator& evaluator, std::uint32_t index, ScopeInstance& scope) {
  const Program& program = evaluator.program();
  const Question& definition = program.questions[index];
  QuestionRow row;
  row.id = scope.element(definition.id);
  row.component = scope.id;
  row.definition = index;
  row.asked = evaluator.questions.asked(index, scope);
  if (const auto* given = evaluator.scopes.answer(index, scope)) {
    row.answered = true;
    row.from = given->from;
    const auto* text = std::get_if<std::string>(&given->value);
    row.answer = definition.type.base == Base::text && text != nullptr
                     ? *text
                     : print_value(program, definition.type,
                                   raw_value(program, definition.type, given->value));
    row.lost = print_raw(gone_choices(program, definition.type, given->value));
  } else if (const auto* lost = evaluator.scopes.lost_answer(index, scope)) {
    row.lost = print_raw(lost->value);
    row.from = lost->from;
  }
  return row;
}

// A field is open as a question is: without value, where a rule reads it or approval waits for it.
void describe_fields(const Evaluator& evaluator, const ScopeInstance& scope, Model& model) {
  const std::vector<Field>& fields = evaluator.program().fields;
  for (std::uint32_t i = 0; i < fields.size(); ++i) {
    const Field& field = fields[i];
    if (scope.is_product() != (field.kind == Kind::product)) continue;
    if (evaluator.scopes.given_field(field, scope) != nullptr) continue;
    const std::string id = field_id(field, scope);
    if (field.required || !evaluator.dependencies().of_field[i].empty())
      model.open_questions.push_back(id);
    if (const auto* lost = newest_field(field, scope))
      model.lost.push_back({id, print_raw(lost->value), lost->from});
  }
}

}  // namespace

void describe_open(Evaluator& evaluator, Model& model) {
  describe_patterns(evaluator, model);
  describe_assumed(evaluator, model);
  std::set<std::string> mattering;
  for (const Undecided& each : model.undecided)
    mattering.insert(each.questions.begin(), each.questions.end());
  for (const Assumed& each : model.assumed)
    mattering.insert(each.questions.begin(), each.questions.end());
  const std::vector<Question>& questions = evaluator.program().questions;
  for (const auto& scope : evaluator.scopes) {
    for (std::uint32_t i = 0; i < questions.size(); ++i) {
      if (questions[i].component_type != scope->component_type) continue;
      QuestionRow row = describe_question(evaluator, i, *scope);
      row.matters = mattering.contains(row.id);
      if (!row.lost.empty()) model.lost.push_back({row.id, row.lost, *row.from});
      if (row.asked.is_true() && !row.answered) model.open_questions.push_back(row.id);
      model.questions.push_back(std::move(row));
    }
    describe_fields(evaluator, *scope, model);
  }
  std::sort(model.open_questions.begin(), model.open_questions.end());
}

}  // namespace riskd::engine
