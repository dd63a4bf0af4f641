// Keeps what riskd says of each product at the end of each UTC day: a thread that evaluates beside the writer, and hands
// the records to it. Days that riskd has missed are evaluated when it starts.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "daemon/service/archive.hpp"
#include "daemon/service/periodic.hpp"
#include "daemon/service/shared.hpp"
#include "daemon/service/writer.hpp"

namespace riskd::service {

class DayKeeper {
 public:
  DayKeeper(Shared& shared, Writer& writer) : shared_(shared), writer_(writer) {}
  ~DayKeeper() { stop(); }

  // The writer has begun, and stops later. `archive` outlives it.
  void start(PolicyArchive& archive);
  void stop() { periodic_.stop(); }

 private:
  std::optional<Date> ended();
  void keep_until(Date last);
  void roll_up(const std::string& product, const ProductView& view, Date last);
  std::optional<Date> first_day(const std::string& product, Date last);
  bool flush(Date last);
  void say_skipped(const Error& error);

  Shared& shared_;
  Writer& writer_;
  PolicyArchive* archive_ = nullptr;
  Instant started_;
  Periodic periodic_;

  // Of the thread alone.
  std::optional<Date> kept_until_;    // the last day that is kept of every product
  std::map<std::string, Date> kept_;  // the last day that is kept, by product
  std::vector<std::string> taken_;    // products whose records wait in `records_`
  std::vector<std::pair<std::string, store::DayRecord>> records_;
  std::size_t late_ = 0;        // that were written since the last message
  std::set<std::string> said_;  // why days were skipped
  bool has_failed_ = false;     // the last try
};

}  // namespace riskd::service
