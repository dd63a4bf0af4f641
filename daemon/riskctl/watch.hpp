// Waits for rule files to change.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace riskd::riskctl {

// From here on SIGINT and SIGTERM end a watch instead of the program. Call once.
void stop_watching_on_signals();

// The rule files under some paths, as they were when they were last looked at. A file that is being
// replaced, or a folder that is gone for a moment, is a change like any other.
class WatchedFiles {
 public:
  explicit WatchedFiles(std::vector<std::string> paths);

  // Returns true once a file came, went or changed and the last change is a moment old, so that a
  // save of several files is one change; false once a signal asked to stop.
  bool wait_for_change();

 private:
  using Stamps = std::map<std::string, std::pair<long long, unsigned long long>>;  // time, size
  Stamps look() const;

  std::vector<std::string> paths_;
  Stamps seen_;
};

}  // namespace riskd::riskctl
