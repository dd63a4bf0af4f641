#include "daemon/api/access_log.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "daemon/wire/log_event.hpp"

namespace riskd::api {
namespace {

std::string_view way_of(const server::Peer& peer) {
  switch (peer.way) {
    case server::Peer::Way::local:
      return "socket";
    case server::Peer::Way::proxy:
      return "proxy";
    case server::Peer::Way::tls:
      return "tls";
  }
  return "";
}

std::string place_of(const server::Peer& peer) {
  return peer.way == server::Peer::Way::tls ? peer.address : fmt::format("pid {}", peer.pid);
}

}  // namespace

bool AccessLog::may_note_refusal(Clock::time_point now) {
  unsigned left_out = 0;
  {
    const std::lock_guard lock(mutex_);
    if (now - second_ >= std::chrono::seconds(1)) {
      second_ = now;
      noted_ = 0;
      left_out = std::exchange(left_out_, 0);
    }
    if (noted_ >= refusals) {
      ++left_out_;
      return false;
    }
    ++noted_;
  }
  if (left_out > 0) spdlog::warn("{} more requests were refused for who sent them", left_out);
  return true;
}

bool AccessLog::has_line(service::AccessLogging which, std::string_view method, int status) {
  using service::AccessLogging;
  return is_refusal(status) || which == AccessLogging::all ||
         (which == AccessLogging::changes && method != "GET");
}

void AccessLog::note(service::AccessLogging which, const server::Request& request,
                     std::string_view who, int status, std::string_view problem,
                     Clock::time_point begun) {
  const Clock::time_point now = Clock::now();
  const bool is_refused = is_refusal(status);
  if (is_refused ? !may_note_refusal(now) : !has_line(which, request.method, status)) return;
  wire::LogEvent event(is_refused ? "refused" : "access");
  event.add("request", request.id)
      .add("status", std::to_string(status))
      .add("method", request.method)
      .add("path", request.path)
      .add("who", who)
      .add("from", place_of(request.peer))
      .add("by", way_of(request.peer));
  if (is_refused) {
    event.add("why", problem.empty() ? "no line of the body has the role that it needs" : problem);
    return spdlog::warn("{}", event.text());
  }
  const std::chrono::duration<double, std::milli> took = now - begun;
  event.add("ms", fmt::format("{:.1f}", took.count()));
  spdlog::info("{}", event.text());
}

}  // namespace riskd::api
