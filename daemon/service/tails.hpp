// What has come to each product since its snapshot: how much a start would have to read.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace riskd::service {

struct Tail {
  std::string product;
  std::size_t bytes = 0;           // of facts since the snapshot
  std::size_t snapshot_bytes = 0;  // 0: there is none
  bool is_stale = false;           // what the snapshot has derived does not hold
};

// Used from any thread.
class Tails {
 public:
  // At the start.
  void set(std::vector<Tail> tails);
  // Facts were stored; a new policy is in force.
  void add(const std::string& product, std::size_t bytes);
  void policy_has_changed();

  // The tails that are due for a snapshot, which begin anew: those that are as long as the snapshot, so that what is
  // written and what is read stay in proportion to what is posted; and the longest, while all of them together pass
  // limits::tails_bytes.
  std::vector<Tail> take_due();
  std::vector<Tail> take_all();  // that are not empty, or stale
  // After take: the snapshot was stored; or it was not, and the tail is there still.
  void stored(const std::string& product, std::size_t snapshot_bytes);
  void put_back(const Tail& tail);

 private:
  Tail take(const std::string& product);

  std::mutex mutex_;                   // guards all below
  std::map<std::string, Tail> tails_;  // by product
  std::size_t bytes_ = 0;              // of all
  std::vector<std::string> due_;       // whose tail has become as long as the snapshot
};

}  // namespace riskd::service
