#include "daemon/api/problems.hpp"

#include <fmt/core.h>

#include "daemon/api/access.hpp"
#include "daemon/api/body.hpp"
#include "daemon/wire/json.hpp"
#include "daemon/wire/serialize.hpp"

namespace riskd::api {
namespace {

json::array errors_json(const std::vector<engine::FactError>& errors) {
  json::array list;
  for (const engine::FactError& error : errors) {
    json::object item;
    item["pointer"] = error.pointer;
    item["code"] = error.code;
    item["message"] = error.message;
    item["expected"] = to_json(error.expected);
    if (error.theirs) {
      item["value"] = to_json(error.theirs->value);
      if (error.theirs->from.seq != 0) {
        item["poster"] = error.theirs->from.poster;
        item["at"] = to_string(error.theirs->from.at);
        item["seq"] = error.theirs->from.seq;
      }
    }
    list.push_back(std::move(item));
  }
  return list;
}

// A problem document of RFC 9457. The server's own `problem` is for what it refuses before it knows
// the route.
server::Response document(int status, std::string_view detail, json::array errors,
                          json::object more = {}) {
  json::object problem;
  problem["type"] = "about:blank";
  problem["title"] = title_of(status);
  problem["status"] = status;
  problem["detail"] = detail;
  if (!errors.empty()) problem["errors"] = std::move(errors);
  for (auto& member : more) problem[member.key()] = std::move(member.value());
  server::Response response = json_answer(std::move(problem), status);
  response.content_type = "application/problem+json";
  if (status == 429 || status == 503) response.headers.emplace_back("Retry-After", "1");
  return response;
}

int status_of(service::Refusal why) {
  using service::Refusal;
  switch (why) {
    case Refusal::unknown:
      return 404;
    case Refusal::conflict:
      return 409;
    case Refusal::outdated:
      return 412;
    case Refusal::invalid:
      return 422;
    case Refusal::overloaded:
      return 429;
    case Refusal::unavailable:
      return 503;
  }
  return 500;
}

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return 422;
    case ErrorCode::too_large:
      return 413;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::gone:
      return 410;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::unsupported:
      return 422;
    case ErrorCode::forbidden:
      return 403;
    case ErrorCode::unavailable:
      return 503;
    case ErrorCode::corrupt:
      return 500;
  }
  return 500;
}

}  // namespace

std::string detail_of(const server::Response& refusal) {
  json::error_code error;
  const json::value document = json::parse(refusal.body, error);
  if (error || !document.is_object()) return {};
  const json::value* detail = document.get_object().if_contains("detail");
  return detail != nullptr && detail->is_string() ? std::string(detail->get_string())
                                                  : std::string();
}

json::array diagnostics_of(const dsl::Compilation& compilation) {
  json::value printed = json::parse(wire::write_diagnostics(compilation));
  return std::move(printed.as_object().at("diagnostics").as_array());
}

std::string_view title_of(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 503:
      return "Service Unavailable";
    default:
      return "Internal Server Error";
  }
}

server::Response refusal(int status, std::string_view detail,
                         const std::vector<engine::FactError>& errors) {
  return document(status, detail, errors_json(errors));
}

server::Response refusal_at(int status, std::string_view detail, std::string pointer,
                            std::string code, std::vector<std::string> expected) {
  return refusal(status, detail,
                 {{std::move(pointer), std::move(code), std::string(detail), std::move(expected)}});
}

server::Response refusal(const service::PostError& error, json::object more) {
  std::string detail = error.detail.empty() ? error.title : error.detail;
  if (detail.empty() && !error.errors.empty()) detail = error.errors.front().message;
  return document(status_of(error.why), detail, errors_json(error.errors), std::move(more));
}

server::Response refusal(const Error& failure, const ServerPaths& paths) {
  const Error error = paths.hidden(failure);
  const int status = status_of(error.code);
  if (error.where.empty()) return refusal(status, error.message);
  const bool is_pointer = error.where.front() == '/';
  const std::string detail =
      is_pointer ? error.message : fmt::format("{}: {}", error.where, error.message);
  return refusal(status, detail,
                 {{is_pointer ? error.where : std::string(), "invalid", detail, {}}});
}

server::Response refused_policy(const dsl::Compilation& compilation) {
  return document(422, "the policy has errors and was not taken", diagnostics_of(compilation));
}

server::Response missing_role(service::Role role, const std::string& product) {
  const std::string where =
      product.empty() ? std::string() : fmt::format(" for the product `{}`", product);
  return refusal(403, fmt::format("this needs the role `{}`{}, which this peer does not have",
                                  to_string(role), where));
}

server::Response unknown_product(const std::string& product) {
  return refusal(404, fmt::format("there is no product `{}`", product));
}

}  // namespace riskd::api
