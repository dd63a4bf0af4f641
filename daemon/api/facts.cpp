// Facts: posted, one JSON object a line, each answered by a line; and listed.
#include <fmt/core.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <utility>

#include "daemon/api/history_page.hpp"
#include "daemon/api/routes.hpp"
#include "daemon/wire/json.hpp"
#include "engine/base/limits.hpp"

namespace riskd::api {
namespace {

// How a line fared; the worst of all makes the status of the answer.
enum class Outcome : std::uint8_t { taken, forbidden, refused, not_stored };

// The answers to the lines, in their order. So many postings are waited for at once at most: the queue is
// not one client's.
class Answers {
 public:
  using Lines = std::vector<std::size_t>;

  explicit Answers(std::size_t lines = 0) : lines_(lines) {}

  std::size_t add() {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back();
    return lines_.size() - 1;
  }

  void set(std::size_t line, Outcome outcome, std::string text) {
    const std::lock_guard lock(mutex_);
    lines_[line] = {outcome, std::move(text)};
    worst_ = std::max(worst_, outcome);
  }

  // Some answers as they are stored: for each, how it fared, and its text.
  std::string to_text(const Lines& lines) {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const std::size_t line : lines) {
      text += lines_[line].outcome == Outcome::taken ? "taken " : "refused ";
      text += lines_[line].text + "\n";
    }
    return text;
  }
  // False where the text is of other lines.
  bool from_text(std::string_view text, const Lines& lines) {
    for (const std::size_t line : lines) {
      const std::size_t space = text.find(' ');
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos || space > end) return false;
      set(line, text.substr(0, space) == "taken" ? Outcome::taken : Outcome::refused,
          std::string(text.substr(space + 1, end - space - 1)));
      text.remove_prefix(end + 1);
    }
    return text.empty();
  }

  // A posting is about to be made; with none but itself where it is `alone`.
  void begin(bool alone) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ < (alone ? 1 : limits::writer_batch); });
    ++waiting_;
  }

  void end() {
    const std::lock_guard lock(mutex_);
    --waiting_;
    changed_.notify_all();
  }

  server::Response all() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ == 0; });
    server::Response response;
    response.content_type = "application/x-ndjson";
    response.status = status();
    if (worst_ == Outcome::not_stored) response.headers.emplace_back("Retry-After", "1");
    for (const Line& line : lines_) response.body += line.text + "\n";
    return response;
  }

 private:
  int status() const {
    switch (worst_) {
      case Outcome::taken:
        return 200;
      case Outcome::forbidden:
        return 403;
      case Outcome::refused:
        return 422;
      case Outcome::not_stored:
        return 503;
    }
    return 500;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t waiting_ = 0;  // guarded by mutex_, as the next
  Outcome worst_ = Outcome::taken;
  struct Line {
    Outcome outcome = Outcome::taken;
    std::string text;
  };
  std::vector<Line> lines_;
};

std::string refused(const Call& call, const std::string& product, const Error& error,
                    const std::vector<engine::FactError>& errors = {}) {
  const auto view = product.empty() ? nullptr : call.service.product(product);
  return wire::write_refusal(view ? view->live.facts().last_seq : 0, error, errors);
}

// The lines of one post. Those of components of one product that follow each other are one change.
class Lines {
 public:
  explicit Lines(const CallPtr& call) : call_(call) {}

  void take(std::string_view text) {
    const std::size_t line = answers_->add();
    const auto refuse = [&](Outcome outcome, const Error& error) {
      answers_->set(line, outcome, refused(*call_, "", error));
    };
    auto fact = wire::read_fact(text);
    if (!fact) return refuse(Outcome::refused, fact.error());
    const service::Role role = role_of(fact->body);
    if (!call_->caller.may(role, fact->product)) {
      // Without the right to read, the answer does not reveal what exists.
      return refuse(Outcome::forbidden,
                    {ErrorCode::forbidden,
                     "this needs the role `" + std::string(to_string(role)) +
                         "` for the product `" + fact->product + "`, which this peer does not have",
                     {}});
    }
    // Only the daemon itself can say that a ticket's change was its own.
    if (auto* ticket = std::get_if<engine::TicketFact>(&fact->body)) ticket->own = false;
    // Each may change all that is derived of the product.
    const bool joins = std::holds_alternative<engine::ComponentFact>(fact->body);
    if (!joins || !posting_.apart || posting_.product != fact->product ||
        posting_.facts.size() >= limits::facts_per_change)
      post();
    posting_.product = std::move(fact->product);
    posting_.apart = joins;
    posting_.facts.push_back({std::move(fact->body), fact->at});
    waiting_.push_back(line);
  }

  server::Response answer() {
    post();
    server::Response response = answers_->all();
    if (restored_ > 0 && posted_ == 0)
      response.headers.emplace_back("Idempotency-Replayed", "true");
    return response;
  }

 private:
  // What was collected.
  void post() {
    if (waiting_.empty()) return;
    // One after the other: what others post meanwhile comes in between.
    answers_->begin(posting_.facts.size() > 1);
    service::Posting posting = std::exchange(posting_, {});
    const Answers::Lines lines = std::exchange(waiting_, {});
    posting.poster = poster_;
    if (call_->key && !take_key(posting, lines)) {
      ++restored_;
      return answers_->end();
    }
    ++posted_;
    auto done = [call = call_, answers = answers_, product = posting.product, lines](auto posted) {
      answer_lines(*call, *answers, product, lines, std::move(posted));
      answers->end();
    };
    post_counted(*call_, std::move(posting), std::move(done));
  }

  // The posting's part of the request's key. False where it was applied before: its lines are answered from what was
  // stored then.
  bool take_key(service::Posting& posting, const Answers::Lines& lines) {
    Call::Key& key = *call_->key;
    key.is_taken = true;
    const std::string part = fmt::format("{} {}", key.name, lines.front());
    const auto known = call_->service.remembered(part);
    if (known && known->request_hash == key.request_hash && answers_->from_text(known->body, lines))
      return false;
    posting.keyed = service::Keyed{
        part, key.name, key.request_hash,
        [call = call_, product = posting.product, lines](const service::Posted& posted) {
          Answers stored(lines.back() + 1);
          answer_lines(*call, stored, product, lines, posted);
          return service::Reply{"", 200, stored.to_text(lines)};
        }};
    return true;
  }

  using Told = Result<service::Posted, service::PostError>;
  static void answer_lines(const Call& call, Answers& answers, const std::string& product,
                           const Answers::Lines& lines, Told posted) {
    for (std::size_t i = 0; i < lines.size(); ++i) {
      if (!posted) {
        refuse(call, answers, product, lines[i], posted.error());
      } else if (posted->each.empty()) {
        answers.set(lines[i], Outcome::taken, std::move(posted->change));
      } else if (posted->each[i]) {
        answers.set(lines[i], Outcome::taken, std::move(*posted->each[i]));
      } else {
        refuse(call, answers, product, lines[i], posted->each[i].error());
      }
    }
  }

  static void refuse(const Call& call, Answers& answers, const std::string& product,
                     std::size_t line, const service::PostError& error) {
    using service::Refusal;
    const bool may_be_tried_again =
        error.why == Refusal::overloaded || error.why == Refusal::unavailable;
    const ErrorCode code = error.why == Refusal::unknown    ? ErrorCode::not_found
                           : error.why == Refusal::conflict ? ErrorCode::conflict
                           : may_be_tried_again             ? ErrorCode::unavailable
                                                            : ErrorCode::invalid;
    const std::string message = error.detail.empty() ? error.title : error.detail;
    answers.set(line, may_be_tried_again ? Outcome::not_stored : Outcome::refused,
                refused(call, product, {code, message, {}}, error.errors));
  }

  const CallPtr& call_;
  const std::string poster_ = call_->caller.name();
  const std::shared_ptr<Answers> answers_ = std::make_shared<Answers>();
  service::Posting posting_;
  Answers::Lines waiting_;                 // those of `posting_`
  std::size_t posted_ = 0, restored_ = 0;  // postings: made, and answered from before
};

}  // namespace

void post_facts(const CallPtr& call) {
  auto text = body_text(call->request);
  if (!text) return call->reply(std::move(text.error()));
  Lines lines(call);
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    lines.take(line);
  }
  call->reply(lines.answer());
}

void get_facts(const CallPtr& call) {
  auto page = read_history_page(*call);
  if (!page) return call->reply(std::move(page.error()));
  json::array items;
  for (const service::Service::HistoryEntry& entry : page->entries) {
    if (entry.kind != "fact") continue;
    json::object item;
    item["seq"] = entry.seq;
    item["at"] = to_string(entry.at);
    if (entry.received) item["received"] = to_string(*entry.received);
    item["poster"] = entry.poster;
    item["product"] = call->product();
    json::value body = stored_json(entry.body);
    if (body.is_object()) {
      for (auto& member : body.get_object()) item[member.key()] = std::move(member.value());
    }
    items.push_back(std::move(item));
  }
  call->reply(list_answer(std::move(items), std::move(page->next)));
}

}  // namespace riskd::api
