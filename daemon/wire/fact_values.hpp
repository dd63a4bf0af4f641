// How facts' values and results look in JSON; shared by their readers and writers.
#pragma once

#include "daemon/wire/json.hpp"
#include "daemon/wire/reader.hpp"
#include "daemon/wire/writer.hpp"
#include "engine/facts/fact.hpp"

namespace riskd::wire {

using Answers = std::vector<std::pair<std::string, engine::RawValue>>;

void write_value(Writer& out, const engine::RawValue& value);
void write_answers(Writer& out, const Answers& answers);

// Who may say what: a client of the socket; a file that is evaluated offline, which may also say what riskd
// itself would add; the store, which keeps all.
inline bool may_say_own(Origin origin) { return origin != Origin::outside; }

engine::RawValue read_value(const Node& node);
Answers read_answers(const Node& node);
engine::ComponentFact read_component(const Node& node, Origin origin, bool named);
engine::DecisionFact read_decision(const Node& node, Origin origin, bool named);
engine::ApproveFact read_approve(const Node& node, Origin origin);
engine::TicketFact read_ticket(const Node& node, Origin origin, bool named);
engine::ResultFact read_result(const Node& node, Origin origin);

// "requirement:api/web.x" of `text` into its two parts; a refusal at `node` where it has none.
std::pair<std::string, std::string> split_ticket(const Node& node, const std::string& text);

}  // namespace riskd::wire
