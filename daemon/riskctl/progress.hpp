// A line on the terminal that says how far the daemon is with what a command has asked for.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "daemon/riskctl/online.hpp"

namespace riskd::riskctl {

// Asks `/v1/health` again and again while it lives, and shows what `words` makes of the answer. Nothing with `--json`,
// or where standard error is no terminal.
class Progress {
 public:
  using Words = std::function<std::optional<Text>(const json::value& health)>;
  Progress(const SharedOptions& options, Words words);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress();  // the line is gone

 private:
  void run();
  void draw();

  const Result<client::Place> place_;
  const Words words_;
  std::mutex mutex_;  // guards done_
  std::condition_variable wake_;
  bool done_ = false;
  bool drawn_ = false;  // of the thread, and after it has ended
  std::thread thread_;
};

}  // namespace riskd::riskctl
