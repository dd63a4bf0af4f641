// What riskd counts and times of its own work, for /v1/metrics. Counters and histograms are those of prometheus-cpp: any
// thread may count, and nobody waits longer than for another thread that counts the same.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "engine/base/result.hpp"

namespace riskd::service {

// Why a product was evaluated.
enum class Evaluated : std::uint8_t {
  posting,  // the writer applied facts
  large,    // a large posting, beside the writer
  time,     // something was due
  policy,   // a plan or a reload
};
inline constexpr std::array evaluated_words = {"posting", "large-posting", "time", "policy"};

enum class Reload : std::uint8_t { done, refused, failed };
inline constexpr std::array reload_words = {"done", "refused", "failed"};

class Meters {
 public:
  Meters();

  prometheus::Registry registry;  // of all that follows; others may add families of their own

  // The writer's batches: from when it takes one until all are answered; of that the commit; and what it takes at once.
  prometheus::Histogram& batch_seconds;
  prometheus::Histogram& commit_seconds;
  prometheus::Histogram& batch_works;
  prometheus::Counter& commit_failures;
  prometheus::Counter& read_errors;

  prometheus::Histogram& evaluation(Evaluated why) { return *evaluations_[index(why)]; }
  prometheus::Histogram& plan_seconds;
  prometheus::Counter& reload(Reload outcome) { return *reloads_[index(outcome)]; }

  prometheus::Family<prometheus::Counter>& tracker_calls;
  prometheus::Family<prometheus::Histogram>& tracker_call_seconds;

  // How many lines of the log were left out since nobody read it. Set before anybody asks; may be empty.
  std::function<std::uint64_t()> log_lines_left_out;

  // What was read of the store, or a failure, which counts where the store is at fault.
  template <typename T>
  Result<T> counted_read(Result<T> read) {
    if (!read && is_fault_of_store(read.error().code)) read_errors.Increment();
    return read;
  }

 private:
  template <typename Word>
  static std::size_t index(Word word) {
    return static_cast<std::size_t>(word);
  }
  static bool is_fault_of_store(ErrorCode code) {
    return code == ErrorCode::corrupt || code == ErrorCode::unavailable;
  }

  std::array<prometheus::Histogram*, evaluated_words.size()> evaluations_{};
  std::array<prometheus::Counter*, reload_words.size()> reloads_{};
};

// As a label names it.
std::string_view to_word(ErrorCode code);

// For histograms of times, in seconds.
const prometheus::Histogram::BucketBoundaries& short_times();  // from 50 µs to 1 s
const prometheus::Histogram::BucketBoundaries& times();        // from 1 ms to 30 s

// Observes, at its end, how long it was there.
class Timed {
 public:
  explicit Timed(prometheus::Histogram& histogram) : histogram_(histogram) {}
  ~Timed() {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun_;
    histogram_.Observe(took.count());
  }
  Timed(const Timed&) = delete;
  Timed& operator=(const Timed&) = delete;

 private:
  prometheus::Histogram& histogram_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

}  // namespace riskd::service
