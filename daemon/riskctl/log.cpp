// riskctl log: the head of the daemon's log, and whether a store's log is what was written.
#include "daemon/riskctl/log.hpp"

#include <memory>
#include <string_view>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "dsl/text/sha256.hpp"

namespace riskd::riskctl {
namespace {

constexpr std::size_t head_file_bytes = 4'096;

int print_head(const SharedOptions& options) {
  const auto health = ask_daemon(options, "GET", "/v1/health");
  if (!health) return exit_bad_input;
  const json::value& log = member_of(*health, "log");
  if (log.is_object()) return print_json(log);
  return complain({ErrorCode::unsupported, "this riskd gives no head of its log", ""});
}

std::optional<store::Digest> read_digest(std::string_view digits) {
  store::Digest digest{};
  if (digits.size() != digest.size() * 2) return std::nullopt;
  const auto value_of = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const int high = value_of(digits[2 * i]);
    const int low = value_of(digits[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return digest;
}

json::object as_json(const log::Verified& verified, bool compared) {
  json::object head;
  head["position"] = verified.head.position;
  head["link"] = dsl::digits_of(verified.head.link);
  json::object answer;
  answer["first"] = verified.first;
  answer["entries"] = verified.entries;
  answer["facts"] = verified.facts;
  answer["removed"] = verified.removed;
  answer["policies"] = verified.policies;
  answer["head"] = std::move(head);
  answer["compared"] = compared;
  answer["fault"] = nullptr;
  if (verified.fault)
    answer["fault"] = {{"where", verified.fault->where}, {"what", verified.fault->what}};
  return answer;
}

void print_for_people(const log::Verified& verified, bool compared) {
  if (verified.entries == 0) return print("the log is empty\n");
  print("log      {}, positions {} to {}: {}, {}\n", counted(verified.entries, "entry", "entries"),
        verified.first, verified.head.position, counted(verified.facts, "fact"),
        counted(verified.policies, "policy", "policies"));
  if (verified.removed > 0) {
    print("removed  {}, by retention, as entries of the log say\n",
          counted(verified.removed, "fact"));
  }
  print("head     {}\n", dsl::digits_of(verified.head.link));
  print("checked  every record, every digest and every link: the log is consistent\n");
  if (compared) {
    print("         the head that was kept is an entry of it\n");
  } else {
    print(
        "         not compared with a head that was kept elsewhere (`--head`): who can write the\n"
        "         store can also write another consistent log\n");
  }
}

int verify(const std::string& given, const std::string& head_file, const SharedOptions& options) {
  std::optional<store::LogHead> known;
  if (!head_file.empty()) {
    const auto head = read_log_head(head_file);
    if (!head) return complain(head.error());
    known = *head;
  }
  const auto folder = store_folder(given, options);
  if (!folder) return exit_bad_input;
  const auto store = store::open_store_to_read(*folder);
  if (!store) return complain(store.error());
  const log::Verified verified = log::verify(**store, known, show_log_progress);
  clear_progress();
  return print_verified(verified, known.has_value(), options);
}

}  // namespace

std::optional<std::string> store_folder(const std::string& given, const SharedOptions& options) {
  if (!given.empty()) return given;
  const auto answer = ask_daemon(options, "GET", "/v1/store");
  if (!answer) return std::nullopt;
  return text_at(*answer, "path");
}

Result<store::LogHead> read_log_head(const std::string& path) {
  const auto text = read_file(path, head_file_bytes);
  if (!text) return failure(text);
  boost::system::error_code wrong;
  const json::value head = json::parse(*text, wrong);
  const json::value& position = member_of(head, "position");
  const auto link = read_digest(text_at(head, "link"));
  if (wrong || !position.is_int64() || position.get_int64() <= 0 || !link) {
    return fail(ErrorCode::invalid,
                "this is not what `riskctl log head` prints: {\"position\": 17, \"link\": \"…\"}",
                path);
  }
  return store::LogHead{static_cast<std::uint64_t>(position.get_int64()), *link};
}

void show_log_progress(std::uint64_t done, std::uint64_t of) {
  draw_progress(text("log: entry {} of {}", done, of));
}

int print_verified(const log::Verified& verified, bool compared, const SharedOptions& options) {
  if (options.json) {
    print_json(as_json(verified, compared));
  } else if (verified.fault) {
    print_error("riskctl: {}: {}\n", verified.fault->where, verified.fault->what);
  } else {
    print_for_people(verified, compared);
  }
  return verified.fault ? exit_bad_input : exit_success;
}

void add_log(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* command =
      app.add_subcommand("log", "the log of what was decided: its head, and whether it is whole");
  command->require_subcommand(1);

  CLI::App* head = command->add_subcommand(
      "head", "prints position and link of the newest entry, to be kept elsewhere");
  head->footer(
      "Keep it where nobody who can write the store can write, and sign it if you like: `log "
      "verify\n"
      "--head` then notices a log that was rewritten or cut.\n\n"
      "Example:\n  riskctl log head > head.json");
  head->callback([&options, &outcome] { outcome.code = print_head(options); });

  struct Given {
    std::string folder, head;
  };
  const auto given = std::make_shared<Given>();
  CLI::App* check = command->add_subcommand(
      "verify", "reads a store and says whether its log is what was written");
  check->add_option("FOLDER", given->folder, "the store; without it, that of the running riskd");
  check->add_option("--head", given->head, "what `riskctl log head` printed at an earlier time")
      ->type_name("FILE");
  check->footer(
      "It finds a change, a gap, another order or a damaged byte, and says where. riskd may run\n"
      "meanwhile. Exits 0 where the log is whole, 1 where it is not.\n\n"
      "Examples:\n  riskctl log verify\n  riskctl log verify /var/lib/riskd\n"
      "  riskctl log verify /var/lib/riskd --head head.json");
  check->callback(
      [&options, &outcome, given] { outcome.code = verify(given->folder, given->head, options); });
}

}  // namespace riskd::riskctl
