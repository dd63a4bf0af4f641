#include "daemon/riskctl/watch.hpp"

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>

namespace riskd::riskctl {
namespace {

namespace fs = std::filesystem;

volatile std::sig_atomic_t stop_asked = 0;

extern "C" void ask_to_stop(int) { stop_asked = 1; }

}  // namespace

void stop_watching_on_signals() {
  struct sigaction action {};
  action.sa_handler = ask_to_stop;
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

WatchedFiles::WatchedFiles(std::vector<std::string> paths)
    : paths_(std::move(paths)), seen_(look()) {}

WatchedFiles::Stamps WatchedFiles::look() const {
  Stamps stamps;
  const auto add = [&](const fs::path& path) {
    std::error_code error;
    const auto time = fs::last_write_time(path, error);
    if (error) return;
    const auto size = fs::file_size(path, error);
    if (!error)
      stamps[path.string()] = {static_cast<long long>(time.time_since_epoch().count()), size};
  };
  for (const std::string& path : paths_) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      add(path);
      continue;
    }
    for (fs::recursive_directory_iterator it(path, error), end; !error && it != end;
         it.increment(error)) {
      if (it->path().extension() == ".risk") add(it->path());
    }
  }
  return stamps;
}

bool WatchedFiles::wait_for_change() {
  using namespace std::chrono_literals;
  // Polled: it works on every file system, network mounts included, and costs next to nothing.
  while (stop_asked == 0) {
    std::this_thread::sleep_for(200ms);
    Stamps now = look();
    if (now == seen_) continue;
    for (Stamps later; stop_asked == 0; now = std::move(later)) {
      std::this_thread::sleep_for(100ms);
      later = look();
      if (later == now) break;
    }
    seen_ = std::move(now);
    return stop_asked == 0;
  }
  return false;
}

}  // namespace riskd::riskctl
