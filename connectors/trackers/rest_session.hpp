// The conversation with one tracker on the web: JSON over HTTP, with its credentials, its rate limits,
// retries of what may be retried, and a circuit breaker.
//
// Reading is tried again a few times, with a wait that doubles and differs. Writing is never
// tried again here: it may have been done; the caller looks before it writes again.
#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "connectors/http/client.hpp"
#include "connectors/tracker.hpp"
#include "connectors/trackers/circuit_breaker.hpp"

namespace riskd::connectors {

struct RestOptions {
  std::string url;  // "https://tracker.example/base", without a slash at its end
  std::vector<std::pair<std::string, std::string>> headers;  // of every request; secrets among them
  std::string proxy, ca_file;
  std::chrono::milliseconds timeout{30'000};
  std::chrono::milliseconds first_wait{500};  // before a GET is tried again
  std::function<Instant()> clock;
};

using Query = std::vector<std::pair<std::string, std::string>>;

struct RestRequest {
  std::string method = "GET";
  std::string path;                               // "/issues/12.json": already escaped
  Query query;                                    // escaped here
  boost::json::value body;                        // null: none
  std::string content_type = "application/json";  // of the body
  std::string ticket;                             // whose key; its own rate limit delays it alone
  int also = 0;                                   // a status of 4xx that is a reply, no error
  bool reads = false;  // a POST that changes nothing, such as a search: tried again as a GET is
};

struct RestReply {
  int status = 0;
  boost::json::value body;                     // null where there is none, or it is no JSON
  std::map<std::string, std::string> headers;  // lower case

  const std::string* header(const std::string& name) const;
};

class RestSession {
 public:
  // `client` is shared and outlives the session.
  RestSession(HttpSender& client, RestOptions options);

  // Any answer below 400 is a reply, redirects among them. Errors:
  //   unavailable  no answer, a 5xx, a 429 or another rate limit, or the circuit breaker is open
  //   forbidden    401 and 403
  //   not_found    404 and 410
  //   conflict     409
  //   invalid      any other 4xx, with what the tracker says of it; an answer that is no JSON
  Result<RestReply> send(const RestRequest& request);

  Result<RestReply> get(std::string path, Query query = {});

  // The tracker's clock by its last answer that had a time; riskd's where none had. Whole seconds.
  Instant peer_now() const;

  // As Tracker::resume_at and Tracker::health. From any thread.
  Instant resume_at(const std::string& ticket) const;
  TrackerHealth health() const;

 private:
  Result<RestReply> send_once(const RestRequest& request, bool& again);
  Result<RestReply> judge(const RestRequest& request, HttpResponse response, bool& again);
  Status may_send(const std::string& ticket);
  void note_limits(const RestRequest& request, const HttpResponse& response);
  std::string address(const RestRequest& request) const;

  HttpSender& client_;
  const RestOptions options_;
  mutable std::mutex mutex_;
  CircuitBreaker breaker_;  // guarded by mutex_, as all below
  Instant limited_until_;
  std::map<std::string, Instant> tickets_limited_until_;
  std::int64_t peer_ahead_ms_ = 0;  // the tracker's clock minus riskd's
  bool peer_time_known_ = false;
  int limits_in_succession_ = 0;  // that did not say for how long
  std::uint64_t requests_ = 0, failures_ = 0;
};

// `text` as a part of a path or a query's value.
std::string url_escaped(std::string_view text);

// "Wed, 21 Oct 2026 07:28:00 GMT"; nullopt for anything else.
std::optional<Instant> parse_http_date(const std::string& text);

// Parts of JSON that somebody else made: a missing or other thing is empty.
const boost::json::value* member(const boost::json::value& of, std::string_view name);
std::string text_of(const boost::json::value* value);  // a text, or a whole number as text
std::string text_at(const boost::json::value& of, std::string_view name);
bool is_true(const boost::json::value& of, std::string_view name);
Instant moment_at(const boost::json::value& of, std::string_view name);  // zero where there is none
const boost::json::array& array_at(const boost::json::value& of, std::string_view name);

}  // namespace riskd::connectors
