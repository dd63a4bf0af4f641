#include "daemon/service/metered_tracker.hpp"

#include <array>
#include <string>
#include <type_traits>
#include <utility>

namespace riskd::service {
namespace {

using namespace connectors;

constexpr std::array calls = {"look-for", "create",  "close", "reopen",
                              "origin",   "comment", "link",  "list"};

class MeteredTracker final : public Tracker {
 public:
  MeteredTracker(std::unique_ptr<Tracker> tracker, Meters& meters)
      : tracker_(std::move(tracker)),
        meters_(meters),
        seconds_(meters.tracker_call_seconds.Add({{"tracker", std::string(tracker_->name())}},
                                                 times())) {
    // From 0 on, so that the first failure is seen as one.
    for (const char* call : calls) {
      for (const char* outcome : {"ok", "unavailable"}) counter(call, outcome);
    }
  }

  std::string_view name() const override { return tracker_->name(); }
  std::string_view kind() const override { return tracker_->kind(); }

  Result<std::optional<TicketView>> look_for(const NewTicket& ticket) override {
    return counted("look-for", [&] { return tracker_->look_for(ticket); });
  }
  Result<TicketView> create(const NewTicket& ticket) override {
    return counted("create", [&] { return tracker_->create(ticket); });
  }
  Result<TicketView> close(const std::string& key, const std::string& effect_key,
                           const RichText& comment, const std::string& seen) override {
    return counted("close", [&] { return tracker_->close(key, effect_key, comment, seen); });
  }
  Result<TicketView> reopen(const std::string& key, const std::string& effect_key,
                            const RichText& comment, const std::string& seen) override {
    return counted("reopen", [&] { return tracker_->reopen(key, effect_key, comment, seen); });
  }
  Result<StatusOrigin> origin(const TicketView& ticket) override {
    return counted("origin", [&] { return tracker_->origin(ticket); });
  }
  Status comment(const std::string& key, const std::string& effect_key,
                 const RichText& text) override {
    return counted("comment", [&] { return tracker_->comment(key, effect_key, text); });
  }
  Status link(const std::string& key, const std::string& other) override {
    return counted("link", [&] { return tracker_->link(key, other); });
  }
  Result<TicketListing> list(const ListRequest& request) override {
    return counted("list", [&] { return tracker_->list(request); });
  }
  // Somebody asked for it, and sees what comes of it.
  CheckReport check() override { return tracker_->check(); }
  Instant resume_at(const std::string& key) const override { return tracker_->resume_at(key); }
  TrackerHealth health() const override { return tracker_->health(); }

 private:
  template <typename Call>
  auto counted(const char* call, const Call& carry_out) -> std::invoke_result_t<Call> {
    const Timed timed(seconds_);
    auto done = carry_out();
    counter(call, done ? "ok" : to_word(done.error().code)).Increment();
    return done;
  }

  prometheus::Counter& counter(const char* call, std::string_view outcome) {
    return meters_.tracker_calls.Add({{"tracker", std::string(name())},
                                      {"call", std::string(call)},
                                      {"outcome", std::string(outcome)}});
  }

  const std::unique_ptr<Tracker> tracker_;
  Meters& meters_;
  prometheus::Histogram& seconds_;
};

}  // namespace

std::unique_ptr<Tracker> metered(std::unique_ptr<Tracker> tracker, Meters& meters) {
  return std::make_unique<MeteredTracker>(std::move(tracker), meters);
}

}  // namespace riskd::service
