// What riskd said of a product at the ends of days.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "daemon/api/routes.hpp"

namespace riskd::api {
namespace {

constexpr Date first_of_all{0};
constexpr Date last_of_all{std::numeric_limits<std::int32_t>::max()};

// 400 where it is no day; `otherwise` where it was not given.
Result<Date, server::Response> query_day(const Call& call, const std::string& name,
                                         Date otherwise) {
  if (!call.has_query(name)) return otherwise;
  if (const auto day = parse_date(call.query(name))) return *day;
  return Unexpected(refusal(
      400, fmt::format("`{}` is a day such as 2026-11-23, not `{}`", name, call.query(name))));
}

// {"untested": 2, …}, each by its name.
template <typename Kind, std::size_t count>
json::object counts_json(const std::array<std::uint64_t, count>& counts) {
  json::object object;
  for (std::size_t i = 0; i < count; ++i)
    object[engine::to_string(static_cast<Kind>(i))] = counts[i];
  return object;
}

json::object tests_json(const service::Service::DayRecord& day) {
  const auto& counts = day.counts;
  return {{"failed", counts.tests_failed},
          {"passed", counts.tests_passed},
          {"stale", counts.tests_stale},
          {"untested", counts.tests_untested},
          {"false-positive", counts.tests_false_positive},
          {"unmatched", counts.tests_unmatched}};
}

json::object day_json(const service::Service::DayRecord& day) {
  json::object risks;
  for (const auto& [band, count] : day.counts.risks) risks[band] = count;
  json::object object;
  object["day"] = to_string(day.day);
  object["policy"] = day.policy;
  object["rating"] = to_json(day.rating);
  object["band"] = word_or_null(day.band);
  object["approved"] = day.is_approved;
  object["risks"] = std::move(risks);
  object["accepted"] = day.counts.accepted;
  object["weaknesses"] = counts_json<engine::Tested>(day.counts.weaknesses);
  object["countermeasures"] = counts_json<engine::State>(day.counts.countermeasures);
  object["tickets"] =
      json::object{{"open", day.counts.tickets_open}, {"closed", day.counts.tickets_closed}};
  object["tests"] = tests_json(day);
  object["open-questions"] = day.counts.open_questions;
  object["written"] = to_string(day.written);
  object["late"] = day.is_late;
  object["riskd"] = day.riskd;
  return object;
}

}  // namespace

void get_days(const CallPtr& call) {
  if (!call->service.product(call->product())) return call->reply(unknown_product(call->product()));
  auto limit = query_limit(*call);
  if (!limit) return call->reply(std::move(limit.error()));
  auto first = query_day(*call, "from", first_of_all);
  if (!first) return call->reply(std::move(first.error()));
  auto last = query_day(*call, "to", last_of_all);
  if (!last) return call->reply(std::move(last.error()));
  auto after = query_day(*call, "after", Date{-1});
  if (!after) return call->reply(std::move(after.error()));
  const Date begin = std::max(*first, Date{after->days + 1});
  const auto days = call->service.days(call->product(), begin, *last, *limit);
  if (!days) return call->reply(refusal(days.error(), *call->paths));
  json::array items;
  for (const auto& day : *days) items.push_back(day_json(day));
  json::value next;
  if (days->size() >= *limit) next = json::string(to_string(days->back().day));
  call->reply(list_answer(std::move(items), std::move(next)));
}

}  // namespace riskd::api
