// What the parts of a tracker's thread share: effects go out (effect_sender.hpp), observations come back
// (ticket_poller.hpp).
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "connectors/tracker.hpp"
#include "daemon/service/shared.hpp"
#include "daemon/service/writer.hpp"

namespace riskd::service {

// What went wrong with a tracker, and when it answered last. Any thread may ask.
class TrackerErrors {
 public:
  // One error of each is shown until it goes right. Effects keep their own errors.
  enum class Of : std::uint8_t { poll, look, receipt };

  explicit TrackerErrors(std::string tracker) : tracker_(std::move(tracker)) {}

  void note(Of what, const std::string& error);  // empty: it went right
  void polled(Instant at);
  std::vector<std::string> all() const;
  std::optional<Instant> last_poll() const;

 private:
  const std::string tracker_;  // its name, for the log
  mutable std::mutex mutex_;
  std::map<Of, std::string> errors_;
  std::optional<Instant> last_poll_;
};

// All of it outlives the thread; the tracker is used by the thread alone.
struct TrackerLink {
  Shared& shared;
  Writer& writer;
  const TrackerConfig& config;
  connectors::Tracker& tracker;
  TrackerErrors& errors;

  Status store(ReceiptWork work) const;  // waits for the commit
  // The same: the request that makes a ticket goes out now. False: it may not, the ticket is not wanted any more.
  Result<bool> store_sending(const store::EffectRecord& effect, const std::string& project) const;
  // What the tracker shows of a ticket, as a fact without its origin.
  engine::TicketFact observed(const engine::TicketKey& ticket,
                              const connectors::TicketView& view) const;
};

// "jira.example: connection refused".
std::string error_text(const Error& error);

}  // namespace riskd::service
