// socket_load SOCKET CLIENTS SECONDS PRODUCTS QUESTION VALUE VALUE…: clients that each post an answer to POST /v1/facts over
// a connection of their own, wait for its answer, and post the next one: to one of the products p0, p1, … at random, with
// the values in turn. One thread carries all of them, as redis-benchmark does. Prints one line of JSON: "posts", "refused",
// "seconds", and of the time from a post to its answer "p50", "p99" and "max", in microseconds.
#include <fmt/core.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace riskd::bench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void give_up(std::string_view what) {
  fmt::print(stderr, "socket_load: {}: {}\n", what, std::strerror(errno));
  std::exit(1);
}

struct Load {
  std::string socket;
  std::size_t clients = 0, seconds = 0, products = 0;
  std::string question;
  std::vector<std::string> values;
};

int connected(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) give_up("the path is too long");
  std::copy(path.begin(), path.end(), address.sun_path);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
    give_up(path);
  return fd;
}

class Client {
 public:
  Client(int fd, std::uint32_t seed) : fd_(fd), dice_(seed) {}

  int fd() const { return fd_; }
  Clock::time_point posted_at() const { return posted_at_; }

  void post(const Load& load) {
    const std::string& value = load.values[turn_++ % load.values.size()];
    const std::string body = fmt::format("{{\"product\":\"p{}\",\"answers\":{{\"{}\":{}}}}}\n",
                                         dice_() % load.products, load.question, value);
    const std::string request = fmt::format(
        "POST /v1/facts HTTP/1.1\r\nHost: riskd\r\nContent-Type: application/x-ndjson\r\n"
        "Content-Length: {}\r\n\r\n{}",
        body.size(), body);
    posted_at_ = Clock::now();
    // Smaller than any socket's buffer, which is empty.
    if (::write(fd_, request.data(), request.size()) != static_cast<ssize_t>(request.size()))
      give_up("write");
  }

  enum class Answer { part, taken, refused };
  Answer read() {
    std::array<char, 16'384> piece;
    const ssize_t bytes = ::read(fd_, piece.data(), piece.size());
    if (bytes <= 0) give_up("read");
    text_.append(piece.data(), static_cast<std::size_t>(bytes));
    const std::size_t head = text_.find("\r\n\r\n");
    if (head == std::string::npos) return Answer::part;
    constexpr std::string_view field = "Content-Length: ";
    const std::size_t length = text_.find(field);
    if (length > head) give_up("an answer without a length");
    std::size_t body = 0;
    std::from_chars(text_.data() + length + field.size(), text_.data() + head, body);
    if (text_.size() < head + 4 + body) return Answer::part;
    const bool is_taken = text_.compare(0, 12, "HTTP/1.1 200") == 0;
    if (!is_taken) last_refusal = text_;
    text_.clear();
    return is_taken ? Answer::taken : Answer::refused;
  }

  static inline std::string last_refusal;

 private:
  int fd_;
  std::minstd_rand dice_;
  std::size_t turn_ = 0;
  Clock::time_point posted_at_;
  std::string text_;  // of the answer, as far as it has come
};

double microseconds(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

void run(const Load& load) {
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  if (poll < 0) give_up("epoll");
  std::vector<Client> clients;
  for (std::size_t i = 0; i < load.clients; ++i)
    clients.emplace_back(connected(load.socket), static_cast<std::uint32_t>(i + 1));
  for (std::size_t i = 0; i < clients.size(); ++i) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (::epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].fd(), &event) != 0) give_up("epoll");
  }
  std::vector<double> times;
  std::size_t refused = 0;
  const Clock::time_point begin = Clock::now();
  const Clock::time_point end = begin + std::chrono::seconds(load.seconds);
  for (Client& client : clients) client.post(load);
  std::array<epoll_event, 256> events;
  for (std::size_t waiting = clients.size(); waiting > 0;) {
    const int count = ::epoll_wait(poll, events.data(), events.size(), 60'000);
    if (count <= 0) give_up("no answer in a minute");
    for (int i = 0; i < count; ++i) {
      Client& client = clients[events[static_cast<std::size_t>(i)].data.u64];
      const Client::Answer answer = client.read();
      if (answer == Client::Answer::part) continue;
      const Clock::time_point now = Clock::now();
      times.push_back(microseconds(now - client.posted_at()));
      if (answer == Client::Answer::refused) ++refused;
      if (now < end) {
        client.post(load);
      } else {
        --waiting;
      }
    }
  }
  const double seconds = microseconds(Clock::now() - begin) / 1e6;
  if (refused > 0) fmt::print(stderr, "refused: {}\n", Client::last_refusal);
  std::sort(times.begin(), times.end());
  fmt::print(
      "{{\"posts\": {}, \"refused\": {}, \"seconds\": {:.3f}, \"p50\": {:.0f}, \"p99\": {:.0f}, "
      "\"max\": {:.0f}}}\n",
      times.size(), refused, seconds, times[times.size() / 2], times[times.size() * 99 / 100],
      times.back());
}

std::size_t number(const char* text) {
  std::size_t value = 0;
  std::from_chars(text, text + std::strlen(text), value);
  if (value == 0) give_up(text);
  return value;
}

}  // namespace
}  // namespace riskd::bench

int main(int count, char** arguments) {
  using namespace riskd::bench;
  if (count < 7) {
    fmt::print(stderr, "usage: socket_load SOCKET CLIENTS SECONDS PRODUCTS QUESTION VALUE...\n");
    return 2;
  }
  Load load{arguments[1],         number(arguments[2]), number(arguments[3]),
            number(arguments[4]), arguments[5],         {arguments + 6, arguments + count}};
  run(load);
  return 0;
}
