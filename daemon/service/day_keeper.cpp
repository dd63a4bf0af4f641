#include "daemon/service/day_keeper.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "daemon/service/day_roll.hpp"
#include "daemon/service/keep.hpp"
#include "engine/base/limits.hpp"

namespace riskd::service {
namespace {

constexpr std::chrono::milliseconds between_looks = std::chrono::seconds(1);
constexpr std::chrono::milliseconds after_a_failure = std::chrono::seconds(30);

}  // namespace

void DayKeeper::start(PolicyArchive& archive) {
  archive_ = &archive;
  started_ = writer_.newest_time();
  periodic_.start([this] {
    has_failed_ = false;
    if (const auto last = ended()) keep_until(*last);
    return has_failed_ ? after_a_failure : between_looks;
  });
}

// The day that ended last, by the writer's clock: all that was decided on it is visible. nullopt: not known now.
std::optional<Date> DayKeeper::ended() {
  if (!writer_.write_error().empty()) return std::nullopt;
  if (date_of(shared_.clock()) > date_of(writer_.newest_time()) &&
      !carried_out(writer_, KeepWork{})) {
    has_failed_ = true;
    return std::nullopt;
  }
  const Instant now = writer_.newest_time();
  if (now.ms == 0) return std::nullopt;
  return Date{date_of(now).days - 1};
}

void DayKeeper::keep_until(Date last) {
  if (kept_until_ && *kept_until_ > last) {
    kept_.clear();  // the clock was set back
    kept_until_.reset();
  }
  if (kept_until_ == last) return;
  for (const auto& [product, view] : shared_.live.views()) {
    roll_up(product, *view, last);
    if (periodic_.is_stopping() || has_failed_) return;
    if (records_.size() >= limits::days_batch && !flush(last)) return;
  }
  if (!flush(last)) return;
  kept_until_ = last;
  if (late_ > 0) {
    spdlog::info("{} ends of days of products, at which riskd did not run, were evaluated",
                 std::exchange(late_, 0));
  }
}

// The day after the last one that is kept of the product; nullopt if that cannot be read.
std::optional<Date> DayKeeper::first_day(const std::string& product, Date last) {
  const Date earliest{std::max(0, last.days - limits::days_back + 1)};
  const auto known = kept_.find(product);
  if (known != kept_.end()) return std::max(earliest, Date{known->second.days + 1});
  const auto newest = shared_.store->newest_day(product);
  if (!newest) {
    spdlog::error("the days of product `{}` cannot be read: {} {}", product, newest.error().message,
                  newest.error().where);
    return std::nullopt;
  }
  return *newest ? std::max(earliest, Date{(*newest)->day.days + 1}) : earliest;
}

void DayKeeper::roll_up(const std::string& product, const ProductView& view, Date last) {
  const auto first = first_day(product, last);
  if (!first || *first > last) return;
  const std::size_t before = records_.size();
  const Status done = service::roll_up(
      shared_, *archive_, view, {*first, last}, started_,
      [&](store::DayRecord record) {
        records_.emplace_back(product, std::move(record));
        return !periodic_.is_stopping();
      },
      [this](const Error& error) { say_skipped(error); });
  if (periodic_.is_stopping()) {
    records_.resize(before);
  } else if (!done) {
    spdlog::error("days of product `{}` are not kept: {} {}", product, done.error().message,
                  done.error().where);
  }
  taken_.push_back(product);
}

bool DayKeeper::flush(Date last) {
  const auto records = std::exchange(records_, {});
  const auto products = std::exchange(taken_, {});
  if (!records.empty()) {
    KeepWork work;
    work.days = records;
    has_failed_ = !carried_out(writer_, std::move(work));
    if (has_failed_) return false;
  }
  for (const std::string& product : products) kept_[product] = last;
  late_ += static_cast<std::size_t>(std::count_if(
      records.begin(), records.end(), [](const auto& each) { return each.second.is_late; }));
  return true;
}

// Once for each reason.
void DayKeeper::say_skipped(const Error& error) {
  if (!said_.insert(error.message).second) return;
  spdlog::warn("ends of days cannot be evaluated: {}", error.message);
}

}  // namespace riskd::service
