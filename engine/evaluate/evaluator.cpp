// States, decisions, ratings: what an element is, of what its facts and the policy say.
#include "engine/evaluate/evaluator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/evaluate/reconcile.hpp"
#include "engine/plan/reads.hpp"

namespace riskd::engine {

Context Evaluator::context_of(RiskInstance& risk) {
  Context context;
  if (!risk.scope->is_product()) context.component = risk.scope;
  context.risk = &risk;
  return context;
}

// Where an element of a weakness or countermeasure is read alone, the first of its risks stands for all.
Context Evaluator::context_of(WeaknessInstance& weakness) {
  Context context;
  if (!weakness.scope->is_product()) context.component = weakness.scope;
  context.weakness = &weakness;
  for (RiskInstance* risk : risks_of(weakness)) {
    context.risk = risk;
    break;
  }
  return context;
}

Context Evaluator::context_of(CountermeasureInstance& countermeasure) {
  Context context;
  for (const auto& [use, weakness] : uses_of(countermeasure)) {
    context = context_of(*weakness);
    break;
  }
  if (!countermeasure.scope->is_product()) context.component = countermeasure.scope;
  context.countermeasure = &countermeasure;
  return context;
}

bool Evaluator::holds(NodeId node, const Context& context, bool absent) {
  if (node == no_node) return absent;
  const Truth verity = quick(node, context);
  if (verity != Truth::needs_full_evaluation) return verity == Truth::yes;
  return as_truth(eval(node, context)).is_true();
}

// A trace is to see all that is read: then there is no short way.
Truth Evaluator::quick(NodeId node, const Context& context) {
  if (trace_ != nullptr) return Truth::needs_full_evaluation;
  const Conditions& conditions = dependencies_.conditions;
  const std::uint32_t place = conditions.place(node);
  if (place == no_index) return Truth::needs_full_evaluation;
  const unsigned read = conditions.elements_read(place);
  const ElementBytes elements =
      read == 0 ? ElementBytes{} : element_bytes(context.countermeasure, context.weakness, read);
  return conditions.at(place, bytes_of(*scopes_.front()),
                       context.component == nullptr ? ScopeBytes{} : bytes_of(*context.component),
                       elements);
}

// Those of the codes that `read` asks for: none reads itself.
ElementBytes Evaluator::element_bytes(CountermeasureInstance* countermeasure,
                                      const WeaknessInstance* weakness, unsigned read) {
  ElementBytes bytes;
  const Shape& shape = dependencies_.shape;
  const auto reads = [&](ElementBytes::Of code) { return (read >> code & 1) != 0; };
  if (countermeasure != nullptr && reads(ElementBytes::state))
    bytes.codes[ElementBytes::state] = state_code(*countermeasure);
  if (countermeasure != nullptr && reads(ElementBytes::countermeasure_tested)) {
    bytes.codes[ElementBytes::countermeasure_tested] = tested_code(
        countermeasure->tested, shape.countermeasure_has_test[countermeasure->definition]);
  }
  if (weakness != nullptr && reads(ElementBytes::weakness_tested)) {
    bytes.codes[ElementBytes::weakness_tested] =
        tested_code(weakness->tested, shape.weakness_has_test[weakness->definition]);
  }
  return bytes;
}

// As it is, or will be once all that is required is done.
std::uint8_t Evaluator::state_code(CountermeasureInstance& countermeasure) {
  const State held = state(countermeasure);
  return projecting_ ? once_done(held) : static_cast<std::uint8_t>(held);
}

std::uint8_t Evaluator::tested_code(Tested tested, bool has_test) const {
  return projecting_ ? once_done(tested, has_test) : static_cast<std::uint8_t>(tested);
}

Applies Evaluator::truth_of(NodeId node, ScopeInstance& scope) {
  Context context;
  if (!scope.is_product()) context.component = &scope;
  const Truth verity = quick(node, context);
  if (verity != Truth::needs_full_evaluation) return applies_of(verity);
  const Value value = as_truth(eval(node, context));
  return value.is_true() ? Applies::yes : value.is_false() ? Applies::no : Applies::undecided;
}

const Stamped<DecisionFact>* Evaluator::decision(const Instance& element,
                                                 std::string_view aspect) const {
  if (element.decided == nullptr) return nullptr;
  const DecisionEntry* entry =
      aspect == "state" ? element.decided->find_state() : element.decided->find(aspect);
  return entry == nullptr ? nullptr : holds_now(entry->second);
}

const Stamped<DecisionFact>* Evaluator::false_positive(const std::string& test) const {
  const auto it = product_->decisions.find({test, "false-positive"});
  return it == product_->decisions.end() ? nullptr : holds_now(it->second);
}

// Null after the last day on which it does.
const Stamped<DecisionFact>* Evaluator::holds_now(const Stamped<DecisionFact>& decided) const {
  const auto& until = decided.value.until;
  return until && now_ >= start_of(Date{until->days + 1}) ? nullptr : &decided;
}

std::optional<Instant> Evaluator::next_change() const {
  std::optional<Instant> next;
  const auto at = [&](Instant moment) {
    if (!next || moment < *next) next = moment;
  };
  if (!decision_ends_.empty()) at(*decision_ends_.begin());
  if (!stale_ends_.empty()) at(*stale_ends_.begin());
  const auto is_in_use = [&](const Cell& cell) {
    switch (cell.kind) {
      case Cell::Kind::pattern: {
        const std::uint32_t type = program_.patterns[cell.index].component_type;
        return std::any_of(scopes_.begin(), scopes_.end(),
                           [&](const auto& scope) { return scope->component_type == type; });
      }
      case Cell::Kind::risk:
      case Cell::Kind::every_risk:
        return blocks_.count<RiskInstance>() > 0;
      case Cell::Kind::weakness:
        return blocks_.count<WeaknessInstance>() > 0;
      case Cell::Kind::countermeasure:
        return blocks_.count<CountermeasureInstance>() > 0;
      default:
        return true;
    }
  };
  const auto& readers = dependencies_.of_today;
  if (std::any_of(readers.begin(), readers.end(), is_in_use))
    at(start_of(Date{date_of(now_).days + 1}));
  return next;
}

bool Evaluator::is_field_missing(const Field& field, const ScopeInstance& scope) const {
  if (!field.required || field.default_value != no_node) return false;
  return scope.is_product() == (field.kind == Kind::product) && !given_field(field, scope);
}

std::vector<std::string> Evaluator::missing_fields() const {
  std::vector<std::string> missing;
  for (const Field& field : program_.fields) {
    for (const auto& scope : scopes_) {
      if (is_field_missing(field, *scope)) missing.push_back(field_id(field, *scope));
    }
  }
  std::sort(missing.begin(), missing.end());
  return missing;
}

bool Evaluator::is_any_field_missing() const {
  if (!dependencies_.has_required_field) return false;
  if (!field_missing_) {
    field_missing_ =
        std::any_of(program_.fields.begin(), program_.fields.end(), [&](const Field& field) {
          return std::any_of(scopes_.begin(), scopes_.end(),
                             [&](const auto& scope) { return is_field_missing(field, *scope); });
        });
  }
  return *field_missing_;
}

namespace {

template <typename Elements, typename Name>
auto find_listed(const Elements& elements, const std::string& id, const Name& name) {
  const auto found = std::lower_bound(
      elements.begin(), elements.end(), id,
      [&](const auto& each, const std::string& wanted) { return name(each) < wanted; });
  return found != elements.end() && name(*found) == id ? found : elements.end();
}

}  // namespace

bool Evaluator::is_approved(Kind kind, const Instance& element) const {
  if (!product_->approval || is_any_field_missing()) return false;
  const auto& elements = product_->approval->value.elements;
  const auto lists = [&](const std::string& id) {
    return find_listed(elements, id, [](const std::string& each) { return each; }) !=
           elements.end();
  };
  if (lists(element.id)) return true;
  const auto former = dependencies_.former_ids(kind, element.definition);
  return std::any_of(former.begin(), former.end(),
                     [&](const std::string& id) { return lists(element.scope->element(id)); });
}

const SeenElement* Evaluator::seen_of(Kind kind, const Instance& element) const {
  if (!product_->approval) return nullptr;
  const auto& seen = product_->approval->value.seen;
  const auto find = [&](const std::string& id) -> const SeenElement* {
    const auto found = find_listed(seen, id, [](const SeenElement& each) { return each.element; });
    return found == seen.end() ? nullptr : &*found;
  };
  const SeenElement* found = find(element.id);
  for (const std::string& id : dependencies_.former_ids(kind, element.definition)) {
    if (found == nullptr) found = find(element.scope->element(id));
  }
  return found;
}

std::string Evaluator::place(const Place& at) const {
  return program_.files[at.file] + ":" + std::to_string(at.line);
}

namespace {

// The states that a decision gives whatever the ticket says.
std::optional<State> above_ticket(const Stamped<DecisionFact>* decided) {
  if (decided == nullptr) return std::nullopt;
  switch (decided->value.state) {
    case DecisionState::rejected:
      return State::rejected;
    case DecisionState::not_applicable:
      return State::not_applicable;
    case DecisionState::implemented:
      return State::implemented;
    default:
      return std::nullopt;
  }
}

std::optional<State> below_ticket(const Stamped<DecisionFact>* decided) {
  if (decided == nullptr) return std::nullopt;
  if (decided->value.state == DecisionState::required) return State::required;
  if (decided->value.state == DecisionState::recommended) return State::recommended;
  return std::nullopt;
}

}  // namespace

// Whether the security team's word outranks that of the ticket: that the work is not done, whatever the
// ticket says; and that a countermeasure is required, where the ticket was refused before that, or was closed
// once more after riskd had opened it again and no test shows the work.
bool Evaluator::outranks(const Stamped<DecisionFact>* decided, const KnownTicket& ticket,
                         Tested tested) {
  if (decided == nullptr) return false;
  if (decided->value.state == DecisionState::not_implemented) return true;
  if (decided->value.state != DecisionState::required ||
      !is_older(ticket.status->from, decided->from))
    return false;
  if (ticket.mapped != State::implemented) return true;
  return ticket.closing != nullptr && tested != Tested::passed && reader().was_reopened(ticket);
}

// The ticket that gives a countermeasure its state, if one does.
const KnownTicket* Evaluator::deciding_ticket(const CountermeasureInstance& measure,
                                              const Stamped<DecisionFact>* decided) {
  const KnownTicket* ticket = telling_ticket(measure);
  return ticket != nullptr && outranks(decided, *ticket, measure.tested) ? nullptr : ticket;
}

// The first use, in the order of weaknesses and risks, that requires the countermeasure.
std::optional<std::pair<std::uint32_t, RiskInstance*>> Evaluator::requiring(
    CountermeasureInstance& countermeasure) {
  for (const auto& [use, weakness] : uses_of(countermeasure)) {
    const Shape::Requires required = dependencies_.shape.requires_of_use[use];
    if (required == Shape::Requires::never) continue;
    for (RiskInstance* risk : risks_of(*weakness)) {
      if (required == Shape::Requires::always && trace_ == nullptr) return std::pair(use, risk);
      Context context = context_of(*risk);
      context.weakness = weakness;
      context.countermeasure = &countermeasure;
      context.use = use;
      if (holds(program_.uses[use].required, context)) return std::pair(use, risk);
    }
  }
  return std::nullopt;
}

bool Evaluator::is_required(CountermeasureInstance& countermeasure) {
  const Shape::Requires fixed =
      dependencies_.shape.requires_of_countermeasure[countermeasure.definition];
  if (fixed == Shape::Requires::asked || trace_ != nullptr)
    return requiring(countermeasure).has_value();
  return fixed == Shape::Requires::always;
}

State Evaluator::state(CountermeasureInstance& countermeasure) {
  if (countermeasure.state) return *countermeasure.state;
  const Stamped<DecisionFact>* decided = decision(countermeasure, "state");
  auto held = above_ticket(decided);
  if (!held) {
    if (const KnownTicket* ticket = deciding_ticket(countermeasure, decided)) held = ticket->mapped;
  }
  if (!held) held = demanded_by(decided, countermeasure);
  countermeasure.state = held;
  return *held;
}

State Evaluator::demanded_by(const Stamped<DecisionFact>* decided,
                             CountermeasureInstance& countermeasure) {
  if (const auto held = below_ticket(decided)) return *held;
  return is_required(countermeasure) ? State::required : State::recommended;
}

State Evaluator::demanded(CountermeasureInstance& countermeasure) {
  const Stamped<DecisionFact>* decided = decision(countermeasure, "state");
  const auto held = above_ticket(decided);
  return held ? *held : demanded_by(decided, countermeasure);
}

StateReason Evaluator::why(CountermeasureInstance& countermeasure) {
  const Stamped<DecisionFact>* decided = decision(countermeasure, "state");
  const auto by_decision = [&] {
    std::string why =
        "decided " + std::string(to_string(decided->value.state)) + ": " + decided->value.reason;
    if (decided->value.until) why += ", until " + to_string(*decided->value.until);
    const std::string by = decided->from.poster.empty() ? "" : " by " + decided->from.poster;
    return StateReason{why, "decided" + by + ", " + to_display(decided->from.at),
                       decided->value.reason, "", decided->from};
  };
  if (above_ticket(decided)) return by_decision();
  if (const KnownTicket* known = deciding_ticket(countermeasure, decided)) {
    const TicketFact& said = known->status->value;
    const std::string by = said.by.empty() ? "" : " by " + sanitize_outside(said.by, 100);
    return {"ticket " + said.tracker + " " + known->newest->value.key + " is " +
                shown_status(said) + by,
            said.tracker + " " + known->newest->value.key + " " +
                (said.status.empty() ? said.state : said.status) + by + ", " +
                to_display(known->status->from.at),
            said.remark, ""};
  }
  if (below_ticket(decided)) return by_decision();
  const auto proposed = [&](const char* word, std::uint32_t use, const RiskInstance& risk) {
    const std::string& pattern = program_.patterns[program_.risks[risk.definition].pattern].id;
    return StateReason{std::string(word) + " by " + pattern, "", "",
                       place(program_.uses[use].place)};
  };
  if (const auto found = requiring(countermeasure))
    return proposed("required", found->first, *found->second);
  for (const auto& [use, weakness] : uses_of(countermeasure)) {
    for (const RiskInstance* risk : risks_of(*weakness)) return proposed("recommended", use, *risk);
    break;
  }
  return {"recommended", "", "", ""};
}

double Evaluator::rating() {
  return program_.product_rating == no_index ? 0 : rating_of(program_.product_rating, {});
}

double Evaluator::share(std::uint32_t use, RiskInstance& risk, WeaknessInstance& weakness,
                        CountermeasureInstance& countermeasure, bool* assumed) {
  const double fixed = dependencies_.shape.share_of_use[use];
  if (!std::isnan(fixed) && trace_ == nullptr) return fixed;
  const NodeId node = program_.uses[use].mitigates;
  if (node == no_node) return 0;
  Context context = context_of(risk);
  context.weakness = &weakness;
  context.countermeasure = &countermeasure;
  context.use = use;
  const Value value = eval(node, context);
  if (value.is_none()) return 0;
  if (value.known()) return std::clamp(value.lo, 0.0, 1.0);
  if (assumed != nullptr) *assumed = true;
  // The default 0%, moved to the nearest end of the range.
  return std::clamp(std::clamp(0.0, value.lo, value.hi), 0.0, 1.0);
}

std::vector<double> Evaluator::fixed_inherent(const Program& program,
                                              const Dependencies& dependencies) {
  if (program.inherent == no_index) return {};
  const auto is_fixed = [&](NodeId node) { return reads_own_attributes_alone(program, node); };
  constexpr double open = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> all(program.risks.size(), open);
  bool possible = is_fixed(program.ratings[program.inherent].value);
  for (const Attribute& each : program.attributes)
    possible = possible && (each.kind != Kind::risk || is_fixed(each.default_value));
  if (!possible) return all;
  const Product nothing;
  Evaluator evaluator(program, dependencies, nothing, Instant{}, ConditionsOnly{});
  for (std::uint32_t i = 0; i < program.risks.size(); ++i) {
    const std::vector<Setting>& settings = program.risks[i].settings;
    if (!std::all_of(settings.begin(), settings.end(),
                     [&](const Setting& each) { return is_fixed(each.value); }))
      continue;
    RiskInstance risk;
    risk.definition = i;
    risk.scope = &evaluator.product_scope();
    all[i] = evaluator.rating_of(program.inherent, evaluator.context_of(risk));
  }
  return all;
}

double Evaluator::fixed_inherent_of(const RiskInstance& risk) const {
  const auto& fixed = dependencies_.fixed_inherent;
  return fixed.empty() || risk.decided != nullptr ? std::numeric_limits<double>::quiet_NaN()
                                                  : fixed[risk.definition];
}

double Evaluator::rating_of(std::uint32_t index, const Context& context, bool* assumed) {
  const Rating& rating = program_.ratings[index];
  if (index == program_.inherent && context.risk != nullptr && trace_ == nullptr) {
    const double fixed = fixed_inherent_of(*context.risk);
    if (assumed != nullptr) *assumed = false;
    if (!std::isnan(fixed)) return fixed;
  }
  Memo* memo = &product_scope().ratings;
  std::uint32_t key = index;
  Context own;
  if (rating.kind == Kind::component) {
    if (context.component == nullptr) return 0;
    memo = &context.component->ratings;
    own.component = context.component;
  } else if (rating.kind != Kind::product) {
    Instance* instance = instance_of(rating.kind, context);
    if (instance == nullptr) return 0;
    memo = &instance->memo;
    key = memo_key::of_rating(index);
    own = own_context(rating.kind, context);
  }
  const Value* known = memo->find(key);
  const Value value = known != nullptr ? *known : eval_present(rating.value, own);
  if (known == nullptr) memo->set(key, value);
  if (assumed != nullptr) *assumed = value.is_unknown() && std::isfinite(value.hi);
  if (value.is_none() || !std::isfinite(value.hi)) return 0;
  return std::clamp(value.hi, 0.0, 100.0);
}

// Of the element of `kind` alone that `context` holds.
Context Evaluator::own_context(Kind kind, const Context& context) {
  if (kind == Kind::risk) return context_of(*context.risk);
  if (kind == Kind::weakness) return context_of(*context.weakness);
  return context_of(*context.countermeasure);
}

}  // namespace riskd::engine
