// Keeps what the store must read at a start in proportion to what is live: a thread that takes snapshots of products
// beside the writer, and removes superseded results.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/service/periodic.hpp"
#include "daemon/service/retention.hpp"
#include "daemon/service/shared.hpp"
#include "daemon/service/writer.hpp"

namespace riskd::service {

class StoreKeeper {
 public:
  StoreKeeper(Shared& shared, Writer& writer) : shared_(shared), writer_(writer) {}
  ~StoreKeeper() { stop(); }

  void start();
  // Takes snapshots of all that has changed since the last one; the writer is still at work.
  void stop();

 private:
  void take_snapshots(const std::vector<Tail>& tails);
  bool store(std::vector<Tail>& tails, KeepWork work);
  bool is_removal_due(Instant now) const;
  void remove_results();
  bool remove(const std::string& product, Prune prune);
  void warn_when_full();

  Shared& shared_;
  Writer& writer_;
  Periodic periodic_;

  // Of the thread alone.
  bool has_failed_ = false;  // the last try
  bool has_warned_ = false;
  std::optional<Instant> cleaned_;  // when all products were last looked at for superseded results
};

}  // namespace riskd::service
