// Work in a child process: following damaged pages through a map can end a process, which then must not be ours.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "engine/base/result.hpp"

namespace riskd::store {

// A child that does some work. It has no threads but one, so the work must not wait for another. It has no open file of its
// parent, and ends with the thread that started it.
class Child {
 public:
  // `where` is the place that an error names if the work ends the child.
  static Result<std::unique_ptr<Child>> start(std::string where,
                                              const std::function<Status()>& work);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();  // ends the child, if it is still at work

  // What the work returned; Error::corrupt if it ended the child. Waits for that; once.
  Status wait();
  // Ends the child, from any thread while it exists: `wait` returns then.
  void end() const;

 private:
  Child(std::string where, pid_t child, int output)
      : where_(std::move(where)), child_(child), output_(output) {}

  const std::string where_;
  const pid_t child_;
  const int output_;
  bool is_over_ = false;
};

// Does `work` in a child and returns what it returned; Error::corrupt at `where` if it ended the child.
Status in_child(const std::string& where, const std::function<Status()>& work);

}  // namespace riskd::store
