#include "daemon/api/answer_end.hpp"

#include <fmt/core.h>

#include <string>
#include <utility>

#include "daemon/service/meters.hpp"

namespace riskd::api {

AnswerEnd::AnswerEnd(service::Service& service, ConfigSource config)
    : service_(service), config_(std::move(config)), meters_(service.meters().registry) {}

AnswerEnd::Begin AnswerEnd::begin() const { return {Clock::now(), service_.policy().revision}; }

void AnswerEnd::end(const server::Request& head, const Route* route, const Caller* caller,
                    const Begin& begin, server::Response& response) {
  meters_.answered(route, response.status, Clock::now() - begin.at);
  answers_->add(response.status);
  const std::uint64_t after = service_.policy().revision;
  response.headers.emplace_back(
      "Policy-Revision", begin.revision == after ? std::to_string(after)
                                                 : fmt::format("{}, {}", begin.revision, after));
  const auto which = config_()->access_logging;
  if (!AccessLog::has_line(which, head.method, response.status)) return;
  const bool is_refused = AccessLog::is_refusal(response.status);
  log_.note(which, head, caller == nullptr ? "nobody" : caller->name(), response.status,
            is_refused ? detail_of(response) : std::string(), begin.at);
}

}  // namespace riskd::api
