#include "engine/explain/explain.hpp"

#include <algorithm>
#include <cmath>

#include "engine/evaluate/evaluator.hpp"
#include "engine/evaluate/print.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/facts/resolve_names.hpp"
#include "engine/program/node_read.hpp"

namespace riskd::engine {

std::string print_inspected(const Program& program, Type type, const Value& value) {
  if (value.is_none()) return "not asked";
  if (type.base == Base::truth)
    return value.is_true() ? "true" : value.is_false() ? "false" : "unknown";
  if (value.known()) return print_value(program, type, value);
  if (!std::isfinite(value.lo) || !std::isfinite(value.hi)) return "unknown";
  if (type.base == Base::choice || type.base == Base::scale) {
    const std::string_view least = step_name(program, type, value.lo);
    const std::string_view most = step_name(program, type, value.hi);
    return std::string(least) + " … " + std::string(most);
  }
  return print_number(value.lo) + " … " + print_number(value.hi);
}

// Reads an evaluation backwards: from a value to the rule and the facts that made it.
struct Explainer {
  const Program& program;
  const Product& product;
  Evaluator evaluator;

  std::string place(const Place& at) const { return print_place(program, at); }

  std::string shown(const Node& node, const Value& value) const {
    return print_inspected(program, node.type, value);
  }

  // The questions, fields and derived values that an expression read.
  void inputs(NodeId id, const Context& context, std::vector<Reason>& out, int depth) {
    if (id == no_node || depth > 40 || out.size() > 200) return;
    std::visit([&](const auto& read) { this->read(read, id, context, out, depth); },
               read_of(program.nodes[id]));
  }

  void kids(NodeId id, const Context& context, std::vector<Reason>& out, int depth) {
    for (const NodeId kid : program.kids_of(program.nodes[id]))
      inputs(kid, context, out, depth + 1);
  }

  std::string value_of(NodeId id, const Context& context) {
    return shown(program.nodes[id], evaluator.values.eval(id, context));
  }

  void read(const QuestionRead& of, NodeId, const Context& context, std::vector<Reason>& out, int) {
    add(out, question(of.question, context));
  }
  void read(const FieldRead& of, NodeId id, const Context& context, std::vector<Reason>& out,
            int depth) {
    if (of.answered_only) return kids(id, context, out, depth);
    const Field& field = program.fields[of.field];
    Reason reason{"field " + field.name, value_of(id, context), place(field.place), {}, {}};
    if (const ScopeInstance* scope = evaluator.scopes.of(field, context)) {
      if (const auto* given = evaluator.scopes.given_field(field, *scope))
        reason.fact = given->from;
      else
        reason.value += field.default_value != no_node ? " (default, not given)" : " (not given)";
    }
    add(out, std::move(reason));
  }
  void read(const LetRead& of, NodeId id, const Context& context, std::vector<Reason>& out,
            int depth) {
    const Let& let = program.lets[of.let];
    Reason reason{let.name, value_of(id, context), place(let.place), {}, {}};
    inputs(let.value, let.kind == Kind::product ? Context{} : context, reason.because, depth + 1);
    add(out, std::move(reason));
  }
  void read(const RatingRead& of, NodeId, const Context& context, std::vector<Reason>& out, int) {
    const Rating& rating = program.ratings[of.rating];
    add(out, {rating.name,
              print_number(evaluator.values.rating_of(of.rating, context)),
              place(rating.place),
              {},
              {}});
  }
  void read(const AttributeRead& of, NodeId id, const Context& context, std::vector<Reason>& out,
            int) {
    add(out, {program.attributes[of.attribute].name, value_of(id, context), "", {}, {}});
  }
  void read(const DayRead&, NodeId id, const Context& context, std::vector<Reason>& out,
            int depth) {
    if (program.nodes[id].op == Op::today)
      add(out, {"today", value_of(id, context), "", {}, {}});
    else
      kids(id, context, out, depth);
  }
  void read(const ListRead& of, NodeId id, const Context& context, std::vector<Reason>& out,
            int depth) {
    if (of.is_printed) return kids(id, context, out, depth);
    for (const Context& item : evaluator.aggregates.items(of.list, context))
      kids(id, item, out, depth);
  }
  void read(const BuiltinRead&, NodeId id, const Context& context, std::vector<Reason>& out,
            int depth) {
    kids(id, context, out, depth);
  }
  void read(const RecordRead&, NodeId id, const Context& context, std::vector<Reason>& out,
            int depth) {
    kids(id, context, out, depth);
  }
  void read(const Operation&, NodeId id, const Context& context, std::vector<Reason>& out,
            int depth) {
    kids(id, context, out, depth);
  }

  static void add(std::vector<Reason>& out, Reason reason) {
    const bool known = std::any_of(out.begin(), out.end(), [&](const Reason& each) {
      return each.text == reason.text && each.value == reason.value;
    });
    if (!known) out.push_back(std::move(reason));
  }

  Reason question(std::uint32_t index, const Context& context) {
    const Question& definition = program.questions[index];
    ScopeInstance* scope =
        definition.component_type == no_index ? &evaluator.scopes.product() : context.component;
    Reason reason{"question " + (scope ? scope->element(definition.id) : definition.id),
                  "",
                  place(definition.place),
                  {},
                  {}};
    if (scope == nullptr || scope->component_type != definition.component_type) {
      reason.value = "not asked";
      return reason;
    }
    const Value asked = evaluator.questions.asked(index, *scope);
    const Stamped<RawValue>* given = evaluator.scopes.answer(index, *scope);
    Node node;
    node.type = definition.type;
    if (definition.type.base == Base::text && given != nullptr)
      reason.value = "answered";
    else
      reason.value = shown(node, evaluator.questions.value(index, *scope));
    if (asked.is_false())
      reason.value = "not asked";
    else if (given == nullptr)
      reason.value +=
          definition.default_value != no_node ? " (default, not answered)" : " (not answered)";
    if (given != nullptr) reason.fact = given->from;
    if (definition.ask_when != no_node && !asked.is_true())
      inputs(definition.ask_when, scope->is_product() ? Context{} : Context{.component = scope},
             reason.because, 1);
    return reason;
  }

  Reason pattern(std::uint32_t index, ScopeInstance& scope) {
    const Pattern& definition = program.patterns[index];
    Context context;
    if (!scope.is_product()) context.component = &scope;
    const Value value = definition.when == no_node
                            ? Value::truth(true)
                            : as_truth(evaluator.values.eval(definition.when, context));
    Reason reason{"pattern " + scope.element(definition.id),
                  value.is_true()    ? "applies"
                  : value.is_false() ? "does not apply"
                                     : "undecided",
                  place(definition.place),
                  {},
                  {}};
    inputs(definition.when, context, reason.because, 0);
    return reason;
  }

  // The newest of each kind; ended ones too.
  void decided(const Instance& element, std::vector<Reason>& out) {
    if (element.decided == nullptr) return;
    for (const DecisionEntry* each : element.decided->all) {
      const auto& [key, held] = *each;
      if (element.decided->find(key.aspect) != each) continue;
      const DecisionFact& fact = held.value;
      std::string text = "decision " + std::string(to_string(fact.state));
      if (!fact.attribute.empty()) text += " " + fact.attribute;
      if (fact.until) text += " until " + to_string(*fact.until);
      if (evaluator.decisions.holds_now(held) == nullptr) text += " (has ended)";
      out.push_back({text + ": " + fact.reason, accepted_rating(fact), "", held.from, {}});
    }
  }

  static std::string accepted_rating(const DecisionFact& fact) {
    if (fact.state != DecisionState::accepted) return "";
    return fact.accepted_inherent ? "of an inherent " + print_number(*fact.accepted_inherent)
                                  : "of an inherent rating that nobody knows";
  }

  // What is known of the tickets of a countermeasure.
  void tickets(const CountermeasureInstance& instance, std::vector<Reason>& out) {
    for (const TicketTemplate& ticket : program.tickets) {
      if (ticket.kind != Kind::countermeasure) continue;
      const auto known = evaluator.known_tickets.find({ticket.name, instance.id});
      if (!known) continue;
      const TicketFact& said = known->status->value;
      std::string text = "ticket " + said.tracker + " " + known->newest->value.key + " is " +
                         shown_status(known->newest->value);
      if (known->own) text += ", set by riskd";
      if (!said.by.empty()) text += ", set by " + said.by;
      Reason reason{text,
                    known->own ? "says nothing of the work" : std::string(to_string(known->mapped)),
                    "",
                    known->status->from,
                    {}};
      if (!said.remark.empty())
        reason.because.push_back({"\"" + said.remark + "\"", "", "", {}, {}});
      if (!known->is_read)
        reason.because.push_back({"no row of its status map reads it", "", "", {}, {}});
      out.push_back(std::move(reason));
    }
  }

  static std::string_view absence(const BoundResult& of) {
    if (!of.absent) return "";
    return of.outcome() == TestOutcome::absent ? ", checked and not reported"
                                               : ", no longer reported";
  }

  void tests(const Results& results, std::vector<Reason>& out) const {
    results.each([&](const BoundResult& result) {
      const bool stale = result.verdict == Verdict::passed && result.stale;
      out.push_back({"test " + result.source + " " + result.id() + " in " + result.suite +
                         std::string(absence(result)),
                     std::string(to_string(result.verdict)) + (stale ? ", stale" : ""),
                     "",
                     result.from(),
                     {}});
    });
  }

  static void add_why(const StateReason& why, std::vector<Reason>& out) {
    out.push_back({why.why, "", why.place, {}, {}});
  }

  Reason countermeasure(CountermeasureInstance& instance) {
    const State state = evaluator.states.of(instance);
    Reason reason{"countermeasure " + instance.id,
                  std::string(to_string(state)),
                  place(program.countermeasures[instance.definition].place),
                  {},
                  {}};
    decided(instance, reason.because);
    tickets(instance, reason.because);
    if (reason.because.empty()) add_why(evaluator.states.why(instance), reason.because);
    tests(instance.results, reason.because);
    for (const auto& [use, weakness] : uses_of(instance)) {
      for (RiskInstance* risk : risks_of(*weakness)) {
        Context context = context_of(*risk);
        context.weakness = weakness;
        context.countermeasure = &instance;
        context.use = use;
        const NodeId required = program.uses[use].required;
        Reason each{"in " + risk->id + ", " + weakness->id,
                    required == no_node                         ? "recommended"
                    : evaluator.values.holds(required, context) ? "required"
                                                                : "not required",
                    place(program.uses[use].place),
                    {},
                    {}};
        inputs(required, context, each.because, 1);
        const Risk& definition = program.risks[risk->definition];
        each.because.push_back(pattern(definition.pattern, *risk->scope));
        reason.because.push_back(std::move(each));
      }
    }
    return reason;
  }

  Reason weakness(WeaknessInstance& instance) {
    Reason reason{"weakness " + instance.id,
                  std::string(to_string(instance.tested)),
                  place(program.weaknesses[instance.definition].place),
                  {},
                  {}};
    tests(instance.results, reason.because);
    for (RiskInstance* risk : risks_of(instance))
      reason.because.push_back(pattern(program.risks[risk->definition].pattern, *risk->scope));
    return reason;
  }

  Reason risk(RiskInstance& instance) {
    evaluator.ratings.adjust(instance);
    const Risk& definition = program.risks[instance.definition];
    Reason reason{
        "risk " + instance.id, print_number(instance.current), place(definition.place), {}, {}};
    const Context context = context_of(instance);
    if (program.inherent != no_index) {
      const Rating& rating = program.ratings[program.inherent];
      Reason inherent{"inherent",
                      print_number(evaluator.values.rating_of(program.inherent, context)),
                      place(rating.place),
                      {},
                      {}};
      for (const Setting& setting : definition.settings) {
        const Attribute& attribute = program.attributes[setting.attribute];
        Node node;
        node.type = attribute.type;
        Reason set{attribute.name,
                   shown(node, evaluator.values.attribute(setting.attribute, context)),
                   place(setting.place),
                   {},
                   {}};
        inputs(setting.value, context, set.because, 1);
        inherent.because.push_back(std::move(set));
      }
      reason.because.push_back(std::move(inherent));
    }
    for (const StepRow& step : evaluator.ratings.steps(instance)) {
      Reason acted{
          step.step + " " + step.element + (step.because.empty() ? "" : " (" + step.because + ")"),
          (step.change > 0 ? "+" : "") + print_number(step.change),
          "",
          {},
          {}};
      reason.because.push_back(std::move(acted));
    }
    decided(instance, reason.because);
    reason.because.push_back(pattern(definition.pattern, *instance.scope));
    return reason;
  }
};

std::optional<Reason> explain(const Program& program, const Product& product,
                              std::string_view element, Instant now) {
  Explainer explainer{program, product, Evaluator(program, product, now)};
  Evaluator& evaluator = explainer.evaluator;
  if (element.empty()) {
    Reason reason{"product " + product.id, "", "", {}, {}};
    if (program.product_rating != no_index) {
      reason.value = print_number(evaluator.values.product_rating());
      reason.place = explainer.place(program.ratings[program.product_rating].place);
    }
    std::vector<RiskInstance*> risks = evaluator.elements.risks();
    for (RiskInstance* risk : risks) evaluator.ratings.adjust(*risk);
    std::stable_sort(risks.begin(), risks.end(), [](const RiskInstance* a, const RiskInstance* b) {
      return a->current > b->current;
    });
    if (risks.size() > 5) risks.resize(5);
    for (RiskInstance* risk : risks) reason.because.push_back(explainer.risk(*risk));
    return reason;
  }
  const std::size_t slash = element.find('/');
  const std::string component(slash == std::string_view::npos ? "" : element.substr(0, slash));
  const std::string id(slash == std::string_view::npos ? element : element.substr(slash + 1));
  for (const auto& scope : evaluator.scopes) {
    if (scope->id != component) continue;
    const auto find = [&]<typename T>(T*& found, const auto& definitions) {
      const auto index = definitions.find(id);
      if (index != definitions.end()) found = scope->template find<T>(index->second);
      return found != nullptr;
    };
    CountermeasureInstance* of_measure = nullptr;
    WeaknessInstance* of_weakness = nullptr;
    RiskInstance* of_risk = nullptr;
    if (find(of_measure, program.by_id.countermeasures))
      return explainer.countermeasure(*of_measure);
    if (find(of_weakness, program.by_id.weaknesses)) return explainer.weakness(*of_weakness);
    if (find(of_risk, program.by_id.risks)) return explainer.risk(*of_risk);
    Context context;
    if (!scope->is_product()) context.component = scope.get();
    for (std::uint32_t i = 0; i < program.patterns.size(); ++i) {
      if (program.patterns[i].id == id &&
          program.patterns[i].component_type == scope->component_type)
        return explainer.pattern(i, *scope);
    }
    for (std::uint32_t i = 0; i < program.questions.size(); ++i) {
      if (program.questions[i].id == id &&
          program.questions[i].component_type == scope->component_type)
        return explainer.question(i, context);
    }
    // Known to the policy, but not in the model: the pattern that would bring it says why.
    Reason absent{id, "not in the model", "", {}, {}};
    for (std::uint32_t i = 0; i < program.patterns.size(); ++i) {
      const Pattern& pattern = program.patterns[i];
      if (pattern.component_type != scope->component_type) continue;
      bool brings = false;
      for (const std::uint32_t risk : pattern.risks) {
        brings = brings || program.risks[risk].id == id;
        for (const std::uint32_t weakness : program.risks[risk].weaknesses) {
          brings = brings || program.weaknesses[weakness].id == id;
          for (const std::uint32_t use : program.weaknesses[weakness].uses) {
            brings = brings || program.countermeasures[program.uses[use].countermeasure].id == id;
          }
        }
      }
      if (brings) absent.because.push_back(explainer.pattern(i, *scope));
    }
    if (!absent.because.empty()) return absent;
  }
  return std::nullopt;
}

std::string why_unexplained(const Program& program, const Product& product,
                            std::string_view element, Instant now) {
  const auto [component, name] = split_element(element);
  const std::string shown = "`" + std::string(element) + "`";
  const std::vector<NamedElement> found = elements_named(program, name);
  if (found.size() > 1) {
    std::string all;
    for (const NamedElement& each : found) all += (all.empty() ? "`" : ", `") + each.id + "`";
    return shown + " is ambiguous: it may be " + all;
  }
  if (!component.empty() && !product.components.contains(std::string(component)))
    return "there is no component `" + std::string(component) + "`";
  const std::string id = found.empty() ? std::string(name) : found.front().id;
  std::string there;
  for (const auto& [each, facts] : product.components) {
    const std::string whole = each + "/" + id;
    if (component.empty() && explain(program, product, whole, now))
      there += (there.empty() ? "`" : ", `") + whole + "`";
  }
  if (!there.empty()) return shown + " is of a component: write " + there;
  if (!component.empty() && explain(program, product, id, now))
    return shown + " is of the product: write `" + id + "`";
  return found.empty() ? "the policy knows no element " + shown
                       : shown + " is of components of another type, or of none";
}

}  // namespace riskd::engine
