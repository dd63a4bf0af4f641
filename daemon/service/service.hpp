// The daemon without its socket: one writer that decides, the live products, the policy in force, the
// effects that go out and the observations that come back.
//
// The way of a posting: it waits in a bounded queue; the writer thread takes what is waiting, resolves
// and folds each posting's facts, evaluates each product, reconciles its tickets, commits facts,
// changes and outbox in one transaction, swaps the live products, and answers. A large posting is evaluated
// by another thread before it comes to the writer (see Preparer), so that nobody else waits for it. Nothing
// is sent to a tracker that is not in the outbox. All functions may be called from any thread; callbacks come
// from the threads of the service and must not block.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectors/tracker.hpp"
#include "daemon/service/config.hpp"
#include "daemon/store/day_record.hpp"
#include "dsl/compile.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/explain/explain.hpp"
#include "engine/explain/test_rows.hpp"
#include "engine/facts/resolve.hpp"
#include "engine/update/apply.hpp"

namespace riskd::service {

class Meters;
class Tokens;

struct PolicyInForce {
  std::uint64_t revision = 0;
  engine::Policy program;
  Instant since;
  std::string poster;
  // Hash of the configured policy, where an earlier one was put in force instead of it. It stays so after a start, until
  // the configured policy is another one, or is reloaded. Empty: no rollback.
  std::string instead_of{};
};

// What is different in the same product, later or under another policy.
struct Change {
  engine::Deltas deltas;
  engine::Turnover elements;
};

// A product as it stood after its last change; once it is published it never changes itself. What is
// derived of it is asked for here, by any thread; `live` itself is the writer's, before that.
class ProductView {
 public:
  ProductView(engine::LiveProduct product, std::uint64_t policy_revision)
      : live(std::move(product)), revision(policy_revision) {}
  ProductView(const ProductView& other);

  const engine::Product& facts() const { return live.facts(); }
  const engine::Model& model() const;
  // Visits a row of each test, of every suite or of the one that is named. Asks nothing else of the product meanwhile.
  void each_test(std::string_view suite, const std::function<void(engine::TestRow)>& visit) const;
  // See engine::unmatched_of_run.
  std::vector<engine::Unmatched> unmatched_of_run(const std::string& suite, std::string_view run,
                                                  std::size_t count) const;
  // Another text wherever the product may look different: after a fact, a reload, or when time has changed
  // it. Its ETag.
  std::string version() const;
  // The version of its review: another text where that shows something else. A fact that the review does
  // not show leaves it as it is.
  std::string review_version() const;

  // The same facts under another policy (LiveProduct::under, carried_to); the revision stays.
  std::shared_ptr<ProductView> under(engine::Policy policy, Instant now) const;
  std::shared_ptr<ProductView> carried_to(engine::Policy policy) const;

  // Forgets what is derived, until it is asked for again.
  void cool() const;
  bool is_cool() const;

  engine::LiveProduct live;
  std::uint64_t revision = 0;             // of the policy under which it was evaluated
  std::vector<engine::TicketNote> notes;  // when its tickets were compared last

 private:
  friend Change change(const ProductView& before, const ProductView& after);
  mutable std::mutex mutex_;  // guards what `live` derives when it is asked
};

Change change(const ProductView& before, const ProductView& after);

std::string review_version_of(const engine::Model& model, std::uint64_t revision);

struct PostedFact {
  engine::FactBody body;
  std::optional<Instant> at;  // nullopt: when it arrives; never later than that
};

// What a poster saw of an answer or a decision when it changed it: the posting is refused where somebody has
// said something else of the same thing meanwhile.
struct Seen {
  std::string pointer;     // of the posting's JSON, for the refusal
  std::string component;   // of an answer
  std::string question;    // by id or name; empty: this is of a decision
  std::string element;     // of a decision
  std::string aspect;      // as engine::DecisionKey
  engine::RawValue value;  // monostate: no answer, no decision; of a decision its state or value
};

// An approval of what the approver saw.
struct Approval {
  std::optional<std::vector<std::string>> elements;  // nullopt: all that the review shows
  std::optional<std::string> version;                // of the review that was seen
};

// An answer to a request with an Idempotency-Key, kept for limits::idempotency_hours.
struct Reply {
  static constexpr int in_parts =
      0;  // a status: the request's parts have their replies under keys of their own
  std::string request_hash;
  int status = 0;
  std::string body;
};

struct Posted;

// A posting whose answer is stored in the transaction of its facts, so that it is never applied twice.
struct Keyed {
  std::string key;    // of this posting
  std::string whole;  // the request's key, if the posting is one part of it; empty: it is all
  std::string request_hash;
  // What is stored, asked for by the writer when the posting is decided and not yet durable.
  std::function<Reply(const Posted&)> answer;
};

struct Posting {
  std::string product;
  std::vector<PostedFact> facts;  // applied as one change, or refused whole
  std::string poster;
  bool make_product = false;            // PUT: the product may be new
  std::optional<std::string> if_match;  // the product's version must be this
  std::vector<Seen> seen;               // must be so still
  std::optional<Approval> approval;     // becomes a fact when the writer decides
  bool apart = false;  // facts that are wrong are left out; then neither of the three above
  std::optional<Keyed> keyed = std::nullopt;
  // What the poster is to be told of the product with these facts, beside the changes. Of a large posting it is asked beside the
  // writer, so it may take some time.
  std::function<std::string(const ProductView&)> tell{};
};

// Why a posting is refused, for those who answer it.
enum class Refusal : std::uint8_t {
  unknown,      // there is no such product
  conflict,     // something else was said meanwhile, or has to be said before
  outdated,     // the product is not at the version that the posting names
  invalid,      // the policy does not take it
  overloaded,   // too much is waiting: later
  unavailable,  // it could not be stored
};

struct PostError {
  Refusal why = Refusal::invalid;
  std::string title, detail;
  std::vector<engine::FactError> errors;
};

struct Posted {
  std::uint64_t seq = 0;     // of the posting's last fact
  std::uint64_t policy = 0;  // revision
  std::string change;        // the line of changes, JSON, as `replay` prints it
  std::shared_ptr<const ProductView> view;
  // Where Posting::apart, the line of each fact: the last that was taken has the changes of all.
  std::vector<Result<std::string, PostError>> each;
  std::optional<Reply> reply;  // where Posting::keyed, what was stored
  std::string told{};          // where Posting::tell, what it gave
};

// What a new policy would change in one product, or has changed.
struct ProductPlan {
  std::string product;
  double rating_before = 0, rating_after = 0;
  std::string change;                       // the line of changes, JSON
  std::string digest;                       // of what changes; other facts do not change it
  std::vector<std::string> added, removed;  // ids of risks, weaknesses and countermeasures
  std::size_t moved = 0;                    // risks that stay and are rated otherwise
  std::vector<std::string> opens, closes;   // tickets: "requirement:web.tls"
  std::vector<std::string> lost;            // answers and fields: "web.reach", "product.owner"
};

struct Plan {
  dsl::Compilation compilation;       // its diagnostics; program is null where there are errors
  std::vector<ProductPlan> products;  // those that change
  std::string hash;                   // of the policy, and of what it changes in which product
  std::vector<std::string> patterns;  // that are new, gone or different
  std::size_t products_seen = 0;
  std::size_t products_reached = 0;  // that a changed rule reaches: they were evaluated again
  bool same_policy = false;
};

struct ReloadResult {
  Plan plan;
  bool done = false;  // false: refused, the old policy stays
  std::uint64_t revision = 0;
};

struct Rollback {
  ReloadResult reloaded;
  std::uint64_t of = 0;  // the revision whose policy is in force again
};

// A status that tickets of a tracker have, and that no row of its status map reads.
struct UnreadStatus {
  std::string status;
  std::size_t tickets = 0;
};

struct TrackerState {
  std::string name, kind;
  std::vector<std::string> errors;  // that are not settled, each once; the newest first
  std::optional<Instant> last_poll;
  std::size_t pending = 0, held = 0;
  std::size_t withdrawn = 0;  // of both: tickets that are not wanted any more, and are looked for
  bool under_way = false;     // a sync has not been through it yet
  std::vector<UnreadStatus> unread;
  connectors::TrackerHealth health;
};

// What a tracker's configuration is worth against the live tracker.
struct TrackerCheck {
  std::string name, kind;
  std::vector<connectors::CheckFinding> findings;
  bool good() const {  // no error among them
    return std::none_of(findings.begin(), findings.end(), [](const auto& each) {
      return each.severity == connectors::CheckFinding::Severity::error;
    });
  }
};

struct ServiceState {
  // Four fifths of what the store may have are used.
  bool is_nearly_full() const { return store_bytes >= store_most_bytes / 5 * 4; }

  std::uint64_t last_seq = 0, store_bytes = 0;
  std::vector<std::pair<std::string_view, std::uint64_t>> store_tables;  // bytes of each, by name
  std::uint64_t store_most_bytes = 0;                                    // that the store may have
  std::uint64_t position = 0;  // of the log's newest entry
  std::string link;            // of that entry, hexadecimal; empty where there is none
  std::size_t products = 0, queued = 0;
  std::size_t preparing = 0;                   // of these, that wait for a large one
  std::chrono::milliseconds oldest_queued{0};  // for so long the first has waited for the writer
  std::chrono::milliseconds writer_busy{0};    // for so long the writer has been at the same work
  std::vector<TrackerState> trackers;
  std::vector<std::pair<std::string, std::size_t>>
      bands;                         // of ratings, the policy's in their order: products
  std::size_t unrouted_effects = 0;  // of products without a route
  std::size_t disputed_tickets = 0;
  bool is_damaged = false;           // the store is
  std::string write_error;           // why nothing can be stored; empty where it can
  bool is_restored = false;          // from a backup: all effects wait for a release
  std::int64_t clock_behind_ms = 0;  // the clock stands so far behind the newest time in the store
  std::size_t reached = 0,
              to_reach = 0;  // products that a plan or a reload has been through, of all
  Instant started;
};

struct PendingEffect {
  std::string key, product, ticket, element, kind, tracker, last_error, cause;
  bool held = false;
  bool withdrawn = false;  // a ticket that may have been made, and is only looked for
  int attempts = 0;
};

// Something that happened, for /v1/events: the line of changes or a notice, JSON.
struct Event {
  std::uint64_t position =
      0;             // of the log's entry that it follows from; several events may follow from one
  std::string type;  // "change", "policy"
  std::string product;
  std::string data;
};

// A revision of the policy that is in force, or was.
struct ArchivedPolicy {
  PolicyInForce compiled;  // by this riskd, of the texts that are kept
  std::string hash;        // as it was recorded
};

// A value that the record has otherwise than this riskd computes it.
struct Difference {
  std::string element;             // empty: of the product
  std::string value;               // "rating", "applies", "current", "state", …
  std::string recorded, computed;  // numbers as riskd prints them; empty: none
};

// What was recorded of a product up to a moment.
struct Recorded {
  std::uint64_t seq = 0;  // of its newest change, as the next ones
  Instant at;
  std::uint64_t policy = 0;             // revision
  std::vector<Difference> differences;  // from what is computed now
};

// A product as it was, or would have been, under a policy.
struct Then {
  Instant at;
  bool is_to_come = false;  // today's facts, at a later moment
  ArchivedPolicy policy;
  std::shared_ptr<const ProductView> view;
  std::optional<Recorded> recorded;  // nullopt: nothing was recorded of that
};

// Which facts, and which rules.
struct Moment {
  std::optional<Instant> at;              // facts that had been received by then; nullopt: today's
  std::optional<std::uint64_t> revision;  // nullopt: of the policy that was in force then
};

// A ticket, as its tracker calls it; the case of letters does not matter.
struct TicketPlace {
  std::string tracker, key;
};

// An interface with one implementation in the programs: the tests of the socket put another one before it, whose disk is
// full (tests/daemon/api_facts_test.cpp).
class Service {
 public:
  virtual ~Service() = default;  // stops the threads; what was answered is durable

  using OnPosted = std::function<void(Result<Posted, PostError>)>;
  virtual void post(Posting posting, OnPosted done) = 0;

  virtual std::shared_ptr<const ProductView> product(
      const std::string& id) const = 0;  // null: unknown
  // Sorted. With a ticket: those that know it, removed ones too.
  virtual std::vector<std::string> products(
      const std::optional<TicketPlace>& with = std::nullopt) const = 0;
  virtual PolicyInForce policy() const = 0;

  // Compiles `files` (name, text), or the configured paths where empty.
  using Files = std::vector<std::pair<std::string, std::string>>;
  virtual Result<dsl::Compilation> compile(const Files& files) const = 0;
  virtual Result<Plan> plan(const Files& files) const = 0;
  // Where `required_plan` is not empty: Error::conflict unless that is the hash of what would change.
  virtual Result<ReloadResult> reload(const Files& files, const std::string& poster,
                                      const std::string& required_plan) = 0;
  // Another configuration, with the policy of its files: all of it, or nothing where something of it cannot be used. Trackers that stay as
  // they are go on; effects that wait go where the routes say now. Error::unsupported names what takes a start: the store, and where riskd listens.
  virtual Result<ReloadResult> reconfigure(const Config& next, const std::string& poster) = 0;
  // Puts the policy of an earlier revision in force again, as a new revision; without one, of the newest that was another
  // policy. A start does not take the configured policy in its place, unless that has changed.
  virtual Result<Rollback> rollback(std::optional<std::uint64_t> revision,
                                    const std::string& poster) = 0;

  // Appends corrections to every product whose facts lie in the future of the clock, and lets time go on
  // from the clock. How many products that were.
  virtual Result<std::size_t> bring_back_times(const std::string& poster) = 0;

  // Asks the trackers now for the tickets of `product` (all where empty); `release` lets held effects go
  // first; `poster` asks for it. `begun` is called once they are asked, by this thread or one of the service. What they do then
  // shows in `state` (TrackerState).
  using OnBegun = std::function<void(Status)>;
  virtual void begin_sync(const std::string& product, bool release, const std::string& poster,
                          OnBegun begun) = 0;
  // The same, and waits for the facts that come of it, at most 30 s.
  virtual Status sync(const std::string& product, bool release, const std::string& poster) = 0;

  // Ends what the trackers are asked, and asks them nothing more: those who wait for them are answered. Facts are
  // still taken. For one who stops the service.
  virtual void stop_trackers() = 0;

  // Compares the configuration of the tracker called so, or of all where empty, with the live
  // tracker and the policy's status map. Error::not_found where there is none.
  virtual Result<std::vector<TrackerCheck>> check_trackers(const std::string& name) = 0;

  // Of a configured tracker: its kind and the secret of its webhooks. nullopt: there is none of this
  // name, or it takes no webhooks.
  struct Webhook {
    std::string kind, secret;
  };
  virtual std::optional<Webhook> webhook(const std::string& tracker) const = 0;

  // Somebody says that the ticket has changed: it is asked for soon. Nothing where it is unknown.
  virtual void hint(const std::string& tracker, const std::string& key) = 0;

  virtual std::vector<PendingEffect> effects(const std::string& product) const = 0;
  virtual ServiceState state() const = 0;

  // The past: facts and changes of a product, as the store has them, oldest first.
  struct HistoryEntry {
    std::uint64_t seq = 0;
    Instant at;
    std::optional<Instant> received;  // of a fact, where it is another time
    std::uint64_t policy = 0;         // the revision in force
    std::string kind;                 // "fact", "change"; "removed": up to here results are gone
    std::string poster;               // of a fact
    std::string cause;                // of a change
    std::string body;                 // JSON
  };
  virtual Result<std::vector<HistoryEntry>> history(const std::string& product, std::uint64_t after,
                                                    std::size_t limit) const = 0;

  // The product as it was then. Error::not_found where it, or the revision, was not there; Error::gone where retention
  // has removed what was said by then;
  // Error::unsupported where this riskd does not compile that policy.
  virtual Result<Then> then(const std::string& product, const Moment& moment) const = 0;

  // What riskd said of the product at the ends of UTC days, from `first` to `last`, oldest first; `limit` of them at
  // most. What comes later, with an earlier time, does not change it.
  using DayRecord = store::DayRecord;
  virtual Result<std::vector<DayRecord>> days(const std::string& product, Date first, Date last,
                                              std::size_t limit) const = 0;

  // Replays events of positions after `after` that are still known, then live ones; the listener is called
  // with all events of one position together. Error::not_found where `after` is too old. The subscription ends
  // when the answer is destroyed.
  using Listener = std::function<void(std::span<const Event>)>;
  virtual Result<std::shared_ptr<void>> subscribe(std::uint64_t after, Listener listener) = 0;

  // A commit has succeeded in the last limits::write_proof_seconds, or one does now, which is of no entry of the log: a
  // change would be stored. Waits for that at most limits::write_proof_patience_ms. The error says why not.
  virtual Status prove_write() = 0;

  virtual Tokens& tokens() = 0;
  virtual Meters& meters() = 0;
  virtual Instant now() const = 0;  // by the service's clock

  // The reply under a key. `remember` stores one of a request that posts nothing (see Posting::keyed); `done` is
  // called once it is stored, or cannot be, perhaps by another thread.
  virtual std::optional<Reply> remembered(const std::string& key) const = 0;
  virtual void remember(const std::string& key, const Reply& reply, std::function<void()> done) = 0;
};

// Opens store, policy and trackers as configured, brings every product up to date, and starts the
// threads. The errors say what to mend. `clock` gives the time of everything.
// `on_dead` is called, more than once, when the store takes nothing before another start of the process.
Result<std::unique_ptr<Service>> open_service(const Config& config, std::function<Instant()> clock,
                                              std::function<void()> on_dead = {});

}  // namespace riskd::service
