// What the commands share that ask the running daemon: one request, its refusal as people read it,
// lists over several pages, what a change did.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/client/client.hpp"
#include "daemon/riskctl/app.hpp"
#include "daemon/riskctl/changes.hpp"
#include "daemon/riskctl/text.hpp"

namespace riskd::riskctl {

namespace json = boost::json;

// `--url`; else `--socket`; else $RISKD_URL; else $RISKD_SOCKET, else /run/riskd/riskd.sock. With a URL goes the token, if there is one. An
// error where its file cannot be read.
Result<client::Place> place_of(const SharedOptions& options);

// "/v1/products/shop".
std::string product_target(const std::string& product, std::string_view rest = {});

// How long an answer may take where `--timeout` does not say.
enum class Patience : std::uint8_t {
  usual,     // 10 s
  trackers,  // 40 s: riskd waits for trackers, 30 s at most
  long_run,  // 10 minutes: it evaluates every product, or reads a large report
};
int timeout_ms(const SharedOptions& options, Patience patience);

// Sends a request, and again where that is safe: see client::request_patiently. What changes something is sent
// with an Idempotency-Key, so that it is done once.
Result<client::Response> send(const SharedOptions& options, client::Request request,
                              Patience patience = Patience::usual);

// Sends a request and reads the JSON that answers it. Where the daemon cannot be reached or refuses,
// that is printed (with `--json` the problem as it came) and the answer is nullopt.
std::optional<json::value> ask_daemon(const SharedOptions& options, std::string method,
                                      std::string target, const json::value* body = nullptr,
                                      Patience patience = Patience::usual);

// What a response answers; nullopt where it refuses, which is printed as by ask_daemon.
std::optional<json::value> read_answer(const client::Response& response,
                                       const SharedOptions& options);

// All items of a list, page by page; `target` without `after`.
std::optional<json::array> ask_list(const SharedOptions& options, const std::string& target);

// What a problem document says, on standard error. Returns exit_bad_input.
int complain_of(const client::Response& response, const SharedOptions& options);

// A diagnostic as `check --json` has it, on standard error: laid out as those of an offline command,
// without the line of the source.
void print_diagnostic(const json::value& diagnostic);

// Prints the answer as `--json` does. Returns exit_success.
int print_json(const json::value& value);

// A member as text: numbers as riskd prints them, "" where there is none.
std::string text_at(const json::value& object, std::string_view name);
std::string text_of(const json::value& value);
// A moment of the daemon's, "2026-11-29T14:05:07.120Z", as people read it: "2026-11-29 14:05", UTC as
// all times are.
std::string moment_words(const std::string& moment);

// An answer or a field as people read it: "none" of an empty list, "–" where there is nothing.
std::string value_words(const json::value& value);
// A member; null where there is none.
const json::value& member_of(const json::value& object, std::string_view name);
// A list member; empty where there is none.
const json::array& list_at(const json::value& object, std::string_view name);
bool truth_at(const json::value& object, std::string_view name);

// The model before a change; unknown where the daemon does not give it, as to a peer that may post and
// not read. Nothing is printed then.
Snapshot snapshot(const SharedOptions& options, const std::string& product);

struct Named {
  std::string product, element;
};
// "shop:web.tls" at its first colon; without one all of it is the product.
Named split_element(const std::string& text);

// The tests of a product: as they stand, or those that no rule takes.
int print_tests(const std::string& product, const SharedOptions& options);
int print_unmatched(const std::string& product, const SharedOptions& options);

void add_suite(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_products(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_components(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_answers(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_ask(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_model(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_review(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_upload(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_tickets(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_past(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_clock(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_log(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_backup(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_compare(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_days(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_history(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_tokens(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_policy_changes(CLI::App& app, SharedOptions& options, Outcome& outcome);

}  // namespace riskd::riskctl
