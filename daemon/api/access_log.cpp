#include "daemon/api/access_log.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

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

void AccessLog::note(const server::Request& request, std::string_view who, int status,
                     std::string_view problem, Clock::time_point begun) {
  using service::AccessLogging;
  const Clock::time_point now = Clock::now();
  const bool is_refused = status == 401 || status == 403;
  if (is_refused && may_note_refusal(now)) {
    spdlog::warn("refused request={} status={} method={} path={:?} who={:?} from={:?} by={}: {}",
                 request.id, status, request.method, request.path, who, place_of(request.peer),
                 way_of(request.peer), problem);
  }
  if (is_refused || which_ == AccessLogging::refused) return;
  if (which_ == AccessLogging::changes && request.method == "GET") return;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now - begun);
  spdlog::info("access request={} status={} method={} path={:?} who={:?} from={:?} by={} ms={:.1f}",
               request.id, status, request.method, request.path, who, place_of(request.peer),
               way_of(request.peer), static_cast<double>(took.count()) / 1'000);
}

}  // namespace riskd::api
