// The stream of facts: one JSON object a line, each answered by a line.
#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "daemon/api/routes.hpp"
#include "daemon/wire/json.hpp"
#include "engine/limits.hpp"

namespace riskd::api {
namespace {

// How a line fared; the worst of all makes the status of the answer.
enum class Outcome : std::uint8_t { taken, forbidden, refused, not_stored };

// The answers to the lines, in their order, of which at most so many are waited for at once: the
// queue is not one client's.
class Answers {
 public:
  std::size_t begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ < limits::writer_batch; });
    ++waiting_;
    lines_.emplace_back();
    return lines_.size() - 1;
  }

  void end(std::size_t line, Outcome outcome, std::string text) {
    const std::lock_guard lock(mutex_);
    lines_[line] = std::move(text);
    worst_ = std::max(worst_, outcome);
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
    for (const std::string& line : lines_) response.body += line + "\n";
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
  std::vector<std::string> lines_;
};

std::string refused(const Call& call, const std::string& product, const Error& error,
                    const std::vector<engine::FactError>& errors = {}) {
  const auto view = product.empty() ? nullptr : call.service.product(product);
  return wire::write_refusal(view ? view->live.facts().last_seq : 0, error, errors);
}

void take_line(const CallPtr& call, std::string_view text,
               const std::shared_ptr<Answers>& answers) {
  const std::size_t line = answers->begin();
  auto fact = wire::read_fact(text);
  if (!fact) return answers->end(line, Outcome::refused, refused(*call, "", fact.error()));
  const service::Role role = role_of(fact->body);
  if (!call->caller.may(role, fact->product)) {
    Error error{ErrorCode::forbidden,
                "this needs the role `" + std::string(to_string(role)) + "` for the product `" +
                    fact->product + "`, which this peer does not have",
                {}};
    // What there is is not told to those who may not see it.
    return answers->end(line, Outcome::forbidden, wire::write_refusal(0, error, {}));
  }
  // Only the daemon itself can say that a ticket's change was its own.
  if (auto* ticket = std::get_if<engine::TicketFact>(&fact->body)) ticket->own = false;
  service::Posting posting;
  posting.product = fact->product;
  posting.poster = call->caller.name();
  posting.facts.push_back({std::move(fact->body), fact->at});
  call->service.post(
      std::move(posting), [call, answers, line, product = fact->product](auto posted) {
        if (posted) return answers->end(line, Outcome::taken, std::move(posted->change));
        const service::PostError& error = posted.error();
        const bool may_be_tried_again = error.status >= 429;  // the queue is full, or the disk
        const ErrorCode code = error.status == 404   ? ErrorCode::not_found
                               : error.status == 409 ? ErrorCode::conflict
                               : may_be_tried_again  ? ErrorCode::unavailable
                                                     : ErrorCode::invalid;
        const std::string message = error.detail.empty() ? error.title : error.detail;
        answers->end(line, may_be_tried_again ? Outcome::not_stored : Outcome::refused,
                     refused(*call, product, {code, message, {}}, error.errors));
      });
}

}  // namespace

void post_facts(const CallPtr& call) {
  auto text = body_text(call->request);
  if (!text) return call->reply(std::move(text.error()));
  const auto answers = std::make_shared<Answers>();
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    take_line(call, line, answers);
  }
  call->reply(answers->all());
}

}  // namespace riskd::api
