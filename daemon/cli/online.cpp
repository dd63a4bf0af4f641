#include "daemon/cli/online.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "daemon/wire/serialize.hpp"
#include "engine/model.hpp"
#include "engine/utf8.hpp"

namespace riskd::cli {
namespace {

std::string joined(const json::array& list) {
  std::string text;
  for (const json::value& item : list) text += (text.empty() ? "" : ", ") + text_of(item);
  return text;
}

void print_diagnostic(const json::value& diagnostic) {
  fmt::print(stderr, "{}[{}]: {}\n  --> {}:{}:{}\n", text_at(diagnostic, "severity"),
             text_at(diagnostic, "code"), text_at(diagnostic, "message"),
             text_at(diagnostic, "file"), text_at(diagnostic, "line"),
             text_at(diagnostic, "column"));
  for (const json::value& related : list_at(diagnostic, "related")) {
    fmt::print(stderr, "  {}:{}:{}: {}\n", text_at(related, "file"), text_at(related, "line"),
               text_at(related, "column"), text_at(related, "message"));
  }
  const std::string help = text_at(diagnostic, "help");
  if (!help.empty()) fmt::print(stderr, "  help: {}\n", help);
}

}  // namespace

std::string socket_path(const SharedOptions& options) {
  if (!options.socket_path.empty()) return options.socket_path;
  const char* named = std::getenv("RISKD_SOCKET");
  return named != nullptr && *named != '\0' ? named : "/run/riskd/riskd.sock";
}

std::string product_target(const std::string& product, std::string_view rest) {
  return fmt::format("/v1/products/{}{}", server::encode(product), rest);
}

int complain_of(const server::ClientResponse& response, const SharedOptions& options) {
  if (options.json) {
    fmt::print("{}\n", response.body);
    return exit_bad_input;
  }
  json::error_code error;
  const json::value problem = json::parse(response.body, error);
  std::string detail = error ? std::string() : text_at(problem, "detail");
  if (detail.empty()) detail = fmt::format("the daemon answered with status {}", response.status);
  fmt::print(stderr, "riskctl: {}\n", detail);
  if (error) return exit_bad_input;
  for (const json::value& each : list_at(problem, "errors")) {
    if (!text_at(each, "file").empty()) {
      print_diagnostic(each);
      continue;
    }
    const std::string message = text_at(each, "message");
    const std::string pointer = text_at(each, "pointer");
    if (message != detail) {
      fmt::print(stderr, "  {}{}\n", pointer.empty() ? "" : pointer + ": ", message);
    }
    const std::string expected = joined(list_at(each, "expected"));
    if (!expected.empty()) fmt::print(stderr, "  expected: {}\n", expected);
  }
  return exit_bad_input;
}

std::optional<json::value> ask_daemon(const SharedOptions& options, std::string method,
                                      std::string target, const json::value* body) {
  server::ClientRequest request;
  request.method = std::move(method);
  request.target = std::move(target);
  if (body != nullptr) {
    request.body = wire::serialize(*body);
    request.headers.emplace_back("Content-Type", "application/json");
  }
  const auto response = server::request(socket_path(options), request);
  if (!response) {
    complain(response.error());
    return std::nullopt;
  }
  if (response->status < 200 || response->status > 299) {
    complain_of(*response, options);
    return std::nullopt;
  }
  json::error_code error;
  json::value value = json::parse(response->body.empty() ? "null" : response->body, error);
  if (!error) return value;
  complain({ErrorCode::invalid, "the daemon's answer is not JSON: " + error.message(), {}});
  return std::nullopt;
}

std::optional<json::array> ask_list(const SharedOptions& options, const std::string& target) {
  const char separator = target.find('?') == std::string::npos ? '?' : '&';
  json::array all;
  std::string after;
  while (true) {
    std::string page = target;
    if (!after.empty()) page += separator + ("after=" + server::encode(after));
    const auto answer = ask_daemon(options, "GET", page);
    if (!answer) return std::nullopt;
    for (const json::value& item : list_at(*answer, "items")) all.push_back(item);
    const std::string next = text_at(*answer, "next");
    if (next.empty() || next == after) return all;
    after = next;
  }
}

int print_json(const json::value& value) {
  fmt::print("{}\n", wire::serialize(value));
  return exit_success;
}

std::string text_of(const json::value& value) {
  if (const auto* text = value.if_string()) return std::string(*text);
  if (const auto* truth = value.if_bool()) return *truth ? "yes" : "no";
  if (const auto* list = value.if_array()) return joined(*list);
  if (value.is_number()) return engine::print_number(value.to_number<double>());
  return {};
}

std::string text_at(const json::value& object, std::string_view name) {
  const json::object* members = object.if_object();
  const json::value* member = members == nullptr ? nullptr : members->if_contains(name);
  return member == nullptr ? std::string() : text_of(*member);
}

const json::array& list_at(const json::value& object, std::string_view name) {
  static const json::array none;
  const json::object* members = object.if_object();
  const json::value* member = members == nullptr ? nullptr : members->if_contains(name);
  const json::array* list = member == nullptr ? nullptr : member->if_array();
  return list == nullptr ? none : *list;
}

bool truth_at(const json::value& object, std::string_view name) {
  return text_at(object, name) == "yes";
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], count_utf8(row[i]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - count_utf8(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string show_change(const json::value& change) {
  std::string text;
  for (const json::value& risk : list_at(change, "changed")) {
    const json::value* applies = risk.as_object().if_contains("applies");
    text += fmt::format("  risk {}", text_at(risk, "id"));
    if (applies != nullptr) {
      text += " no longer applies\n";
      continue;
    }
    for (const char* name : {"current", "projected", "inherent", "band"}) {
      const std::string value = text_at(risk, name);
      if (!value.empty()) text += fmt::format(" {} {}", name, value);
    }
    text += "\n";
  }
  for (const json::value& state : list_at(change, "states")) {
    text += fmt::format("  {} {}", text_at(state, "id"), text_at(state, "state"));
    const std::string tested = text_at(state, "tested");
    if (!tested.empty()) text += "test " + tested;
    text += "\n";
  }
  for (const json::value& ticket : list_at(change, "tickets")) {
    text += fmt::format("  ticket {}:{} to be {}\n", text_at(ticket, "ticket"),
                        text_at(ticket, "for"), text_at(ticket, "desired"));
  }
  return text;
}

Named split_element(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace riskd::cli
