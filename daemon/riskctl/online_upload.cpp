// riskctl upload.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/show_change.hpp"
#include "daemon/wire/hash.hpp"
#include "engine/base/limits.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::riskctl {
namespace {

struct UploadOptions {
  std::string product, suite, format, run, component;
  bool is_partial = false;
  bool is_complete = false;
  bool is_best_effort = false;
  std::vector<std::string> files;
  std::string bytes;  // where several files are one run
  bool more = false;  // files of the run follow
};

std::string target_of(const UploadOptions& given) {
  std::string target =
      product_target(given.product, "/results?suite=") + client::encode(given.suite);
  const auto add = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) target += fmt::format("&{}={}", name, client::encode(value));
  };
  add("format", given.format);
  add("run", given.run);
  add("bytes", given.bytes);
  add("component", given.component);
  if (given.is_partial) target += "&complete=false";
  if (given.is_complete) target += "&complete=true";
  if (given.more) target += "&more=true";
  return target;
}

// "2 high, 1 low"; of an element of "bound" with what its tests mean.
std::string counts_words(const json::value& counts) {
  std::string text;
  if (!counts.is_object()) return text;
  for (const auto& [name, count] : counts.as_object()) {
    if (name == "element") continue;
    text += (text.empty() ? "" : ", ") + text_of(count) + " " + std::string(name);
  }
  return text;
}

// Whom the run's tests reach, and which reach nobody.
void print_effect(const std::string& product, const json::value& run) {
  constexpr std::size_t shown_elements = 10;
  const json::array& bound = list_at(run, "bound");
  for (std::size_t i = 0; i < bound.size() && i < shown_elements; ++i)
    print("  {}: {}\n", text_at(bound[i], "element"), counts_words(bound[i]));
  if (bound.size() > shown_elements)
    print("  and {} elements more; `riskctl results --tests {}` lists all\n",
          bound.size() - shown_elements, product);
  if (const json::array& suppressed = list_at(run, "suppressed"); !suppressed.empty()) {
    std::string names;
    for (const json::value& each : suppressed) names += (names.empty() ? "" : ", ") + text_of(each);
    print("  accepted in the tool, so untested: {}\n", names);
  }
  const json::value& unmatched = member_of(run, "unmatched");
  const std::string count = text_at(unmatched, "count");
  if (count.empty() || count == "0") return;
  const std::string severities = counts_words(member_of(unmatched, "severities"));
  print("  {} reach nothing{}; `riskctl results --unmatched {}` lists them\n", count,
        severities.empty() ? "" : ", of these findings: " + severities, product);
  constexpr std::size_t shown_reasons = 3;
  const json::array& examples = list_at(unmatched, "examples");
  for (std::size_t i = 0; i < examples.size() && i < shown_reasons; ++i)
    print("    {}: {}\n", text_at(examples[i], "id"), text_at(examples[i], "why"));
}

void print_upload(const std::string& product, const std::string& file, Snapshot before,
                  const json::value& answer) {
  const json::value* run = answer.as_object().if_contains("run");
  if (run == nullptr || !run->is_object()) return;
  const json::value* counts = run->as_object().if_contains("counts");
  const json::value none;
  const json::value& counted = counts == nullptr ? none : *counts;
  const std::string producer = text_at(*run, "producer");
  print("{}: {}{}, run {}\n", file, text_at(*run, "format"), producer.empty() ? "" : " " + producer,
        text_at(*run, "run"));
  const std::string severities = counts_words(member_of(*run, "severities"));
  print("  {} failed{}, {} passed, {} skipped, {} errors, {} suppressed\n",
        text_at(counted, "failed"), severities.empty() ? "" : " (" + severities + ")",
        text_at(counted, "passed"), text_at(counted, "skipped"), text_at(counted, "error"),
        text_at(counted, "suppressed"));
  print_effect(product, *run);
  const Change change = before.apply(answer);
  print("{}{}", rating_line(product, change), shown(change));
}

// 1 for a report that is refused; where nobody answers in time 1 too, or 0 with --best-effort.
int upload_one(const UploadOptions& given, const std::string& file, const SharedOptions& options) {
  client::Request request;
  request.method = "POST";
  request.target = target_of(given);
  request.headers.emplace_back("Content-Type", "application/octet-stream");
  if (file == "-") {
    auto text = read_file(file, limits::report_bytes);
    if (!text) return complain(text.error());
    request.body = std::move(*text);
  } else {
    std::error_code error;
    if (!std::filesystem::exists(file, error)) {
      return complain({ErrorCode::not_found, "`" + file + "` cannot be opened", {}});
    }
    request.body_file = file;
  }
  Snapshot before = options.json ? Snapshot() : snapshot(options, given.product);
  const auto response = send(options, std::move(request), Patience::long_run);
  if (!response) {
    complain(response.error());
    const bool is_away = response.error().code == ErrorCode::unavailable;
    return given.is_best_effort && is_away ? exit_success : exit_bad_input;
  }
  constexpr int too_many = 429;
  if ((response->status >= 500 || response->status == too_many) && given.is_best_effort) {
    complain_of(*response, options);
    return exit_success;
  }
  if (response->status < 200 || response->status > 299) return complain_of(*response, options);
  json::error_code error;
  const json::value answer = json::parse(response->body, error);
  if (error) return complain({ErrorCode::invalid, "the daemon's answer is not JSON", {}});
  if (options.json) return print_json(answer);
  if (answer.is_object()) print_upload(given.product, file, std::move(before), answer);
  return exit_success;
}

// The files of one command are one run. Where nobody names it, their bytes do: the same command once more repeats it.
std::string bytes_of(const std::vector<std::string>& files) {
  std::string all;
  for (const std::string& file : files) {
    std::ifstream input(file, std::ios::binary);
    all += wire::sha256(input);
  }
  std::istringstream hashes(all);
  return wire::sha256(hashes).substr(0, 32);
}

int upload(UploadOptions given, SharedOptions options) {
  int code = exit_success;
  if (given.is_best_effort) {
    options.deadline = std::chrono::steady_clock::now() +
                       std::chrono::milliseconds(timeout_ms(options, Patience::usual));
  }
  if (given.run.empty() && given.files.size() > 1) {
    if (std::find(given.files.begin(), given.files.end(), "-") != given.files.end()) {
      complain({ErrorCode::invalid, "`-` among several files needs `--run`", {}});
      return exit_usage;
    }
    given.bytes = bytes_of(given.files);
  }
  // Until the last one is there nothing is said of what they do not list; where one is refused, never.
  const std::size_t last = given.files.size() - 1;
  for (std::size_t i = 0; i < given.files.size(); ++i) {
    given.more = i != last || code != exit_success;
    if (const int one = upload_one(given, given.files[i], options); one != exit_success) code = one;
  }
  return code;
}

}  // namespace

void add_upload(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto given = std::make_shared<UploadOptions>();
  CLI::App* command =
      app.add_subcommand("upload", "uploads test reports, as their tools wrote them");
  command->add_option("PRODUCT", given->product)->required();
  command->add_option("FILE", given->files, "reports, or - for standard input")->required();
  command->add_option("--suite", given->suite, "name of the suite, such as zap/nightly")
      ->required();
  command->add_option(
      "--format", given->format,
      "instead of recognising the format; needed for an empty file that means no findings: " +
          engine::listed(engine::source_names()));
  command->add_option(
      "--run", given->run,
      "id of the run of these files; without it, the files of one command are one run");
  command->add_option("--component", given->component, "what was tested");
  CLI::Option* partial =
      command->add_flag("--partial", given->is_partial, "what is not listed was not run");
  command
      ->add_flag(
          "--complete", given->is_complete,
          "what is not listed was looked for and not found: for a scanner that lists findings only")
      ->excludes(partial);
  command->add_flag(
      "--best-effort", given->is_best_effort,
      "exit 0 if the daemon cannot be reached or is too busy, after 10 seconds in all, or "
      "those of --timeout");
  command->footer(
      "Examples:\n  riskctl upload shop --suite zap/nightly zap.xml\n"
      "  riskctl upload shop --suite unit --run $BUILD_ID build/test-*.xml\n"
      "  riskctl upload shop --suite nuclei --format nuclei nuclei.jsonl");
  command->callback([given, &options, &outcome] { outcome.code = upload(*given, options); });
}

}  // namespace riskd::riskctl
