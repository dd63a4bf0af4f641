#include "connectors/trackers/rest_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cmath>
#include <ctime>
#include <random>
#include <thread>

#include "engine/base/limits.hpp"
#include "engine/base/rich_text.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

constexpr int tries_of_get = 3;
constexpr std::int64_t longest_limit_ms = 3'600'000;  // what a tracker can ask riskd to wait
constexpr std::size_t refusal_bytes = 400;

double random_part() {
  static thread_local std::mt19937 random{std::random_device{}()};
  return std::uniform_real_distribution(0.5, 1.0)(random);
}

std::optional<double> number(const std::string* text) {
  if (text == nullptr) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

// Members of a refusal that are for programs: GitHub's, then Azure DevOps'.
constexpr std::array for_programs{"documentation_url", "status",  "resource",        "$id",
                                  "typeName",          "typeKey", "customProperties"};

// The messages that trackers put into a refusal.
void collect_messages(const json::value& value, std::string& out, int depth) {
  if (depth > 4 || out.size() > refusal_bytes) return;
  if (value.is_string()) {
    if (!out.empty()) out += "; ";
    out += value.get_string();
  } else if (value.is_array()) {
    for (const json::value& each : value.get_array()) collect_messages(each, out, depth + 1);
  } else if (value.is_object()) {
    for (const auto& each : value.get_object()) {
      if (std::find(for_programs.begin(), for_programs.end(), each.key()) != for_programs.end())
        continue;
      collect_messages(each.value(), out, depth + 1);
    }
  }
}

}  // namespace

std::string url_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::optional<Instant> parse_http_date(const std::string& text) {
  std::tm parts{};
  const char* end = strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return Instant{static_cast<std::int64_t>(timegm(&parts)) * 1000};
}

const json::value* member(const json::value& of, std::string_view name) {
  if (!of.is_object()) return nullptr;
  return of.get_object().if_contains(name);
}

std::string text_of(const json::value* value) {
  if (value == nullptr) return {};
  if (value->is_string()) return std::string(value->get_string());
  if (value->is_int64()) return std::to_string(value->get_int64());
  if (value->is_uint64()) return std::to_string(value->get_uint64());
  return {};
}

std::string text_at(const json::value& of, std::string_view name) {
  return text_of(member(of, name));
}

bool is_true(const json::value& of, std::string_view name) {
  const json::value* value = member(of, name);
  return value != nullptr && value->is_bool() && value->get_bool();
}

Instant moment_at(const json::value& of, std::string_view name) {
  return parse_instant(text_at(of, name)).value_or(Instant{});
}

const json::array& array_at(const json::value& of, std::string_view name) {
  static const json::array none;
  const json::value* found = member(of, name);
  return found != nullptr && found->is_array() ? found->get_array() : none;
}

const std::string* RestReply::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? nullptr : &found->second;
}

RestSession::RestSession(HttpSender& client, RestOptions options)
    : client_(client), options_(std::move(options)) {}

std::string RestSession::address(const RestRequest& request) const {
  return options_.url + request.path;
}

Status RestSession::may_send(const std::string& ticket) {
  const Instant now = options_.clock();
  const std::lock_guard lock(mutex_);
  if (limited_until_ > now) {
    return fail(ErrorCode::unavailable,
                fmt::format("its rate limit is used up until {}", to_string(limited_until_)));
  }
  if (const auto limit = tickets_limited_until_.find(ticket);
      !ticket.empty() && limit != tickets_limited_until_.end()) {
    if (limit->second > now) {
      return fail(ErrorCode::unavailable, fmt::format("the rate limit of `{}` is used up until {}",
                                                      ticket, to_string(limit->second)));
    }
    tickets_limited_until_.erase(limit);
  }
  if (!breaker_.allows(now)) {
    const auto until = breaker_.open_until();
    return fail(ErrorCode::unavailable,
                fmt::format("it failed {} times in succession and is left alone until {}",
                            limits::breaker_failures, to_string(until ? *until : now)));
  }
  ++requests_;
  return Done{};
}

Result<RestReply> RestSession::get(std::string path, Query query) {
  RestRequest request;
  request.path = std::move(path);
  request.query = std::move(query);
  return send(request);
}

Result<RestReply> RestSession::send(const RestRequest& request) {
  const int tries = request.method == "GET" || request.reads ? tries_of_get : 1;
  for (int attempt = 1;; ++attempt) {
    bool again = false;
    Result<RestReply> reply = send_once(request, again);
    if (reply || !again || attempt >= tries) return reply;
    const double wait = static_cast<double>(options_.first_wait.count()) * std::exp2(attempt - 1);
    std::this_thread::sleep_for(
        std::chrono::milliseconds(static_cast<std::int64_t>(wait * random_part())));
  }
}

// `again`: the same request may well be answered if it is sent once more.
Result<RestReply> RestSession::send_once(const RestRequest& request, bool& again) {
  if (Status may = may_send(request.ticket); !may) return failure(may);
  HttpRequest http;
  http.method = request.method;
  http.url = address(request);
  for (const auto& [name, value] : request.query) {
    http.url += http.url.find('?') == std::string::npos ? '?' : '&';
    http.url += url_escaped(name) + "=" + url_escaped(value);
  }
  http.headers = options_.headers;
  if (!request.body.is_null()) {
    http.headers.emplace_back("Content-Type", request.content_type);
    http.body = json::serialize(request.body);
  }
  http.proxy = options_.proxy;
  http.ca_file = options_.ca_file;
  http.timeout = options_.timeout;
  Result<HttpResponse> response = client_.send(std::move(http));
  if (!response) {
    again = response.error().code == ErrorCode::unavailable;
    const std::lock_guard lock(mutex_);
    ++failures_;
    breaker_.failed(options_.clock());
    return failure(response);
  }
  note_limits(request, *response);
  return judge(request, std::move(*response), again);
}

Result<RestReply> RestSession::judge(const RestRequest& request, HttpResponse response,
                                     bool& again) {
  const std::string where = request.method + " " + address(request);
  const int status = response.status;
  {
    const std::lock_guard lock(mutex_);
    if (status >= 500) {
      ++failures_;
      breaker_.failed(options_.clock());
    } else {
      breaker_.succeeded();
    }
  }
  if (status >= 500) {
    again = true;
    return fail(ErrorCode::unavailable, fmt::format("it answered {}", status), where);
  }
  RestReply reply;
  reply.status = status;
  reply.headers = std::move(response.headers);
  if (!response.body.empty()) {
    json::parse_options options;
    options.max_depth = 64;
    boost::system::error_code error;
    reply.body = json::parse(response.body, error, {}, options);
    if (error) {
      reply.body = nullptr;
      // Azure DevOps answers so to an account that it does not know.
      if (status == 203) {
        return fail(ErrorCode::forbidden,
                    "it answered with a page to sign in: the token is wrong, or has expired",
                    where);
      }
      if (status < 300) {
        return fail(ErrorCode::invalid, "its answer is no JSON: is this the tracker's address?",
                    where);
      }
    }
  }
  if (status < 400 || status == request.also) return reply;
  if (const Instant until = resume_at(request.ticket); until > options_.clock()) {
    return fail(
        ErrorCode::unavailable,
        fmt::format("it answered {}: its rate limit is used up until {}", status, to_string(until)),
        where);
  }
  std::string said;
  collect_messages(reply.body, said, 0);
  said = sanitize_outside(said, refusal_bytes);
  const std::string answered =
      fmt::format("it answered {}{}{}", status, said.empty() ? "" : ": ", said);
  switch (status) {
    case 401:
    case 403:
      return fail(ErrorCode::forbidden, answered, where);
    case 404:
    case 410:
      return fail(ErrorCode::not_found, answered, where);
    case 408:
    case 425:
    case 429:  // with Retry-After: 0
      again = true;
      return fail(ErrorCode::unavailable, answered, where);
    case 409:
    case 412:
      return fail(ErrorCode::conflict, answered, where);
    default:
      return fail(ErrorCode::invalid, answered, where);
  }
}

// What the tracker says of its clock and its limits:
//   Retry-After            seconds or a date (RFC 9110, 10.2.3): all; of Jira's per-issue limit, the
//                          ticket alone (RateLimit-Reason: jira-per-issue-on-write). Azure DevOps says it with
//                          a success too, before it begins to refuse
//   X-RateLimit-Reset      with X-RateLimit-Remaining 0: seconds since 1970 (GitHub) or a moment (Jira)
//   RateLimit-Reset        with RateLimit-Remaining 0: seconds since 1970 (GitLab)
void RestSession::note_limits(const RestRequest& request, const HttpResponse& response) {
  const auto header = [&](const char* name) -> const std::string* {
    const auto found = response.headers.find(name);
    return found == response.headers.end() ? nullptr : &found->second;
  };
  const Instant now = options_.clock();
  std::optional<Instant> peer;
  if (const std::string* date = header("date")) peer = parse_http_date(*date);
  const std::lock_guard lock(mutex_);
  if (peer) {
    peer_ahead_ms_ = peer->ms - now.ms;
    peer_time_known_ = true;
  }
  const auto by_our_clock = [&](std::int64_t moment_ms) { return moment_ms - peer_ahead_ms_; };
  std::optional<std::int64_t> until_ms;
  bool of_ticket = false;
  const bool refused = response.status == 429 || response.status == 403 || response.status == 503;
  const bool says_when = refused || response.status < 300;
  if (const std::string* after = header("retry-after"); after != nullptr && says_when) {
    if (const auto seconds = number(after))
      until_ms = now.ms + static_cast<std::int64_t>(std::clamp(*seconds, 0.0, 86'400.0) * 1000);
    else if (const auto moment = parse_http_date(*after))
      until_ms = by_our_clock(moment->ms);
    const std::string* reason = header("ratelimit-reason");
    of_ticket = reason != nullptr && reason->find("per-issue") != std::string::npos;
  }
  for (const auto& [left, reset] : {std::pair("x-ratelimit-remaining", "x-ratelimit-reset"),
                                    std::pair("ratelimit-remaining", "ratelimit-reset")}) {
    const auto remaining = number(header(left));
    const std::string* when = header(reset);
    if (!remaining || *remaining > 0 || when == nullptr || until_ms) continue;
    if (const auto seconds = number(when); seconds && *seconds < 1e11)
      until_ms = by_our_clock(static_cast<std::int64_t>(*seconds) * 1000);
    else if (const auto moment = parse_instant(*when))
      until_ms = by_our_clock(moment->ms);
  }
  // "Otherwise, wait for at least one minute before retrying. If your request continues to fail due to
  // a secondary rate limit, wait for an exponentially increasing amount of time" (GitHub, best
  // practices for using the REST API, "Handle rate limit errors appropriately").
  const bool secondary =
      response.status == 403 && response.body.find("secondary rate limit") != std::string::npos;
  if ((response.status == 429 || secondary) && !until_ms)
    until_ms = now.ms + (60'000LL << std::min(limits_in_succession_++, 6));
  if (response.status < 400) limits_in_succession_ = 0;
  if (!until_ms) return;
  // A refusal is a limit even where its moment has passed by now: moments are whole seconds.
  if (refused) until_ms = std::max(*until_ms, now.ms + 1'000);
  const Instant until{std::min(*until_ms, now.ms + longest_limit_ms)};
  if (until <= now) return;
  if (of_ticket && !request.ticket.empty())
    tickets_limited_until_[request.ticket] = until;
  else
    limited_until_ = std::max(limited_until_, until);
}

Instant RestSession::peer_now() const {
  const std::int64_t now = options_.clock().ms;
  const std::lock_guard lock(mutex_);
  return {peer_time_known_ ? now + peer_ahead_ms_ : now};
}

Instant RestSession::resume_at(const std::string& ticket) const {
  const std::lock_guard lock(mutex_);
  Instant until = limited_until_;
  if (const auto open = breaker_.open_until()) until = std::max(until, *open);
  if (const auto limit = tickets_limited_until_.find(ticket);
      limit != tickets_limited_until_.end()) {
    until = std::max(until, limit->second);
  }
  return until;
}

TrackerHealth RestSession::health() const {
  const Instant now = options_.clock();
  const std::lock_guard lock(mutex_);
  TrackerHealth health;
  // After the pause the next request tries it: the breaker is not open any more.
  if (const auto open = breaker_.open_until(); open && *open > now) health.closed_until = open;
  if (limited_until_ > now) health.limited_until = limited_until_;
  health.requests = requests_;
  health.failures = failures_;
  return health;
}

}  // namespace riskd::connectors
