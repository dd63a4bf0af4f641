#include "daemon/service/meters.hpp"

#include <string>

namespace riskd::service {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildHistogram;
using prometheus::Histogram;
using prometheus::Registry;

const Histogram::BucketBoundaries& batch_sizes() {
  static const Histogram::BucketBoundaries bounds{1, 2, 4, 8, 16, 32, 64, 128, 256};
  return bounds;
}

Histogram& histogram(Registry& registry, const char* name, const char* help,
                     const Histogram::BucketBoundaries& bounds) {
  return BuildHistogram().Name(name).Help(help).Register(registry).Add({}, bounds);
}

prometheus::Counter& counter(Registry& registry, const char* name, const char* help) {
  return BuildCounter().Name(name).Help(help).Register(registry).Add({});
}

}  // namespace

const Histogram::BucketBoundaries& short_times() {
  static const Histogram::BucketBoundaries bounds{0.00005, 0.0002, 0.001, 0.005, 0.02, 0.1, 0.5, 1};
  return bounds;
}

const Histogram::BucketBoundaries& times() {
  static const Histogram::BucketBoundaries bounds{0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 30};
  return bounds;
}

Meters::Meters()
    : batch_seconds(histogram(registry, "riskd_batch_seconds",
                              "Time of the writer's batches, from when it takes one until all are "
                              "answered.",
                              times())),
      commit_seconds(histogram(registry, "riskd_commit_seconds",
                               "Time of the store's commits: nearly all of it is writing to the "
                               "disk, and the wait until that is durable.",
                               times())),
      batch_works(histogram(registry, "riskd_batch_works",
                            "What the writer takes at once: postings, and all else that is stored.",
                            batch_sizes())),
      commit_failures(
          counter(registry, "riskd_commit_failures_total", "Batches that could not be stored.")),
      read_errors(
          counter(registry, "riskd_store_read_errors_total", "Reads of the store that failed.")),
      plan_seconds(histogram(registry, "riskd_policy_plan_seconds",
                             "Time to find out what a policy would change in all products: for a "
                             "plan, a reload or a rollback.",
                             times())),
      tracker_calls(BuildCounter()
                        .Name("riskd_tracker_calls_total")
                        .Help("What trackers were asked to do, by outcome: ok, or why not.")
                        .Register(registry)),
      tracker_call_seconds(BuildHistogram()
                               .Name("riskd_tracker_call_seconds")
                               .Help("Time of what trackers were asked to do, all requests of it.")
                               .Register(registry)) {
  auto& evaluations = BuildHistogram()
                          .Name("riskd_evaluation_seconds")
                          .Help("Time to evaluate one product, by cause.")
                          .Register(registry);
  for (std::size_t i = 0; i < evaluated_words.size(); ++i)
    evaluations_[i] = &evaluations.Add({{"cause", evaluated_words[i]}}, short_times());
  auto& reloads =
      BuildCounter()
          .Name("riskd_policy_reloads_total")
          .Help(
              "Reloads of riskd.toml or the policy, and rollbacks, by outcome: done, refused for "
              "what they say, or failed.")
          .Register(registry);
  for (std::size_t i = 0; i < reload_words.size(); ++i)
    reloads_[i] = &reloads.Add({{"outcome", reload_words[i]}});
}

std::string_view to_word(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid:
      return "invalid";
    case ErrorCode::too_large:
      return "too-large";
    case ErrorCode::not_found:
      return "not-found";
    case ErrorCode::gone:
      return "gone";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::unsupported:
      return "unsupported";
    case ErrorCode::forbidden:
      return "forbidden";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::corrupt:
      return "corrupt";
  }
  return "invalid";
}

}  // namespace riskd::service
