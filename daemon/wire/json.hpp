// JSON in and out: the shapes of docs/socket.md and docs/facts.md. Boost.JSON stays in this folder's .cpp files; only
// serialize.hpp names it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connectors/report.hpp"
#include "dsl/compile.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/explain/explain.hpp"
#include "engine/explain/what_if.hpp"
#include "engine/facts/resolve.hpp"
#include "engine/update/apply.hpp"

namespace riskd::wire {

// One fact a line: {"product": "shop", "answers": {…}} and the other kinds of docs/facts.md.
struct FactLine {
  std::string product;
  engine::FactBody body;
  std::optional<Instant> at;
  std::string
      kind;  // "answers", "fields", "component", "decision", "ticket", "result", "run", "approve", …
};

// Where facts come from. A client of the socket cannot say what riskd itself adds: whose a ticket's status
// is, the rating that an acceptance accepts, what an approval saw. A file that is evaluated offline can.
enum class Origin : std::uint8_t { outside, offline, store };

// Error::invalid with `where` a JSON pointer; limits::json_bytes and json_depth hold; an unknown member
// is an error that names it. Not of Origin::store.
Result<FactLine> read_fact(std::string_view line, Origin origin = Origin::outside);

// The body of a stored fact and back: the same shapes, without "product" and "at"; all kinds of fact.
std::string write_fact_body(const engine::FactBody& body);
Result<engine::FactBody> read_fact_body(std::string_view text);

// The facts file of `riskctl eval`.
struct FactsFile {
  std::string product = "product";
  std::optional<Instant> now;
  std::vector<engine::FactBody> facts;        // in an order in which they can be resolved
  std::vector<std::optional<Instant>> times;  // of each of `facts`, where it says one
  std::vector<std::string> places;            // of each in the file: "/decisions/web.tls"
};
Result<FactsFile> read_facts_file(std::string_view text);

// `riskctl eval --json` and GET …/model.
std::string write_model(const engine::Program& program, const engine::Model& model);

// {"seq", "product", "rating", "changed", "states", "tickets"}: one line, without its line break.
std::string write_change(std::uint64_t seq, const engine::LiveProduct& product,
                         const engine::Deltas& deltas);
// The same in two steps, for what is written before its number is known: all but `seq`, and with it.
std::string write_changed(const engine::LiveProduct& product, const engine::Deltas& deltas);
std::string numbered(std::uint64_t seq, std::string_view changed);
// {"seq", "error": {…}}.
std::string write_refusal(std::uint64_t seq, const Error& error,
                          const std::vector<engine::FactError>& errors);

std::string write_diagnostics(const dsl::Compilation& compilation);
std::string write_report(const connectors::Report& report);
std::string write_reason(const engine::Reason& reason,
                         const std::optional<engine::WhatIf>& other = std::nullopt);
std::string write_questionnaire(const engine::Program& program, const engine::Product& product,
                                const engine::Model& model);

// An effect as the outbox keeps it.
std::string write_effect(const engine::Effect& effect);
Result<engine::Effect> read_effect(std::string_view text);

// A report as the run that is posted of it.
engine::RunFact to_run(const connectors::Report& report, std::string suite, std::string run,
                       std::string component);

// Text as a JSON string, with its quotes.
std::string quote(std::string_view text);

}  // namespace riskd::wire
