// Whatever a tracker answers, its connector gives a result or an error: see the libFuzzer manual. The first
// byte says which tracker, the second which call; then come answers, each a status byte and a body that
// ends with a zero byte. The last one is given again and again.
// Seeds: tests/fuzz/corpus/tracker.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "connectors/trackers/web_tracker.hpp"

namespace {

using namespace riskd;
using namespace riskd::connectors;

constexpr std::array statuses{200, 201, 204, 301, 400, 401, 403, 404, 409, 410, 422, 429};
constexpr int most_requests = 200;

class Answers final : public HttpSender {
 public:
  explicit Answers(std::string bytes) : bytes_(std::move(bytes)) {}

  Result<HttpResponse> send(HttpRequest) override {
    if (++requests_ > most_requests) return fail(ErrorCode::unavailable, "enough");
    if (at_ < bytes_.size()) {
      const auto status = static_cast<unsigned char>(bytes_[at_]);
      const std::size_t end = std::min(bytes_.find('\0', at_ + 1), bytes_.size());
      response_.status = statuses[status % statuses.size()];
      response_.body = bytes_.substr(at_ + 1, end - at_ - 1);
      response_.headers = {{"link", "<http://t.example/2>; rel=\"next\""},
                           {"location", "http://t.example/3"}};
      at_ = end + 1;
    }
    return response_;
  }

 private:
  const std::string bytes_;
  std::size_t at_ = 0;
  int requests_ = 0;
  HttpResponse response_{500, {}, {}};
};

// An error has a message.
template <typename T>
void look(const Result<T>& result) {
  if (!result && result.error().message.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  static constexpr std::array<const char*, 6> kinds{"github", "gitlab",  "jira",
                                                    "jira",   "redmine", "azure"};
  static constexpr std::array<const char*, 6> keys{"o/r#1", "o/r#1", "P-1", "P-1", "1", "1"};
  const std::size_t which = data[0] % kinds.size();
  Answers answers(std::string(reinterpret_cast<const char*>(data) + 2, size - 2));
  WebTrackerOptions options;
  options.name = "t";
  options.url = "http://t.example";
  options.user = "u@example.com";
  options.token = "secret";
  options.project = which < 2 ? "o/r" : "P";
  options.projects = {options.project};
  options.cloud = which == 2;
  options.close_path = {"In Progress", "Done"};
  options.reopen_path = {"To Do"};
  if (data[0] >= 128) options.marker_field = which == 5 ? "Custom.Riskd" : "riskd";
  options.first_wait = options.settle = options.write_pause = std::chrono::milliseconds(0);
  options.http = &answers;
  Instant now{1'795'392'000'000};
  options.clock = [&now] { return now.ms += 1, now; };
  const auto tracker = open_web_tracker(kinds[which], options);
  if (!tracker) std::abort();
  const std::string key = keys[which];
  const RichText text{{"policy ", false}, {"outside", true}};
  // Either any status will do, or one that the ticket hardly has.
  const std::string seen = data[1] >= 128 ? "open" : "";
  switch (data[1] % 8) {
    case 0: {
      NewTicket ticket;
      ticket.marker = std::string(64, 'a');
      ticket.title = ticket.body = text;
      ticket.priority = "High";
      look((*tracker)->create(ticket));
      break;
    }
    case 1:
      look((*tracker)->close(key, "effect", text, seen));
      break;
    case 2:
      look((*tracker)->reopen(key, "effect", text, seen));
      break;
    case 3:
      look((*tracker)->comment(key, "effect", text));
      break;
    case 4:
      look((*tracker)->link(key, which < 2 ? "o/r#2" : which < 4 ? "P-2" : "2"));
      break;
    case 5:
      look((*tracker)->list({Instant{}, {"p"}, {key}}));
      look((*tracker)->list({now, {"p"}, {key}}));
      break;
    case 6:
      (*tracker)->check();
      break;
    default: {
      TicketView ticket;
      ticket.key = key;
      ticket.state = "closed";
      ticket.status = "Done";
      look((*tracker)->origin(ticket));
    }
  }
  return 0;
}
