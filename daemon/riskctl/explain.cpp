// riskctl explain: what a message's code means.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "daemon/riskctl/app.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/pages.hpp"
#include "daemon/wire/json.hpp"
#include "dsl/text/diagnostic.hpp"

namespace riskd::riskctl {
namespace {

std::string_view severity_of(const dsl::CodeInfo& info) {
  return info.severity == dsl::Severity::error ? "error" : "warning";
}

std::string_view page_of(const std::string& code) {
  const auto found = std::find_if(pages().begin(), pages().end(),
                                  [&](const Page& page) { return page.code == code; });
  return found == pages().end() ? std::string_view() : found->markdown;
}

// `r0201`, `201` and `R201` mean R0201; other text stays what it is, in capitals.
std::string written_out(const std::string& given) {
  std::string digits = given;
  if (!digits.empty() && (digits[0] == 'r' || digits[0] == 'R')) digits.erase(0, 1);
  const bool number = !digits.empty() && digits.size() <= 4 &&
                      digits.find_first_not_of("0123456789") == std::string::npos;
  if (number) return "R" + std::string(4 - digits.size(), '0') + digits;
  std::string capitals = given;
  for (char& c : capitals) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return capitals;
}

// A line of prose without its Markdown: of `[text](target)` the text, and where to find it.
std::string plain_line(std::string_view line) {
  std::string text;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const std::size_t middle = line[i] == '[' ? line.find("](", i) : std::string_view::npos;
    const std::size_t end = middle == std::string_view::npos ? middle : line.find(')', middle);
    if (end == std::string_view::npos) {
      text += line[i];
    } else {
      text += line.substr(i + 1, middle - i - 1);
      const std::string_view target = line.substr(middle + 2, end - middle - 2);
      if (target.starts_with("../")) text += " (docs/" + std::string(target.substr(3)) + ")";
      i = end;
    }
  }
  return text;
}

// The page for a terminal: headings bold, blocks indented, comments left out.
Text show(std::string_view markdown) {
  Text page;
  bool code = false;
  bool skipped_comment = false;
  while (!markdown.empty()) {
    const std::size_t length = std::min(markdown.find('\n'), markdown.size());
    const std::string_view line = markdown.substr(0, length);
    markdown.remove_prefix(std::min(length + 1, markdown.size()));
    if (skipped_comment && line.empty()) {
      skipped_comment = false;
    } else if (line.starts_with("```")) {
      code = !code;
    } else if (code) {
      page += text("{}{}\n", line.empty() ? "" : "    ", line);
    } else if (line.starts_with("<!--")) {
      skipped_comment = true;
    } else if (line.starts_with('#')) {
      const std::string_view heading = line.substr(line.find_first_not_of("# "));
      page += text("{}\n", strong(heading));
    } else {
      page += text("{}\n", plain_line(line));
    }
  }
  return page;
}

std::string as_json(const dsl::CodeInfo& info) {
  const std::string code = dsl::to_string(info.code);
  return fmt::format(R"({{"code":{},"severity":{},"title":{},"page":{}}})", wire::quote(code),
                     wire::quote(severity_of(info)), wire::quote(info.title),
                     wire::quote(page_of(code)));
}

int list_codes(const SharedOptions& options) {
  std::string all;
  for (const dsl::CodeInfo& info : dsl::all_codes()) {
    if (options.json) {
      all += (all.empty() ? "" : ",") + as_json(info);
    } else {
      print("{}  {:<7}  {}\n", dsl::to_string(info.code), severity_of(info), info.title);
    }
  }
  if (options.json) print_json_text("{\"codes\":[" + all + "]}");
  return exit_success;
}

int explain(const std::string& given, const SharedOptions& options) {
  if (given.empty()) return list_codes(options);
  const std::string code = written_out(given);
  std::vector<std::string> known;
  for (const dsl::CodeInfo& info : dsl::all_codes()) {
    known.push_back(dsl::to_string(info.code));
    if (known.back() != code) continue;
    if (options.json) {
      print_json_text(as_json(info));
    } else {
      print(show(page_of(code)));
    }
    return exit_success;
  }
  const std::string near = dsl::closest(code, known);
  return complain({ErrorCode::not_found,
                   fmt::format("there is no code `{}`; {}", given,
                               near.empty() ? "`riskctl explain` lists them all"
                                            : "did you mean `" + near + "`?"),
                   ""});
}

}  // namespace

void add_explain(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* command = app.add_subcommand(
      "explain", "what the code of a message means, and how to correct the mistake");
  const auto code = std::make_shared<std::string>();
  command->add_option("CODE", *code, "such as R0201; without one, all codes are listed");
  command->footer(
      "Exits 0, or 1 if there is no such code.\n\n"
      "Examples:\n  riskctl explain R0201\n  riskctl explain 201\n  riskctl explain");
  command->callback([code, &options, &outcome] { outcome.code = explain(*code, options); });
}

}  // namespace riskd::riskctl
