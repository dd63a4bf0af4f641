// The server on standard input and output.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <deque>

#include "daemon/lsp/message.hpp"
#include "daemon/lsp/server.hpp"
#include "engine/base/limits.hpp"

namespace riskd::lsp {
namespace {

using Clock = std::chrono::steady_clock;

// Diagnostics are published so long after the last change, so that they do not disturb typing.
constexpr std::chrono::milliseconds quiet_time{150};

bool write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

bool input_waits(int timeout_ms) {
  pollfd waiting{STDIN_FILENO, POLLIN, 0};
  return ::poll(&waiting, 1, timeout_ms) > 0;
}

// False at the end of the input.
bool read_some(MessageReader& reader) {
  static std::array<char, 64U << 10U> block;
  for (;;) {
    const ssize_t got = ::read(STDIN_FILENO, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    reader.feed({block.data(), static_cast<std::size_t>(got)});
    return true;
  }
}

// `$/cancelRequest` takes effect at once, before the request that it cancels is handled.
void look_for_cancellation(Server& server, const std::string& body) {
  constexpr std::string_view method = "$/cancelRequest";
  if (body.size() > 1'000 || body.find(method) == std::string::npos) return;
  json::error_code error;
  const json::value message = json::parse(body, error);
  if (error || !message.is_object()) return;
  const json::value* name = message.find_pointer("/method", error);
  const json::value* id = message.find_pointer("/params/id", error);
  if (name != nullptr && name->is_string() && name->get_string() == method && id != nullptr)
    server.cancel(*id);
}

}  // namespace

int serve(const std::string& rules_folder, const std::vector<std::string>& paths) {
  bool connected = true;
  Server server(rules_folder, paths, [&connected](const std::string& body) {
    connected = connected && write_all(frame(body));
  });
  MessageReader reader;
  std::deque<Result<std::string>> queue;
  Clock::time_point due = Clock::now();
  while (!server.finished() && connected) {
    int timeout_ms = -1;
    if (!queue.empty()) {
      timeout_ms = 0;
    } else if (server.has_news()) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(due - Clock::now());
      timeout_ms = static_cast<int>(std::max<std::int64_t>(0, left.count()));
    }
    if (queue.size() < limits::lsp_queue && input_waits(timeout_ms)) {
      const bool open = read_some(reader);
      while (auto message = reader.next()) {
        if (*message) look_for_cancellation(server, **message);
        queue.push_back(std::move(*message));
      }
      if (!open && queue.empty()) break;
      if (queue.empty() || (open && input_waits(0))) continue;
    }
    if (queue.empty()) {
      if (server.has_news() && Clock::now() >= due) server.publish_diagnostics();
      continue;
    }
    const Result<std::string> message = std::move(queue.front());
    queue.pop_front();
    const bool had_news = server.has_news();
    if (message)
      server.handle(*message);
    else
      server.refuse(message.error());
    const bool typed = message && message->find("didChange\"") != std::string::npos;
    if (server.has_news() && (typed || !had_news)) due = Clock::now() + quiet_time;
  }
  return server.exit_code();
}

}  // namespace riskd::lsp
