#include "daemon/riskctl/progress.hpp"

#include <unistd.h>

#include <chrono>
#include <utility>

#include "daemon/riskctl/output.hpp"

namespace riskd::riskctl {
namespace {

constexpr auto pause_between = std::chrono::milliseconds(200);
constexpr int ask_ms = 2'000;  // the end of the command may wait so long for the line to go

}  // namespace

Progress::Progress(const SharedOptions& options, Words words)
    : place_(place_of(options)), words_(std::move(words)) {
  if (isatty(STDERR_FILENO) == 1 && !options.json) thread_ = std::thread([this] { run(); });
}

Progress::~Progress() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  wake_.notify_all();
  thread_.join();
  if (drawn_) clear_progress();
}

void Progress::run() {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, pause_between, [this] { return done_; })) {
    lock.unlock();
    draw();
    lock.lock();
  }
}

void Progress::draw() {
  client::Request request;
  request.target = "/v1/health";
  if (!place_) return;
  const auto response = client::request(*place_, request, ask_ms);
  if (!response) return;
  json::error_code error;
  const json::value health = json::parse(response->body, error);
  if (error) return;
  const auto line = words_(health);
  if (!line) return;
  draw_progress(*line);
  drawn_ = true;
}

}  // namespace riskd::riskctl
