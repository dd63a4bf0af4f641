// From a request to its route: what holds for every route is decided here.
#include <fmt/core.h>

#include <chrono>
#include <fstream>
#include <mutex>
#include <set>
#include <sstream>

#include "daemon/api/answer_end.hpp"
#include "daemon/api/api.hpp"
#include "daemon/api/events.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/api/workers.hpp"
#include "daemon/service/meters.hpp"
#include "daemon/wire/hash.hpp"
#include "engine/base/limits.hpp"

namespace riskd::api {
namespace {

using server::Request;
using server::Response;

constexpr std::size_t waiting_requests = 256;   // for the workers of one kind
constexpr std::size_t longest_key = 400;        // of what a reply is stored under
constexpr std::size_t small_lines = 16u << 10;  // bytes of facts that are read where they come in

// The workers of each kind of work.
struct WorkersByKind {
  Workers asks{3, waiting_requests}, posts{4, waiting_requests}, plans{3, waiting_requests},
      waits{4, waiting_requests};
  Workers keyed{2, waiting_requests};  // quick requests whose Idempotency-Key is looked up first

  WorkQueue& of(Work work) { return *queue(work); }

  void add_to(Families& families) const {
    for (const auto& [kind, workers] :
         {std::pair("asks", &asks), std::pair("posts", &posts), std::pair("plans", &plans),
          std::pair("waits", &waits), std::pair("keyed", &keyed)}) {
      const WorkQueue::Load load = workers->queue()->load();
      const MetricLabels labels{{"kind", kind}};
      families.gauge("riskd_workers", "Threads for requests that take long, by kind of work.",
                     static_cast<double>(load.threads), labels);
      families.gauge("riskd_workers_busy", "Of these, those that are at work.",
                     static_cast<double>(load.busy), labels);
      families.gauge("riskd_workers_waiting", "Requests that wait for one of these.",
                     static_cast<double>(load.waiting), labels);
    }
  }

  const std::shared_ptr<WorkQueue>& queue(Work work) {
    switch (work) {
      case Work::asks:
        return asks.queue();
      case Work::posts:
        return posts.queue();
      case Work::plans:
        return plans.queue();
      case Work::waits:
        return waits.queue();
      case Work::quick:
        break;
    }
    return keyed.queue();
  }
};

Work work_of(const Route& route, const Request& request) {
  const bool is_small = request.body_file.empty() && request.body.size() <= small_lines;
  if (route.body == BodyKind::lines && is_small) return Work::quick;
  const auto wait = request.query.find("wait");
  if (wait != request.query.end() && wait->second == "true") return Work::waits;
  const bool is_past = request.query.contains("at");  // which is read from the store
  return is_past && route.work == Work::quick ? Work::asks : route.work;
}

Response try_again(std::string_view detail, int status,
                   std::chrono::seconds wait = std::chrono::seconds(1)) {
  Response response = refusal(status, detail);
  // In place of the second that every 429 and 503 says.
  std::erase_if(response.headers, [](const auto& field) { return field.first == "Retry-After"; });
  response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
  return response;
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Whether the body is, by its Content-Type, what the route takes. Without one it is.
bool fits(BodyKind kind, const Request& request) {
  const auto field = request.headers.find("content-type");
  if (field == request.headers.end() || field->second.empty()) return true;
  std::string type = field->second.substr(0, field->second.find(';'));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  for (char& c : type) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  const bool is_json = type == "application/json" || ends_with(type, "+json");
  const bool is_lines = type == "application/x-ndjson" || type == "application/ndjson" ||
                        type == "application/jsonl" || type == "text/plain";
  switch (kind) {
    case BodyKind::none:
      return true;
    case BodyKind::json:
      return is_json;
    case BodyKind::lines:
      return is_json || is_lines;
    case BodyKind::report:
      return is_json || is_lines || type == "application/xml" || type == "text/xml" ||
             ends_with(type, "+xml") || type == "application/zip" ||
             type == "application/octet-stream";
  }
  return false;
}

std::string_view expected_type(BodyKind kind) {
  switch (kind) {
    case BodyKind::lines:
      return "application/x-ndjson";
    case BodyKind::report:
      return "application/json, application/xml or application/octet-stream";
    case BodyKind::none:
    case BodyKind::json:
      return "application/json";
  }
  return "application/json";
}

std::string hash_of(const Request& request) {
  std::string head = request.method + "\n" + request.path + "\n";
  for (const auto& [name, value] : request.query) head += name + "=" + value + "\n";
  if (request.body_file.empty()) {
    std::istringstream body(request.body);
    return wire::sha256(body, head);
  }
  std::ifstream body(request.body_file, std::ios::binary);
  return wire::sha256(body, head);
}

// Under which the answer to an Idempotency-Key is stored: of one peer, method and path.
std::string key_of(const Request& request, const std::string& account, const std::string& given) {
  std::istringstream target(request.method + "\n" + request.path);
  const std::string key = fmt::format("{} {} {}", account, wire::sha256(target), given);
  if (key.size() <= longest_key) return key;
  std::istringstream whole(key);  // of a person with a long name
  return wire::sha256(whole);
}

// The idempotency keys of requests under way. Usable from any thread; requests may outlive the
// handler.
class KeysUnderWay {
 public:
  bool begin(const std::string& key) {
    const std::lock_guard lock(mutex_);
    return keys_.insert(key).second;
  }
  void end(const std::string& key) {
    const std::lock_guard lock(mutex_);
    keys_.erase(key);
  }

 private:
  std::mutex mutex_;
  std::set<std::string> keys_;  // guarded by mutex_
};

class ApiHandler : public server::Handler, private MetricSource {
 public:
  ApiHandler(service::Service& service, ConfigSource config)
      : service_(service),
        config_(std::move(config)),
        facts_per_second_(config_()->peer_facts_per_second),
        end_(std::make_shared<AnswerEnd>(service, config_)),
        events_(
            service, [this](const Request& head) { return caller_of(head, find_route(head)); },
            [this] { return paths(); }) {}

  void handle(Request request, Reply reply) override {
    const auto begin = end_->begin();
    Match match = find_route(request);
    auto caller = caller_of(request, match);
    auto problem = caller ? refused_at_once(match, request) : std::optional(caller.error());
    // Again, since the body may have taken a minute.
    if (!problem && match.route != nullptr)
      problem = refused(match.route->needs, request, match.names, *caller);
    if (problem) {
      end_->end(request, match.route, caller_or_null(caller), begin, *problem);
      return reply(std::move(*problem));
    }
    const Route& route = *match.route;
    auto resume = [queue = workers_.queue(route.work), account = caller->account()](auto step) {
      queue->add_rest(account, std::move(step));
    };
    auto call = std::make_shared<Call>(Call{service_,
                                            std::move(request),
                                            std::move(*caller),
                                            paths(),
                                            std::move(match.names),
                                            {},
                                            rates_,
                                            postings_,
                                            std::move(resume),
                                            *this,
                                            {}});
    call->reply = [end = end_, weak = std::weak_ptr<Call>(call), begin, &route,
                   reply = std::move(reply)](Response response) {
      // Who replies has the call.
      if (const auto answered = weak.lock())
        end->end(answered->request, &route, &answered->caller, begin, response);
      reply(std::move(response));
    };
    const bool has_key = call->request.headers.count("idempotency-key") != 0;
    const bool is_repeatable = has_key && call->request.method != "GET";
    const Work kind = work_of(route, call->request);
    if (kind == Work::quick && !is_repeatable) return run(route, call);
    const auto work = [this, &route, call, is_repeatable] {
      if (!may_still(route, *call)) return;
      if (!is_repeatable || begins(call)) run(route, call);
    };
    if (!workers_.of(kind).add(call->caller.account(), work))
      call->reply(try_again("too many requests of this kind are waiting", 503));
  }

  // The one place where a caller's roles are held against what a route needs.
  Result<Admitted, Response> admit(const Request& head) const override {
    const auto begin = end_->begin();
    const Match match = find_route(head);
    auto caller = caller_of(head, match);
    auto problem =
        caller ? refused_before_body(match, head, *caller) : std::optional(caller.error());
    if (problem) {
      end_->end(head, match.route, caller_or_null(caller), begin, *problem);
      return Unexpected(std::move(*problem));
    }
    // A report is read piece by piece.
    const bool is_report = match.route != nullptr && match.route->body == BodyKind::report;
    if (is_report)
      return Admitted{limits::report_bytes, limits::memory_body_bytes, caller->account()};
    return Admitted{limits::json_bytes, limits::json_bytes, caller->account()};
  }

  std::optional<Response> open_stream(const Request& request) override {
    const Match match = find_route(request);
    const bool is_stream = match.route != nullptr && match.route->answer == nullptr;
    if (!is_stream) return std::nullopt;
    const auto begin = end_->begin();
    const auto caller = caller_of(request, match);
    auto problem = caller ? unfit(*match.route, request) : std::optional(caller.error());
    Response head = problem ? std::move(*problem) : events_.head(request);
    end_->end(request, match.route, caller_or_null(caller), begin, head);
    return head;
  }

  void started(const Request& request, std::shared_ptr<server::Stream> stream) override {
    events_.start(request, std::move(stream));
  }

 private:
  void add_to(Families& families) const override {
    workers_.add_to(families);
    families.gauge("riskd_event_streams", "Streams of events that clients have open.",
                   static_cast<double>(events_.open()));
    add_disk_metrics(families, config_()->store_path);
    add_connection_metrics(families, *counts(), end_->answers());
  }

  using MaybeCaller = Result<Caller, Response>;
  MaybeCaller caller_of(const Request& head, const Match& match) const {
    const bool has_own_proof = match.route != nullptr && match.route->needs.scope == Scope::anybody;
    return Caller::of(head, has_own_proof, *config_(), service_.tokens());
  }
  // Whether who sent the request may still have it carried out, after others were; otherwise it is answered.
  bool may_still(const Route& route, Call& call) const {
    Match match;
    match.route = &route;
    auto caller = caller_of(call.request, match);
    auto problem = caller ? refused(route.needs, call.request, call.names, *caller)
                          : std::optional(caller.error());
    if (problem) {
      call.reply(std::move(*problem));
      return false;
    }
    call.caller = std::move(*caller);
    return true;
  }

  // Of the configuration of now.
  std::shared_ptr<const ServerPaths> paths() {
    const auto config = config_();
    const std::lock_guard lock(paths_mutex_);
    if (config != paths_of_) {
      paths_ = std::make_shared<const ServerPaths>(*config);
      paths_of_ = config;
    }
    return paths_;
  }

  static const Caller* caller_or_null(const MaybeCaller& caller) {
    return caller ? &*caller : nullptr;
  }

  // What no route can answer.
  static std::optional<Response> refused_at_once(const Match& match, const Request& request) {
    if (match.route != nullptr) return unfit(*match.route, request);
    if (match.allow.empty())
      return refusal(404, fmt::format("there is nothing at `{}`", request.path));
    Response response = refusal(405, fmt::format("`{}` takes {}", request.path, match.allow));
    response.headers.emplace_back("Allow", match.allow);
    return response;
  }

  std::optional<Response> refused_before_body(const Match& match, const Request& head,
                                              const Caller& caller) const {
    if (match.route == nullptr) {  // `handle` says so, but to nobody
      return caller.is_nobody() ? refused({Scope::known}, head, {}, caller) : std::nullopt;
    }
    if (auto problem = refused(match.route->needs, head, match.names, caller)) return problem;
    if (auto problem = sent_for_another_site(head, caller)) return problem;
    if (match.route->has_secret && head.headers.contains("idempotency-key"))
      return refusal(400, "the answer has a secret, which is not kept: leave out Idempotency-Key");
    return too_fast(*match.route, caller);
  }

  // 429 where the route brings facts and its peer has posted too many of late.
  std::optional<Response> too_fast(const Route& route, const Caller& caller) const {
    const bool brings_facts =
        route.work == Work::posts || (route.method != "GET" && route.needs.scope == Scope::product);
    if (!brings_facts) return std::nullopt;
    const auto wait = rates_->wait(caller.account());
    if (wait.count() == 0) return std::nullopt;
    return try_again(fmt::format("this user posts more than {} facts a second ([limits] "
                                 "peer-facts-per-second)",
                                 facts_per_second_),
                     429, wait);
  }

  static std::optional<Response> unfit(const Route& route, const Request& request) {
    for (const auto& [name, value] : request.query) {
      bool is_known = false;
      for (const std::string_view known : route.queries) is_known = is_known || known == name;
      if (!is_known) {
        return refusal(400, fmt::format("`{}` takes no `{}` in its query", request.path, name));
      }
    }
    const bool has_body = !request.body.empty() || !request.body_file.empty();
    if (has_body && !fits(route.body, request)) {
      return refusal(415,
                     fmt::format("`{}` takes {}, not {}", request.path, expected_type(route.body),
                                 request.headers.at("content-type")));
    }
    return std::nullopt;
  }

  static void run(const Route& route, const CallPtr& call) {
    carry_out(*call, [&] { route.answer(call); });
  }

  // Whether the request is to be carried out; otherwise it has been answered. Its answer will be
  // remembered, under who sent it, where it is a success.
  bool begins(const CallPtr& call) {
    const std::string& given = call->request.headers.at("idempotency-key");
    if (given.empty() || given.size() > limits::id_bytes) {
      call->reply(refusal(400, fmt::format("Idempotency-Key has 1 to {} bytes", limits::id_bytes)));
      return false;
    }
    const std::string key = key_of(call->request, call->caller.account(), given);
    const std::string hash = hash_of(call->request);
    if (!keys_->begin(key)) {
      call->reply(try_again("a request with this Idempotency-Key is still under way", 409));
      return false;
    }
    const auto known = service_.remembered(key);
    if (known && known->request_hash != hash) {
      keys_->end(key);
      call->reply(refusal(422, "this Idempotency-Key was used for another request"));
      return false;
    }
    if (known && known->status != service::Reply::in_parts) {
      keys_->end(key);
      Response response;
      response.status = known->status;
      response.body = known->body;
      response.headers.emplace_back("Idempotency-Replayed", "true");
      call->reply(std::move(response));
      return false;
    }
    call->key = Call::Key{key, hash};
    call->reply = [&service = service_, keys = keys_, weak = std::weak_ptr<Call>(call), key, hash,
                   reply = call->reply](Response response) {
      const auto answered = weak.lock();  // who replies has it
      const bool is_stored = answered && answered->key->is_taken;
      if (is_stored || response.status < 200 || response.status >= 300) {
        keys->end(key);
        return reply(std::move(response));
      }
      // Stored first: who was answered may rely on it, whatever becomes of riskd.
      const service::Reply kept{hash, response.status, response.body};
      service.remember(key, kept, [keys, key, reply, answered, response = std::move(response)] {
        keys->end(key);
        reply(response);
      });
    };
    return true;
  }

  service::Service& service_;
  const ConfigSource config_;
  std::mutex paths_mutex_;
  std::shared_ptr<const ServerPaths> paths_;         // guarded by paths_mutex_, as the next
  std::shared_ptr<const service::Config> paths_of_;  // the configuration that they are of
  const std::size_t facts_per_second_;               // of one peer
  const std::shared_ptr<FactRates> rates_ = std::make_shared<FactRates>(facts_per_second_);
  const std::shared_ptr<PeerPostings> postings_ = std::make_shared<PeerPostings>();
  const std::shared_ptr<KeysUnderWay> keys_ = std::make_shared<KeysUnderWay>();
  const std::shared_ptr<AnswerEnd> end_;
  EventStreams events_;
  WorkersByKind workers_;  // the last member: its threads use the others
};

}  // namespace

std::unique_ptr<server::Handler> make_handler(service::Service& service, ConfigSource config) {
  return std::make_unique<ApiHandler>(service, std::move(config));
}

std::unique_ptr<server::Handler> make_handler(service::Service& service,
                                              const service::Config& config) {
  return make_handler(service,
                      [kept = std::make_shared<const service::Config>(config)] { return kept; });
}

}  // namespace riskd::api
