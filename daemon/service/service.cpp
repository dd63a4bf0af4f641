#include "daemon/service/service.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <optional>
#include <utility>

#include "daemon/log/local_log.hpp"
#include "daemon/service/day_keeper.hpp"
#include "daemon/service/load.hpp"
#include "daemon/service/marker.hpp"
#include "daemon/service/past.hpp"
#include "daemon/service/policy.hpp"
#include "daemon/service/policy_changes.hpp"
#include "daemon/service/preparer.hpp"
#include "daemon/service/reconfigure.hpp"
#include "daemon/service/state.hpp"
#include "daemon/service/store_check.hpp"
#include "daemon/service/store_keeper.hpp"
#include "daemon/service/then.hpp"
#include "daemon/service/tokens.hpp"
#include "daemon/service/tracker_check.hpp"
#include "daemon/service/trackers.hpp"
#include "daemon/service/write_proof.hpp"
#include "daemon/service/writer.hpp"
#include "daemon/store/backup.hpp"
#include "daemon/wire/json.hpp"
#include "dsl/compile.hpp"
#include "engine/base/ascii.hpp"

namespace riskd::service {
namespace {

constexpr auto sync_time = std::chrono::seconds(30);

bool knows(const engine::Product& product, const TicketPlace& place) {
  return std::any_of(product.tickets.begin(), product.tickets.end(), [&](const auto& ticket) {
    const auto& seen = ticket.second.seen;
    return !seen.empty() && seen.back().value.tracker == place.tracker &&
           same_words(seen.back().value.key, place.key);
  });
}

class RunningService final : public Service {
 public:
  RunningService(Config config, std::function<Instant()> clock, std::function<void()> on_dead)
      : shared_(std::move(config)), writer_(shared_, [this] { trackers_.wake(); }) {
    shared_.clock = std::move(clock);
    shared_.on_dead = std::move(on_dead);
    shared_.started = shared_.clock();
  }

  ~RunningService() override {
    stop_trackers();
    preparer_.stop();
    beside_.days.stop();
    beside_.keeper.stop();
    beside_.check.stop();
    writer_.stop();
  }

  Status open();

  void stop_trackers() override {
    shared_.http.stop();  // a tracker that does not answer keeps nobody waiting
    trackers_.stop();     // they wait for the writer
  }

  void post(Posting posting, OnPosted done) override {
    preparer_.post({std::move(posting), std::move(done)});
  }

  std::shared_ptr<const ProductView> product(const std::string& id) const override {
    ViewPtr view = shared_.live.view(id);
    return view && !view->live.facts().removed.value ? view : nullptr;
  }

  std::vector<std::string> products(const std::optional<TicketPlace>& with) const override {
    std::vector<std::string> ids;
    for (const auto& [id, view] : shared_.live.views()) {
      const engine::Product& facts = view->live.facts();
      if (with ? knows(facts, *with) : !facts.removed.value) ids.push_back(id);
    }
    return ids;
  }

  PolicyInForce policy() const override { return shared_.live.policy(); }

  Result<dsl::Compilation> compile(const Files& files) const override {
    return compile_policy(*shared_.config(), files);
  }

  Result<Plan> plan(const Files& files) const override { return beside_.policies.plan(files); }

  Result<ReloadResult> reload(const Files& files, const std::string& poster,
                              const std::string& required_plan) override {
    return beside_.policies.reload(files, poster, required_plan);
  }
  Result<Rollback> rollback(std::optional<std::uint64_t> revision,
                            const std::string& poster) override {
    return beside_.policies.rollback(revision, poster);
  }
  Result<ReloadResult> reconfigure(const Config& next, const std::string& poster) override {
    return service::reconfigure({shared_, writer_, beside_.policies, trackers_}, next, poster);
  }
  Result<std::size_t> bring_back_times(const std::string& poster) override;
  void begin_sync(const std::string& product, bool release, const std::string& poster,
                  OnBegun begun) override;
  Status sync(const std::string& product, bool release, const std::string& poster) override;
  Result<std::vector<TrackerCheck>> check_trackers(const std::string& name) override;
  std::optional<Webhook> webhook(const std::string& tracker) const override {
    const auto config = shared_.config();
    for (const TrackerConfig& each : config->trackers) {
      if (each.name == tracker && !each.webhook_secret.empty())
        return Webhook{each.kind, each.webhook_secret};
    }
    return std::nullopt;
  }
  void hint(const std::string& tracker, const std::string& key) override {
    for (const auto& each : trackers_.all()) {
      if (each->name() == tracker) each->hint(key);
    }
  }
  std::vector<PendingEffect> effects(const std::string& product) const override;
  ServiceState state() const override;
  Result<std::vector<HistoryEntry>> history(const std::string& product, std::uint64_t after,
                                            std::size_t limit) const override {
    return shared_.meters->counted_read(history_of(*shared_.store, product, after, limit));
  }
  Result<Then> then(const std::string& product, const Moment& moment) const override {
    return shared_.meters->counted_read(then_of(shared_, *archive_, product, moment));
  }

  Result<std::vector<DayRecord>> days(const std::string& product, Date first, Date last,
                                      std::size_t limit) const override {
    return shared_.meters->counted_read(shared_.store->days(product, first, last, limit));
  }

  Result<std::shared_ptr<void>> subscribe(std::uint64_t after, Listener listener) override {
    return shared_.events->subscribe(after, std::move(listener));
  }

  Status prove_write() override { return beside_.proof.ask(); }
  Tokens& tokens() override { return beside_.tokens; }
  Meters& meters() override { return *shared_.meters; }
  Instant now() const override { return shared_.clock(); }
  std::optional<Reply> remembered(const std::string& key) const override;
  void remember(const std::string& key, const Reply& reply, std::function<void()> done) override {
    writer_.add(ReplyWork{key, reply, [done = std::move(done)](const Status&) { done(); }});
  }

 private:
  Shared shared_;
  std::unique_ptr<PolicyArchive> archive_;  // of the store, when it is open
  Writer writer_;
  Preparer preparer_{shared_, writer_};
  // What works beside the writer, and through it.
  struct Beside {
    Beside(Shared& shared, Writer& writer)
        : keeper(shared, writer),
          days(shared, writer),
          check(shared),
          proof(writer),
          tokens(shared, writer),
          policies(shared, writer) {}
    StoreKeeper keeper;
    DayKeeper days;
    StoreCheck check;
    WriteProof proof;
    Tokens tokens;
    PolicyChanges policies;
  };
  Beside beside_{shared_, writer_};
  Trackers trackers_{shared_, writer_};
};

Status RunningService::open() {
  auto store =
      store::open_store(shared_.config()->store_path, shared_.config()->store_mebibytes << 20);
  if (!store) return failure(store);
  shared_.store = std::move(*store);
  shared_.log = std::make_unique<log::LocalLog>(*shared_.store);
  archive_ = std::make_unique<PolicyArchive>(*shared_.store, shared_.live);
  auto key = marker_key(*shared_.store);
  if (!key) return failure(key);
  shared_.marker_key = std::move(*key);

  const auto restored = shared_.store->meta(store::restored_meta);
  if (!restored) return failure(restored);
  shared_.is_restored = *restored && !(*restored)->empty();
  if (shared_.is_restored) {
    spdlog::warn(
        "the store was restored from a backup: nothing is written to a tracker before `riskctl "
        "sync "
        "--release`");
  }

  if (Status loaded = beside_.tokens.load(); !loaded) return loaded;
  auto start = choose_policy(shared_);
  if (!start) return failure(start);
  auto tails = load_products(shared_, start->in_force);
  if (!tails) return failure(tails);
  shared_.tails.set(std::move(*tails));
  if (start->next) {
    Status reloaded = Done{};
    start->next->done = [&](const Result<std::uint64_t>& revision,
                            const std::vector<ProductPlan>& plans) {
      if (!revision) reloaded = Unexpected<Error>(revision.error());
      if (revision) spdlog::info("policy {} changes {} products", *revision, plans.size());
    };
    std::vector<Work> works;
    works.emplace_back(std::move(*start->next));
    writer_.carry_out(std::move(works));
    if (!reloaded) return reloaded;
  }
  if (Status opened = trackers_.open(); !opened) return opened;
  writer_.start();
  preparer_.start();
  beside_.keeper.start();
  beside_.days.start(*archive_);
  beside_.check.start();
  trackers_.start();
  return Done{};
}

Result<std::size_t> RunningService::bring_back_times(const std::string& poster) {
  const auto done = std::make_shared<std::promise<Result<std::size_t>>>();
  writer_.add(ClockWork{
      poster, [done](Result<std::size_t> products) { done->set_value(std::move(products)); }});
  return done->get_future().get();
}

void RunningService::begin_sync(const std::string& product, bool release, const std::string& poster,
                                OnBegun begun) {
  auto ask = [this, product, told = std::move(begun)](Status released) {
    for (const auto& tracker : trackers_.all()) {
      if (released) tracker->begin_sync(product);
    }
    told(std::move(released));
  };
  if (!release) return ask(Done{});
  writer_.add(ReleaseWork{product, release, poster, std::move(ask)});
}

Status RunningService::sync(const std::string& product, bool release, const std::string& poster) {
  const auto deadline = std::chrono::steady_clock::now() + sync_time;
  const auto released = std::make_shared<std::promise<Status>>();
  auto ready = released->get_future();
  writer_.add(ReleaseWork{product, release, poster,
                          [released](Status status) { released->set_value(std::move(status)); }});
  if (Status done = ready.get(); !done) return done;
  std::vector<std::future<Status>> answers;
  const auto trackers = trackers_.all();
  for (const auto& tracker : trackers) answers.push_back(tracker->sync(product));
  Status result = Done{};
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].wait_until(deadline) != std::future_status::ready) {
      return fail(ErrorCode::unavailable,
                  fmt::format("tracker `{}` has not been through it all within {} seconds; it goes "
                              "on, and `riskctl status` shows what is left",
                              trackers[i]->name(), sync_time.count()));
    }
    Status done = answers[i].get();
    if (!done && result) {
      result = fail(done.error().code,
                    fmt::format("tracker `{}`: {}", trackers[i]->name(), done.error().message),
                    done.error().where);
    }
  }
  return result;
}

Result<std::vector<TrackerCheck>> RunningService::check_trackers(const std::string& name) {
  using Severity = connectors::CheckFinding::Severity;
  std::vector<std::pair<Trackers::WorkerPtr, std::future<connectors::CheckReport>>> asked;
  for (const auto& each : trackers_.all()) {
    if (name.empty() || each->name() == name) asked.emplace_back(each, each->check());
  }
  if (asked.empty() && !name.empty())
    return fail(ErrorCode::not_found, fmt::format("there is no tracker `{}`", name));
  const auto deadline = std::chrono::steady_clock::now() + sync_time;
  const engine::Policy program = shared_.live.policy().program;
  const ServiceState now = state();
  std::vector<TrackerCheck> checks;
  for (auto& [worker, answer] : asked) {
    TrackerCheck check{worker->name(), worker->kind(), {}};
    if (answer.wait_until(deadline) != std::future_status::ready) {
      check.findings.push_back(
          {Severity::error, fmt::format("it has not answered within {} seconds", sync_time.count()),
           ""});
      checks.push_back(std::move(check));
      continue;
    }
    connectors::CheckReport report = answer.get();
    check.findings = std::move(report.findings);
    const std::string unmapped = unread_by_map(*program, worker->kind(), worker->map(), report);
    if (!unmapped.empty()) {
      check.findings.push_back(
          {Severity::warning,
           fmt::format("`status-map {}{}{}` has no row for: {}", worker->kind(),
                       worker->map().empty() ? "" : " ", worker->map(), unmapped),
           "`otherwise` decides what they mean"});
    }
    const auto config = shared_.config();
    for (const TrackerConfig& tracker : config->trackers) {
      if (tracker.name == check.name) add_exposure(tracker, check);
    }
    const auto known = std::find_if(now.trackers.begin(), now.trackers.end(),
                                    [&](const auto& each) { return each.name == check.name; });
    if (known != now.trackers.end()) add_standing(*known, check);
    checks.push_back(std::move(check));
  }
  return checks;
}

std::vector<PendingEffect> RunningService::effects(const std::string& product) const {
  std::vector<PendingEffect> list;
  for (const auto& [id, outbox] : shared_.live.outboxes()) {
    if (!product.empty() && id != product) continue;
    for (const auto& [key, pending] : *outbox) {
      const auto& [record, effect] = *pending;
      list.push_back({key, id, effect.ticket, effect.element, std::string(to_string(effect.kind)),
                      record.tracker, record.last_error, effect.cause, record.held,
                      record.withdrawn, record.attempts});
    }
  }
  return list;
}

ServiceState RunningService::state() const {
  ServiceState state;
  for (const auto& tracker : trackers_.all()) state.trackers.push_back(tracker->state());
  describe(shared_, state);
  state.preparing = preparer_.queued();
  state.queued = writer_.queue().size() + state.preparing;
  state.oldest_queued = writer_.queue().oldest_for();
  state.is_damaged = shared_.damage.get().has_value();
  state.writer_busy = writer_.queue().busy_for();
  state.write_error = writer_.write_error();
  state.clock_behind_ms = writer_.clock_behind_ms();
  return state;
}

std::optional<Reply> RunningService::remembered(const std::string& key) const {
  auto stored = shared_.meters->counted_read(shared_.store->reply(key));
  if (!stored) {
    spdlog::error("a remembered answer cannot be read: {}", stored.error().message);
    return std::nullopt;
  }
  if (!*stored) return std::nullopt;
  const store::ReplyRecord& record = **stored;
  if (shared_.clock().ms - record.at.ms > limits::idempotency_hours * hour_ms) return std::nullopt;
  return Reply{record.request_hash, record.status, record.body};
}

}  // namespace

Result<std::unique_ptr<Service>> open_service(const Config& config, std::function<Instant()> clock,
                                              std::function<void()> on_dead) {
  auto service = std::make_unique<RunningService>(config, std::move(clock), std::move(on_dead));
  if (Status opened = service->open(); !opened) return failure(opened);
  return std::unique_ptr<Service>(std::move(service));
}

}  // namespace riskd::service
