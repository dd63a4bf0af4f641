// riskctl token add, list and revoke; riskctl whoami.
#include <charconv>
#include <chrono>
#include <memory>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"

namespace riskd::riskctl {
namespace {

struct TokenOptions {
  std::string name, expires;
  std::vector<std::string> roles, products;
  bool all = false;
};

// "90 days" from now on, as a time.
std::optional<Instant> after_now(const std::string& words) {
  double amount = 0;
  const char* end = words.data() + words.size();
  const auto [rest, error] = std::from_chars(words.data(), end, amount);
  if (error != std::errc() || rest == end || *rest != ' ') return std::nullopt;
  std::string unit(rest + 1, end);
  if (unit.ends_with('s')) unit.pop_back();
  const double hours = unit == "hour" ? 1 : unit == "day" ? 24 : unit == "week" ? 168 : 0;
  if (!(amount * hours > 0) || amount * hours > 24.0 * 36'500) return std::nullopt;
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  return Instant{now.count() + static_cast<std::int64_t>(amount * hours * 3'600'000)};
}

// null: never.
Result<json::value> expiry(const std::string& words) {
  if (words == "never") return json::value();
  auto moment = after_now(words);
  if (!moment) moment = parse_instant(words);
  if (moment) return json::value(to_string(*moment));
  return fail(ErrorCode::invalid,
              "`--expires` is a time, how long it lasts, or never: \"2027-01-31\", \"90 days\", "
              "never; not `" +
                  words + "`");
}

json::array texts(const std::vector<std::string>& given) {
  json::array list;
  for (const std::string& text : given) list.emplace_back(text);
  return list;
}

std::string products_words(const json::value& grant) {
  const json::array& products = list_at(grant, "products");
  return products.empty() ? "all products" : text_of(products);
}

std::string expires_words(const json::value& grant) {
  const std::string expires = text_at(grant, "expires");
  return expires.empty() ? "never" : moment_words(expires);
}

int add(const TokenOptions& given, const SharedOptions& options) {
  const auto expires = expiry(given.expires);
  if (!expires) return complain(expires.error());
  json::object body;
  body["name"] = given.name;
  body["roles"] = texts(given.roles);
  body["products"] = texts(given.products);
  body["expires"] = *expires;
  const json::value asked = std::move(body);
  const auto answer = ask_daemon(options, "POST", "/v1/tokens", &asked);
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  // The secret alone goes to standard output, so that it can go into a file.
  print("{}\n", text_at(*answer, "token"));
  print_error("token {}: {} on {}; expires {}. riskd does not show it again.\n",
              text_at(*answer, "name"), text_at(*answer, "roles"), products_words(*answer),
              expires_words(*answer));
  return exit_success;
}

int list(const TokenOptions& given, const SharedOptions& options) {
  auto items = ask_list(options, "/v1/tokens");
  if (!items) return exit_bad_input;
  if (options.json) return print_json({{"items", *items}, {"next", nullptr}});
  std::vector<Row> rows = {
      heading({"TOKEN", "STATE", "ROLES", "PRODUCTS", "EXPIRES", "LAST USED", "GIVEN", "BY"})};
  std::size_t hidden = 0;
  for (const json::value& token : *items) {
    const std::string state = text_at(token, "state");
    if (state != "live" && !given.all) {
      ++hidden;
      continue;
    }
    const std::string used = text_at(token, "used");
    rows.push_back({text_at(token, "name"), state, text_at(token, "roles"), products_words(token),
                    expires_words(token), used.empty() ? "never" : moment_words(used),
                    moment_words(text_at(token, "given")), text_at(token, "giver")});
  }
  if (rows.size() > 1) print("{}", table(rows));
  if (rows.size() == 1) print("no token is live\n");
  if (hidden > 0) print("{} that expired or were revoked: --all\n", hidden);
  return exit_success;
}

int revoke(const TokenOptions& given, const SharedOptions& options) {
  const auto answer = ask_daemon(options, "DELETE", "/v1/tokens/" + client::encode(given.name));
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  print("token {} is revoked\n", text_at(*answer, "name"));
  return exit_success;
}

int whoami(const SharedOptions& options) {
  const auto answer = ask_daemon(options, "GET", "/v1/whoami");
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  print("{}\n", strong(text_at(*answer, "name")));
  const json::array& grants = list_at(*answer, "grants");
  if (grants.empty()) print("  no role\n");
  for (const json::value& grant : grants)
    print("  {} on {}\n", text_at(grant, "roles"), products_words(grant));
  if (!text_at(*answer, "expires").empty()) print("  expires {}\n", expires_words(*answer));
  return exit_success;
}

}  // namespace

void add_tokens(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto given = std::make_shared<TokenOptions>();
  CLI::App* command = app.add_subcommand(
      "token", "gives tokens to programs and persons that come over the network");
  command->require_subcommand(1);
  CLI::App* one = command->add_subcommand("add", "gives a token, and prints it this one time");
  one->add_option("NAME", given->name, "what facts call it: token:NAME; no other token gets it")
      ->required();
  one->add_option("--role", given->roles,
                  "read, report, retire, answer, review, tracker or admin; once for each")
      ->required();
  one->add_option("--products", given->products, "globs of the products that it is for (all)")
      ->type_name("GLOB");
  one->add_option("--expires", given->expires, "a time, how long it lasts, or never")
      ->type_name("WHEN")
      ->required();
  one->footer(
      "The token goes to standard output, what it may do to standard error.\n\n"
      "Examples:\n"
      "  riskctl token add shop-build --role report --products 'shop*' --expires '90 days' > "
      "token\n"
      "  riskctl token add auditor --role read --expires 2027-01-31");
  one->callback([given, &options, &outcome] { outcome.code = add(*given, options); });

  one = command->add_subcommand("list", "the tokens that are live, and when each was used last");
  one->add_flag("--all", given->all, "those that expired or were revoked too");
  one->footer("Examples:\n  riskctl token list\n  riskctl token list --all --json");
  one->callback([given, &options, &outcome] { outcome.code = list(*given, options); });

  one = command->add_subcommand("revoke", "from now on the token is refused");
  one->add_option("NAME", given->name)->required();
  one->footer("Example:\n  riskctl token revoke shop-build");
  one->callback([given, &options, &outcome] { outcome.code = revoke(*given, options); });

  command = app.add_subcommand("whoami", "as whom riskd knows you, and what you may do");
  command->footer(
      "Examples:\n  riskctl whoami\n"
      "  riskctl whoami --url https://riskd.example:8443 --token-file token");
  command->callback([&options, &outcome] { outcome.code = whoami(options); });
}

}  // namespace riskd::riskctl
