#include "daemon/service/tracker_link.hpp"

#include <spdlog/spdlog.h>

#include <future>
#include <memory>
#include <utility>

namespace riskd::service {

void TrackerErrors::note(Of what, const std::string& error) {
  const std::lock_guard lock(mutex_);
  if (error.empty()) {
    errors_.erase(what);
    return;
  }
  std::string& held = errors_[what];
  if (held != error) spdlog::warn("tracker `{}`: {}", tracker_, error);
  held = error;
}

void TrackerErrors::polled(Instant at) {
  const std::lock_guard lock(mutex_);
  last_poll_ = at;
}

std::vector<std::string> TrackerErrors::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [what, error] : errors_) all.push_back(error);
  return all;
}

std::optional<Instant> TrackerErrors::last_poll() const {
  const std::lock_guard lock(mutex_);
  return last_poll_;
}

Status TrackerLink::store(ReceiptWork work) const {
  const auto stored = std::make_shared<std::promise<Status>>();
  work.done = [stored](Status status) { stored->set_value(std::move(status)); };
  writer.add(std::move(work));
  return stored->get_future().get();
}

Result<bool> TrackerLink::store_sending(const store::EffectRecord& effect,
                                        const std::string& project) const {
  const auto stored = std::make_shared<std::promise<Result<bool>>>();
  writer.add(
      SendingWork{effect.product, effect.key, project, shared.clock(),
                  [stored](Result<bool> is_wanted) { stored->set_value(std::move(is_wanted)); }});
  return stored->get_future().get();
}

engine::TicketFact TrackerLink::observed(const engine::TicketKey& ticket,
                                         const connectors::TicketView& view) const {
  engine::TicketFact fact;
  fact.ticket = ticket.ticket;
  fact.element = ticket.element;
  fact.tracker = config.name;
  fact.kind = config.kind;
  fact.map = config.status_map;
  fact.closed = view.closed;
  fact.key = view.key;
  fact.status = view.status;
  fact.resolution = view.resolution;
  fact.state = view.state;
  fact.reason = view.reason;
  fact.labels = view.labels;
  fact.url = view.url;
  return fact;
}

std::string error_text(const Error& error) {
  return error.where.empty() ? error.message : error.where + ": " + error.message;
}

}  // namespace riskd::service
