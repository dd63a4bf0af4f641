// The states of countermeasures, and why they are in them. Used inside engine/ only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class Decisions;
class KnownTickets;
class Values;

// Why a countermeasure is in its state.
struct StateReason {
  std::string why;      // one line: "required by web.password-login"
  std::string because;  // the fact behind it: "jira SHOP-12 Done by alice, 2026-11-20 14:05"
  std::string reason;   // of the decision that holds, or what a person wrote in the ticket
  std::string place;    // of the rule, where a rule says so: "web/sign-in.risk:35"
  std::optional<Provenance> decided{};  // where a decision holds
};

// By decisions, tickets and rules, in this order. A state is kept with its countermeasure until that is forgotten.
class States {
 public:
  States(const Basis& basis, const Decisions& decisions, KnownTickets& tickets, Values& values);

  State of(CountermeasureInstance& countermeasure);
  StateReason why(CountermeasureInstance& countermeasure);
  // What is demanded of a countermeasure, by decisions and rules, whatever its ticket says.
  State demanded(CountermeasureInstance& countermeasure);
  // The first use that requires it, in the order of weaknesses and risks: its place in Program::uses, and its risk.
  std::optional<std::pair<std::uint32_t, RiskInstance*>> requiring(
      CountermeasureInstance& countermeasure);

  // As conditions read them: as they are, or as they will be (Basis::projecting).
  std::uint8_t code(CountermeasureInstance& countermeasure);
  std::uint8_t code(Tested tested, bool has_test) const;
  // Those of the codes that `read` asks for: no code reads itself.
  ElementBytes bytes(const Context& context, unsigned read);

 private:
  bool outranks(const Stamped<DecisionFact>* decided, const KnownTicket& ticket, Tested tested);
  const KnownTicket* deciding_ticket(const CountermeasureInstance& measure,
                                     const Stamped<DecisionFact>* decided);
  State demanded_by(const Stamped<DecisionFact>* decided, CountermeasureInstance& countermeasure);
  bool is_required(CountermeasureInstance& countermeasure);
  StateReason why_by_rule(CountermeasureInstance& countermeasure);

  const Basis& basis_;
  const Program& program_;
  const Dependencies& dependencies_;
  const Decisions& decisions_;
  KnownTickets& tickets_;
  Values& values_;
};

}  // namespace riskd::engine
