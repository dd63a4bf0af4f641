// What every answer goes through at its end: it is counted, names the policy, and may have a line in the log.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "daemon/api/access.hpp"
#include "daemon/api/access_log.hpp"
#include "daemon/api/api.hpp"
#include "daemon/api/http_meters.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/server/counts.hpp"

namespace riskd::api {

// Held by the answers that are still to come, which may be given after the handler has gone, while the service stops. Usable from any thread.
class AnswerEnd {
 public:
  using Clock = std::chrono::steady_clock;

  AnswerEnd(service::Service& service, ConfigSource config);

  // When a request came, and under which revision of the policy.
  struct Begin {
    Clock::time_point at;
    std::uint64_t revision = 0;
  };
  Begin begin() const;
  // `route`: null where there is none. `caller`: null where it is not known who sends the request.
  void end(const server::Request& head, const Route* route, const Caller* caller,
           const Begin& begin, server::Response& response);

  const server::AnswersByStatus& answers() const { return *answers_; }

 private:
  service::Service& service_;
  const ConfigSource config_;
  AccessLog log_;
  HttpMeters meters_;
  const std::unique_ptr<server::AnswersByStatus> answers_ =
      std::make_unique<server::AnswersByStatus>();
};

}  // namespace riskd::api
