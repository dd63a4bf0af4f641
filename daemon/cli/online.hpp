// What the commands share that ask the running daemon: one request, its refusal as people read it,
// lists over several pages, aligned columns.
#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/cli/app.hpp"
#include "daemon/server/client.hpp"

namespace riskd::cli {

namespace json = boost::json;

// `--socket`, else $RISKD_SOCKET, else /run/riskd/riskd.sock.
std::string socket_path(const SharedOptions& options);

// "/v1/products/shop".
std::string product_target(const std::string& product, std::string_view rest = {});

// Sends a request and reads the JSON that answers it. Where the daemon cannot be reached or refuses,
// that is printed (with `--json` the problem as it came) and the answer is nullopt.
std::optional<json::value> ask_daemon(const SharedOptions& options, std::string method,
                                      std::string target, const json::value* body = nullptr);

// All items of a list, page by page; `target` without `after`.
std::optional<json::array> ask_list(const SharedOptions& options, const std::string& target);

// What a problem document says, on standard error. Returns exit_bad_input.
int complain_of(const server::ClientResponse& response, const SharedOptions& options);

// Prints the answer as `--json` does. Returns exit_success.
int print_json(const json::value& value);

// A member as text: numbers as riskd prints them, "" where there is none.
std::string text_at(const json::value& object, std::string_view name);
std::string text_of(const json::value& value);
// A list member; empty where there is none.
const json::array& list_at(const json::value& object, std::string_view name);
bool truth_at(const json::value& object, std::string_view name);

// Rows in columns that are as wide as they must be; the first is the heading.
std::string table(const std::vector<std::vector<std::string>>& rows);

// A line of changes in words, indented: ratings, states, tickets. Empty where nothing changed.
std::string show_change(const json::value& change);

struct Named {
  std::string product, element;
};
// "shop:web.tls" at its first colon; without one all of it is the product.
Named split_element(const std::string& text);

void add_products(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_components(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_answers(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_model(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_review(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_upload(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_tickets(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_past(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_policy_changes(CLI::App& app, SharedOptions& options, Outcome& outcome);

}  // namespace riskd::cli
