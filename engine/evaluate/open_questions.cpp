// What is still open, what that keeps undecided, and what had to be assumed meanwhile.
#include <algorithm>
#include <set>

#include "engine/evaluate/evaluator.hpp"
#include "engine/facts/answers.hpp"

namespace riskd::engine {
namespace {

std::string list_word(List list) {
  switch (list) {
    case List::product_components:
      return "components";
    case List::product_risks:
    case List::component_risks:
    case List::weakness_risks:
    case List::countermeasure_risks:
      return "risks";
    case List::risk_weaknesses:
    case List::countermeasure_weaknesses:
      return "weaknesses";
    case List::risk_countermeasures:
    case List::weakness_countermeasures:
      return "countermeasures";
    case List::product_undecided:
      return "undecided";
    case List::none:
      break;
  }
  return "";
}

void tidy(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

// Follows the parts that are not known down to the questions and fields. A question that waits for another
// is not named: the other is.
void Evaluator::waiting_for(NodeId id, const Context& context, std::vector<std::string>& questions,
                            int depth) {
  if (id == no_node || depth > 1000) return;
  const Node& node = program_.nodes[id];
  const bool is_text = node.type.base == Base::text;
  if (!is_text && !eval(id, context).is_unknown()) return;
  switch (node.op) {
    case Op::question:
    case Op::answered: {
      const Question& definition = program_.questions[node.a];
      ScopeInstance* scope =
          definition.component_type == no_index ? &product_scope() : context.component;
      if (scope == nullptr || scope->component_type != definition.component_type) return;
      const Value is_asked = asked(node.a, *scope);
      if (is_asked.is_unknown()) {
        Context own;
        if (!scope->is_product()) own.component = scope;
        waiting_for(definition.ask_when, own, questions, depth + 1);
      } else if (is_asked.is_true() && !answered(node.a, *scope)) {
        questions.push_back(scope->element(definition.id));
      }
      return;
    }
    case Op::field: {
      const Field& definition = program_.fields[node.a];
      const ScopeInstance* scope =
          definition.kind == Kind::product ? &product_scope() : context.component;
      if (scope != nullptr && given_field(definition, *scope) == nullptr)
        questions.push_back(field_id(definition, *scope));
      return;
    }
    case Op::let: {
      const Let& let = program_.lets[node.a];
      Context own = context;
      if (let.kind == Kind::product) own = {};
      waiting_for(let.value, own, questions, depth + 1);
      return;
    }
    case Op::rating: {
      const Rating& rating = program_.ratings[node.a];
      waiting_for(rating.value, rating.kind == Kind::product ? Context{} : context, questions,
                  depth + 1);
      return;
    }
    case Op::attribute: {
      const Attribute& attribute = program_.attributes[node.a];
      const Instance* instance = instance_of(attribute.kind, context);
      if (instance == nullptr) return;
      for (const Setting& setting : settings_of(attribute.kind, instance->definition)) {
        if (setting.attribute == node.a)
          waiting_for(setting.value, own_context(attribute.kind, context), questions, depth + 1);
      }
      return;
    }
    case Op::aggregate:
      for (const Context& item : items(static_cast<List>(node.b), context)) {
        for (const NodeId kid : program_.kids_of(node))
          waiting_for(kid, item, questions, depth + 1);
      }
      return;
    default:
      for (const NodeId kid : program_.kids_of(node))
        waiting_for(kid, context, questions, depth + 1);
  }
}

// What a formula is made of, answered or not: what is told where all is answered and it still cannot be
// computed, as 1 / 0 and the greatest of nothing.
void Evaluator::made_of(NodeId id, const Context& context, std::vector<std::string>& inputs,
                        int depth) {
  if (id == no_node || depth > 100) return;
  const Node& node = program_.nodes[id];
  switch (node.op) {
    case Op::question:
    case Op::answered: {
      const Question& definition = program_.questions[node.a];
      const ScopeInstance* scope =
          definition.component_type == no_index ? &product_scope() : context.component;
      if (scope != nullptr) inputs.push_back(scope->element(definition.id));
      return;
    }
    case Op::field:
    case Op::field_answered: {
      const Field& definition = program_.fields[node.a];
      const ScopeInstance* scope =
          definition.kind == Kind::product ? &product_scope() : context.component;
      if (scope != nullptr) inputs.push_back(field_id(definition, *scope));
      return;
    }
    case Op::let: {
      const Let& let = program_.lets[node.a];
      return made_of(let.value, let.kind == Kind::product ? Context{} : context, inputs, depth + 1);
    }
    case Op::rating:
      return made_of(program_.ratings[node.a].value, context, inputs, depth + 1);
    case Op::aggregate:
      inputs.push_back(list_word(static_cast<List>(node.b)));
      for (const Context& item : items(static_cast<List>(node.b), context)) {
        for (const NodeId kid : program_.kids_of(node)) made_of(kid, item, inputs, depth + 1);
      }
      return;
    default:
      for (const NodeId kid : program_.kids_of(node)) made_of(kid, context, inputs, depth + 1);
  }
}

std::vector<std::string> Evaluator::questions_behind(NodeId id, const Context& context) {
  std::vector<std::string> questions;
  waiting_for(id, context, questions);
  if (questions.empty()) made_of(id, context, questions, 0);
  if (questions.empty()) questions.emplace_back("a value that cannot be computed");
  tidy(questions);
  return questions;
}

void Evaluator::describe_questions(Model& model) {
  std::set<std::string> mattering;
  for (const auto& scope : scopes_) {
    Context context;
    if (!scope->is_product()) context.component = scope.get();
    for (const std::uint32_t index :
         dependencies_.patterns_in[Dependencies::scope_of(scope->component_type)]) {
      const Applies applying = applies(index, *scope);
      if (applying == Applies::no) continue;
      const std::string id = scope->element(program_.patterns[index].id);
      if (applying == Applies::yes) model.applying.push_back(id);
      if (applying != Applies::undecided) continue;
      Undecided undecided{id, questions_behind(program_.patterns[index].when, context)};
      mattering.insert(undecided.questions.begin(), undecided.questions.end());
      model.undecided.push_back(std::move(undecided));
    }
  }
  std::sort(model.applying.begin(), model.applying.end());
  std::sort(model.undecided.begin(), model.undecided.end(),
            [](const Undecided& a, const Undecided& b) { return a.pattern < b.pattern; });
  describe_assumed(model);
  for (const Assumed& assumed : model.assumed)
    mattering.insert(assumed.questions.begin(), assumed.questions.end());
  for (const auto& scope : scopes_) {
    for (std::uint32_t i = 0; i < program_.questions.size(); ++i) {
      const Question& definition = program_.questions[i];
      if (definition.component_type != scope->component_type) continue;
      QuestionRow row;
      row.id = scope->element(definition.id);
      row.component = scope->id;
      row.definition = i;
      row.asked = asked(i, *scope);
      row.matters = mattering.contains(row.id);
      if (const auto* given = answer(i, *scope)) {
        row.answered = true;
        row.from = given->from;
        const auto* text = std::get_if<std::string>(&given->value);
        row.answer = definition.type.base == Base::text && text != nullptr
                         ? *text
                         : print_value(program_, definition.type,
                                       raw_value(program_, definition.type, given->value));
        row.lost = print_raw(gone_choices(program_, definition.type, given->value));
      } else if (const auto* lost = lost_answer(i, *scope)) {
        row.lost = print_raw(lost->value);
        row.from = lost->from;
      }
      if (!row.lost.empty()) model.lost.push_back({row.id, row.lost, *row.from});
      if (row.asked.is_true() && !row.answered) model.open_questions.push_back(row.id);
      model.questions.push_back(std::move(row));
    }
    describe_fields(model, *scope);
  }
  std::sort(model.open_questions.begin(), model.open_questions.end());
}

// A field is open as a question is: without value, where a rule reads it or approval waits for it.
void Evaluator::describe_fields(Model& model, const ScopeInstance& scope) {
  for (std::uint32_t i = 0; i < program_.fields.size(); ++i) {
    const Field& field = program_.fields[i];
    if (scope.is_product() != (field.kind == Kind::product)) continue;
    if (given_field(field, scope) != nullptr) continue;
    const std::string id = field_id(field, scope);
    if (field.required || !dependencies_.of_field[i].empty()) model.open_questions.push_back(id);
    if (const auto* lost = newest_field(field, scope))
      model.lost.push_back({id, print_raw(lost->value), lost->from});
  }
}

// An attribute is assumed where an open question leaves it a range, or where it rests on a default that
// nobody confirmed: where it would be a range without the defaults.
void Evaluator::describe_assumed(Model& model) {
  bool defaults = false;
  for (const auto& scope : scopes_) {
    for (std::uint32_t i = 0; i < program_.questions.size() && !defaults; ++i) {
      const Question& definition = program_.questions[i];
      defaults = definition.component_type == scope->component_type &&
                 definition.default_value != no_node && !answered(i, *scope) &&
                 asked(i, *scope).is_true();
    }
    for (const Field& field : program_.fields) {
      defaults = defaults || (field.default_value != no_node &&
                              scope->is_product() == (field.kind == Kind::product) &&
                              given_field(field, *scope) == nullptr);
    }
  }
  std::unique_ptr<Evaluator> shadow;
  if (defaults && !without_defaults_)
    shadow = std::make_unique<Evaluator>(program_, *product_, now_, this);
  Evaluator& judge = shadow ? *shadow : *this;
  const auto note = [&](const std::string& element, const std::string& attribute, NodeId node,
                        const Context& context) {
    if (node == no_node || !judge.eval(node, context).is_unknown()) return;
    model.assumed.push_back({element, attribute, judge.questions_behind(node, context)});
  };
  const auto settings = [&](auto& instance, const auto& definition) {
    for (const Setting& setting : definition.settings) {
      const Attribute& attribute = program_.attributes[setting.attribute];
      if (decision(instance, "set:" + attribute.name) != nullptr) continue;
      note(instance.id, attribute.name, setting.value, judge.context_of(instance));
    }
  };
  for (RiskInstance* each : judge.all_risks()) {
    RiskInstance& risk = *each;
    settings(risk, program_.risks[risk.definition]);
    for (std::uint32_t i = 0; i < program_.ratings.size(); ++i) {
      if (program_.ratings[i].kind == Kind::risk)
        note(risk.id, program_.ratings[i].name, program_.ratings[i].value, judge.context_of(risk));
    }
  }
  for (WeaknessInstance* weakness : judge.all_weaknesses())
    settings(*weakness, program_.weaknesses[weakness->definition]);
  for (CountermeasureInstance* each : judge.all_countermeasures()) {
    CountermeasureInstance& measure = *each;
    settings(measure, program_.countermeasures[measure.definition]);
    for (const auto& [use, weakness] : uses_of(measure)) {
      Context context = judge.context_of(*weakness);
      context.countermeasure = &measure;
      context.use = use;
      note(measure.id, "mitigates", program_.uses[use].mitigates, context);
    }
  }
  if (shadow) {
    // A pattern that applies only because of a default rests on it too.
    for (std::size_t s = 0; s < scopes_.size(); ++s) {
      Context context;
      if (!judge.scopes_[s]->is_product()) context.component = judge.scopes_[s].get();
      for (const std::uint32_t index :
           dependencies_.patterns_in[Dependencies::scope_of(scopes_[s]->component_type)]) {
        if (applies(index, *scopes_[s]) == Applies::yes)
          note(scopes_[s]->element(program_.patterns[index].id), "applies",
               program_.patterns[index].when, context);
      }
    }
  }
  for (std::uint32_t i = 0; i < program_.ratings.size(); ++i) {
    if (program_.ratings[i].kind == Kind::product)
      note("product", program_.ratings[i].name, program_.ratings[i].value, {});
  }
  std::sort(model.assumed.begin(), model.assumed.end(), [](const Assumed& a, const Assumed& b) {
    return std::tie(a.element, a.attribute) < std::tie(b.element, b.attribute);
  });
  model.assumed.erase(std::unique(model.assumed.begin(), model.assumed.end(),
                                  [](const Assumed& a, const Assumed& b) {
                                    return a.element == b.element && a.attribute == b.attribute;
                                  }),
                      model.assumed.end());
}

}  // namespace riskd::engine
