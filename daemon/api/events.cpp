#include "daemon/api/events.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <optional>
#include <span>
#include <vector>

#include "daemon/api/problems.hpp"

namespace riskd::api {
namespace {

constexpr std::chrono::seconds comment_interval{15};

// Where the client wants to go on; nullopt where what it says is no number. `live` where it says
// nothing.
std::optional<std::uint64_t> wanted(const server::Request& request, std::uint64_t live) {
  std::string text;
  if (const auto id = request.headers.find("last-event-id"); id != request.headers.end()) {
    text = id->second;
  } else if (const auto after = request.query.find("after"); after != request.query.end()) {
    text = after->second;
  } else {
    return live;
  }
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool ends(const server::Request& request) {
  const auto follow = request.query.find("follow");
  return follow != request.query.end() && follow->second == "false";
}

// The id is the position up to which the client has everything: who breaks off between two events of one position
// gets both again.
std::string text_of(const service::Event& event, bool is_last) {
  const std::uint64_t id = is_last ? event.position : event.position - 1;
  std::string text = fmt::format("id: {}\nevent: {}\n", id, event.type);
  std::string_view rest = event.data;
  while (true) {
    const std::size_t end = rest.find('\n');
    text += fmt::format("data: {}\n", rest.substr(0, end));
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return text + "\n";
}

bool may_see(const Caller& caller, const service::Event& event) {
  return event.product.empty() ? caller.may_somewhere(service::Role::read)
                               : caller.may(service::Role::read, event.product);
}

}  // namespace

struct EventStreams::Listening {
  std::shared_ptr<server::Stream> stream;
  std::function<std::optional<Caller>()> reader;  // nullopt: who may not read any more
  std::shared_ptr<std::atomic<bool>> is_gone = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<void> subscription;
};

EventStreams::EventStreams(service::Service& service, CallerOf caller_of, PathsOf paths)
    : service_(service),
      caller_of_(std::move(caller_of)),
      paths_(std::move(paths)),
      thread_([this] { keep_alive(); }) {}

EventStreams::~EventStreams() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  stop_came_.notify_all();
  thread_.join();
  for (const auto& listening : listening_) listening->stream->close();
}

std::size_t EventStreams::open() const {
  const std::lock_guard lock(mutex_);
  return listening_.size();
}

server::Response EventStreams::head(const server::Request& request) const {
  const auto after = wanted(request, UINT64_MAX);
  if (!after) return refusal(400, "Last-Event-ID is a position in the log: the id of an event");
  const auto follow = request.query.find("follow");
  if (follow != request.query.end() && follow->second != "true" && follow->second != "false")
    return refusal(400, fmt::format("`follow` is `true` or `false`, not `{}`", follow->second));
  if (*after != UINT64_MAX) {
    const auto probe = service_.subscribe(*after, [](std::span<const service::Event>) {});
    if (!probe) {
      return probe.error().code == ErrorCode::not_found ? refusal(410, probe.error().message)
                                                        : refusal(probe.error(), *paths_());
    }
  }
  server::Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

void EventStreams::start(const server::Request& request, std::shared_ptr<server::Stream> stream) {
  const auto listening = std::make_shared<Listening>();
  listening->stream = stream;
  // A role that was taken away, and a token that was revoked, end what they have begun.
  listening->reader = [caller_of = caller_of_, head = request]() -> std::optional<Caller> {
    auto caller = caller_of(head);
    if (!caller || !caller->may_somewhere(service::Role::read)) return std::nullopt;
    return std::move(*caller);
  };
  stream->send(": riskd\n\n");
  auto subscription =
      service_.subscribe(wanted(request, UINT64_MAX).value_or(UINT64_MAX),
                         [reader = listening->reader, stream,
                          is_gone = listening->is_gone](std::span<const service::Event> block) {
                           if (*is_gone) return;
                           const auto caller = reader();
                           if (!caller) {
                             *is_gone = true;
                             return stream->close();
                           }
                           std::vector<const service::Event*> seen;
                           for (const service::Event& event : block) {
                             if (may_see(*caller, event)) seen.push_back(&event);
                           }
                           std::string text;
                           for (const service::Event* event : seen)
                             text += text_of(*event, event == seen.back());
                           if (!text.empty() && !stream->send(std::move(text))) *is_gone = true;
                         });
  if (!subscription || ends(request)) return stream->close();
  listening->subscription = std::move(*subscription);
  const std::lock_guard lock(mutex_);
  listening_.push_back(listening);
}

void EventStreams::keep_alive() {
  std::unique_lock lock(mutex_);
  while (!stop_came_.wait_for(lock, comment_interval, [this] { return is_stopping_; })) {
    auto all = listening_;
    // What ends takes the service's locks, and those may be held where an event is being sent.
    lock.unlock();
    for (const auto& listening : all) {
      const bool holds = listening->reader().has_value();
      if (!holds) listening->stream->close();
      if (!holds || (!*listening->is_gone && !listening->stream->send(":\n\n")))
        *listening->is_gone = true;
    }
    lock.lock();
    const auto gone = std::stable_partition(listening_.begin(), listening_.end(),
                                            [](const auto& one) { return !*one->is_gone; });
    listening_.erase(gone, listening_.end());
    lock.unlock();
    all.clear();
    lock.lock();
  }
}

}  // namespace riskd::api
