#include "daemon/api/facts_post.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/wire/json.hpp"
#include "engine/base/limits.hpp"

namespace riskd::api {
namespace {

// How a line fared; the worst of all makes the status of the answer.
enum class Outcome : std::uint8_t { taken, forbidden, refused, not_stored };

using LineNumbers = std::vector<std::size_t>;

// The answers to the lines, in their order. Usable from any thread.
class Answers {
 public:
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
  std::string to_text(const LineNumbers& lines) const {
    const std::lock_guard lock(mutex_);
    std::string text;
    for (const std::size_t line : lines) {
      text += lines_[line].outcome == Outcome::taken ? "taken " : "refused ";
      text += lines_[line].text + "\n";
    }
    return text;
  }
  // False where the text is of other lines.
  bool from_text(std::string_view text, const LineNumbers& lines) {
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

  server::Response all() const {
    const std::lock_guard lock(mutex_);
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

  struct Line {
    Outcome outcome = Outcome::taken;
    std::string text;
  };
  mutable std::mutex mutex_;
  Outcome worst_ = Outcome::taken;  // guarded by mutex_, as the next
  std::vector<Line> lines_;
};

// How many postings of one post wait for the writer: the queue is not one client's. Usable from any thread.
class Waiting {
 public:
  // Whether a posting may begin beside less than `most` others; it waits then. Otherwise `end` will say when to try again.
  bool begin(std::size_t most) {
    const std::lock_guard lock(mutex_);
    most_ = most;
    is_paused_ = waiting_ >= most_;
    if (!is_paused_) ++waiting_;
    return !is_paused_;
  }

  enum class Next : std::uint8_t { wait, go_on, answer };
  // A posting is answered.
  Next end() {
    const std::lock_guard lock(mutex_);
    --waiting_;
    if (is_paused_ && waiting_ < most_) {
      is_paused_ = false;
      return Next::go_on;
    }
    return has_all_ && waiting_ == 0 ? Next::answer : Next::wait;
  }
  // All have begun.
  Next begun_all() {
    const std::lock_guard lock(mutex_);
    has_all_ = true;
    return waiting_ == 0 ? Next::answer : Next::wait;
  }

 private:
  std::mutex mutex_;
  std::size_t waiting_ = 0;  // guarded by mutex_, as all below
  std::size_t most_ = 0;
  bool is_paused_ = false;
  bool has_all_ = false;
};

std::string refused(const Call& call, const std::string& product, const Error& error,
                    const std::vector<engine::FactError>& errors = {}) {
  const auto view = product.empty() ? nullptr : call.service.product(product);
  return wire::write_refusal(view ? view->live.facts().last_seq : 0, error, errors);
}

void refuse(const Call& call, Answers& answers, const std::string& product, std::size_t line,
            const service::PostError& error) {
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

void answer_lines(const Call& call, Answers& answers, const std::string& product,
                  const LineNumbers& lines, Result<service::Posted, service::PostError> posted) {
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

// Lines of components of one product that follow each other are one change. One thread at a time takes lines.
class FactsPost : public std::enable_shared_from_this<FactsPost> {
 public:
  FactsPost(CallPtr call, std::string text) : call_(std::move(call)), text_(std::move(text)) {}

  void go_on() {
    for (;;) {
      if (!next_) next_ = read_fact();
      // What was collected comes first; it waits where others wait already.
      if (!(next_ && joins(*next_)) && !post()) return;
      if (!next_) break;
      collect(*std::exchange(next_, std::nullopt));
    }
    if (waiting_.begun_all() == Waiting::Next::answer) answer();
  }

 private:
  struct NumberedFact {
    std::size_t line;
    wire::FactLine fact;
  };

  std::string_view read_line() {
    const std::string_view rest = std::string_view(text_).substr(read_);
    const std::string_view line = rest.substr(0, rest.find('\n'));
    read_ = std::min(text_.size(), read_ + line.size() + 1);
    return line;
  }

  // The next line that may be posted; those before it that may not are answered.
  std::optional<NumberedFact> read_fact() {
    while (read_ < text_.size()) {
      const std::string_view text = read_line();
      if (text.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      const std::size_t line = answers_.add();
      auto fact = wire::read_fact(text);
      if (!fact) {
        answers_.set(line, Outcome::refused, refused(*call_, "", fact.error()));
        continue;
      }
      const service::Role role = role_of(fact->body);
      if (!call_->caller.may(role, fact->product)) {
        // Without the right to read, the answer does not reveal what exists.
        const Error error{ErrorCode::forbidden,
                          fmt::format("this needs the role `{}` for the product `{}`, which this "
                                      "peer does not have",
                                      to_string(role), fact->product),
                          {}};
        answers_.set(line, Outcome::forbidden, refused(*call_, "", error));
        continue;
      }
      if (auto* ticket = std::get_if<engine::TicketFact>(&fact->body)) {
        if (is_of_others(*ticket, fact->product)) {
          const Error error{ErrorCode::forbidden,
                            "this is the ticket of another product, for which this peer does not "
                            "have the role `tracker`",
                            {}};
          answers_.set(line, Outcome::forbidden, refused(*call_, "", error));
          continue;
        }
        // Only the daemon itself can say that a ticket's change was its own.
        ticket->own = false;
      }
      return NumberedFact{line, std::move(*fact)};
    }
    return std::nullopt;
  }

  // Whether it is the ticket of a product on which the caller has no say: riskd would write to it.
  bool is_of_others(const engine::TicketFact& ticket, const std::string& product) const {
    if (ticket.key.empty() || call_->caller.may(service::Role::tracker, "")) return false;
    const auto products = call_->service.products({{ticket.tracker, ticket.key}});
    return std::any_of(products.begin(), products.end(), [&](const std::string& each) {
      return each != product && !call_->caller.may(service::Role::tracker, each);
    });
  }

  // Whether it is part of the change that is collected. Each part may change all that is derived of the product.
  bool joins(const NumberedFact& next) const {
    return std::holds_alternative<engine::ComponentFact>(next.fact.body) && posting_.apart &&
           posting_.product == next.fact.product &&
           posting_.facts.size() < limits::facts_per_change;
  }

  void collect(NumberedFact next) {
    posting_.product = std::move(next.fact.product);
    posting_.apart = std::holds_alternative<engine::ComponentFact>(next.fact.body);
    posting_.facts.push_back({std::move(next.fact.body), next.fact.at});
    lines_.push_back(next.line);
  }

  // What was collected. False where it must wait: `go_on` will be called again.
  bool post() {
    if (lines_.empty()) return true;
    // One after the other: what others post meanwhile comes in between.
    if (!waiting_.begin(posting_.facts.size() > 1 ? 1 : most_waiting())) return false;
    service::Posting posting = std::exchange(posting_, {});
    LineNumbers lines = std::exchange(lines_, {});
    posting.poster = poster_;
    if (call_->key && !take_key(posting, lines)) {
      ++restored_;
      waiting_.end();  // nothing waits for it: lines are being taken
      return true;
    }
    ++posted_;
    call_->postings->begin(account_);
    auto done = [self = shared_from_this(), product = posting.product,
                 numbers = std::move(lines)](auto posted) {
      self->call_->postings->end(self->account_);
      answer_lines(*self->call_, self->answers_, product, numbers, std::move(posted));
      self->ended();
    };
    post_counted(*call_, std::move(posting), std::move(done));
    return true;
  }

  // A post always has a few, so that it goes on as soon as they are answered.
  std::size_t most_waiting() const {
    const bool is_much = call_->postings->waiting(account_) >= limits::peer_postings;
    return is_much ? limits::few_postings : limits::writer_batch;
  }

  void ended() {
    switch (waiting_.end()) {
      case Waiting::Next::wait:
        return;
      case Waiting::Next::go_on:
        return call_->resume(
            [self = shared_from_this()] { carry_out(*self->call_, [&] { self->go_on(); }); });
      case Waiting::Next::answer:
        return answer();
    }
  }

  void answer() {
    server::Response response = answers_.all();
    if (restored_ > 0 && posted_ == 0)
      response.headers.emplace_back("Idempotency-Replayed", "true");
    call_->reply(std::move(response));
  }

  // The posting's part of the request's key. False where it was applied before: its lines are answered from what was
  // stored then.
  bool take_key(service::Posting& posting, const LineNumbers& lines) {
    Call::Key& key = *call_->key;
    key.is_taken = true;
    // No request's key begins so, whatever a client sends as its Idempotency-Key.
    const std::string part = fmt::format("{}/{}", lines.front(), key.name);
    const auto known = call_->service.remembered(part);
    if (known && known->request_hash == key.request_hash && answers_.from_text(known->body, lines))
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

  const CallPtr call_;
  const std::string text_;
  const std::string poster_ = call_->caller.name();
  const std::string account_ = call_->caller.account();
  Answers answers_;
  Waiting waiting_;
  std::size_t read_ = 0;  // bytes of the text; all below is of the thread that takes lines
  std::optional<NumberedFact> next_;       // was read, and waits for what was collected
  service::Posting posting_;               // what was collected
  LineNumbers lines_;                      // of that
  std::size_t posted_ = 0, restored_ = 0;  // postings: made, and answered from before
};

}  // namespace

void take_lines(const CallPtr& call, std::string text) {
  std::make_shared<FactsPost>(call, std::move(text))->go_on();
}

}  // namespace riskd::api
