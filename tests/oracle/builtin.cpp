// Built-in names, and what rows read of the outside.
#include "tests/oracle/evaluator.hpp"

namespace riskd::oracle {

V Evaluator::builtin(const Node& node, const At& at) const {
  const Kind kind = static_cast<Kind>(node.b);
  const Element& element = kind == Kind::risk       ? at.risk
                           : kind == Kind::weakness ? at.weakness
                                                    : at.countermeasure;
  const bool of_element =
      kind == Kind::risk || kind == Kind::weakness || kind == Kind::countermeasure;
  if (of_element && !element.is()) return nothing();
  const auto index = [](auto step) { return number(static_cast<double>(step)); };
  switch (static_cast<Builtin>(node.a)) {
    case Builtin::id:
      return data(0, of_element                ? element.id
                     : kind == Kind::component ? at.component->id
                                               : product.id);
    case Builtin::component:
      return data(0, element.part->id);
    case Builtin::approved:
      return truth(of_element ? approved(kind, element.id) : product_approved());
    case Builtin::rating:
      return number(0);
    case Builtin::band: {
      const double rated = of_element ? current(element) : rating(program.product_rating, {});
      double band = 0;
      for (const EnumStep& each : program.enums[program.bands.enumeration].steps)
        band += rated >= each.number ? 1 : 0;
      return number(std::max(0.0, band - 1));
    }
    case Builtin::type:
      return at.component ? number(at.component->type) : nothing();
    case Builtin::inherent:
      return number(rating(program.inherent, at));
    case Builtin::current:
      return number(current(element));
    case Builtin::projected:
      return number(current(element, true));
    case Builtin::accepted_until: {
      const DecisionFact* accepted = decision(Kind::risk, element.id, "accepted");
      return accepted ? number(static_cast<double>(start_of(*accepted->until).ms / 1000))
                      : nothing();
    }
    case Builtin::accepted_inherent: {
      const DecisionFact* accepted = decision(Kind::risk, element.id, "accepted");
      if (!accepted) return nothing();
      return accepted->accepted_inherent ? number(*accepted->accepted_inherent) : span(0, 100);
    }
    case Builtin::cwe:
      return number(program.weaknesses[element.index].cwe);
    case Builtin::tested: {
      const auto& named = kind == Kind::weakness ? program.weaknesses[element.index].tests
                                                 : program.countermeasures[element.index].tests;
      const Tested actual = tested(element.id);
      const bool has_test = !named.empty() || actual != Tested::untested;
      return index(at.projecting && has_test ? Tested::passed : actual);
    }
    case Builtin::state: {
      const State actual = state(element);
      return index(at.projecting && actual == State::required ? State::implemented : actual);
    }
    case Builtin::mitigates: {
      if (at.use != no_index) return number(share(at));
      double most = 0;
      for (const auto& [ids, use] : uses) {
        if (use.countermeasure.id == element.id) most = std::max(most, share(use));
      }
      return number(most);
    }
    default:
      return data(0);
  }
}

V Evaluator::recorded(const Node& node, const Record& record) const {
  if (node.type.base == Base::texts)
    return data(
        0, {},
        record.lists.contains(node.a) ? record.lists.at(node.a) : std::vector<std::string>{});
  const auto truth_of_ticket = record.truths.find(node.a);
  if (truth_of_ticket != record.truths.end()) return truth(truth_of_ticket->second);
  const auto it = record.texts.find(node.a);
  if (it == record.texts.end()) return nothing();
  if (node.type.base == Base::truth) return truth(it->second == "true" || it->second == "yes");
  if (node.type.base == Base::number) return number(std::stod(it->second));
  if (node.type.base == Base::text) return data(0, it->second);
  const V value = step(node.type, it->second);
  return value.known() ? value : nothing();
}

}  // namespace riskd::oracle
