#include "daemon/store/day_record.hpp"

#include <bit>
#include <limits>

#include "daemon/store/fields.hpp"
#include "daemon/store/key.hpp"

namespace riskd::store {
namespace {

// The numbers of the counts, in the order of the record.
template <typename Counts, typename Visit>
void each_number(Counts& counts, const Visit& visit) {
  visit(counts.accepted);
  for (auto& count : counts.weaknesses) visit(count);
  for (auto& count : counts.countermeasures) visit(count);
  for (auto* count :
       {&counts.tickets_open, &counts.tickets_closed, &counts.tests_failed, &counts.tests_passed,
        &counts.tests_stale, &counts.tests_untested, &counts.tests_false_positive,
        &counts.tests_unmatched, &counts.open_questions}) {
    visit(*count);
  }
}

}  // namespace

std::string encode_day(const DayRecord& record) {
  FieldWriter writer(1);
  writer.number(record.policy)
      .number(std::bit_cast<std::uint64_t>(record.rating))
      .text(record.band)
      .number(record.is_approved ? 1 : 0)
      .number(record.counts.risks.size());
  for (const auto& [band, count] : record.counts.risks) writer.text(band).number(count);
  each_number(record.counts, [&](std::uint64_t count) { writer.number(count); });
  writer.moment(record.written).number(record.is_late ? 1 : 0).text(record.riskd);
  return writer.take();
}

std::optional<DayRecord> decode_day(Date day, std::string_view bytes) {
  FieldReader reader(bytes, 1);
  DayRecord record;
  record.day = day;
  record.policy = reader.number();
  record.rating = std::bit_cast<double>(reader.number());
  record.band = reader.text();
  record.is_approved = reader.flag();
  const std::uint64_t bands = reader.number();
  for (std::uint64_t i = 0; i < bands && reader.good(); ++i) {
    std::string band(reader.text());
    record.counts.risks.emplace_back(std::move(band), reader.number());
  }
  each_number(record.counts, [&](std::uint64_t& count) { count = reader.number(); });
  record.written = reader.moment();
  record.is_late = reader.flag();
  record.riskd = reader.text();
  if (!reader.whole()) return std::nullopt;
  return record;
}

std::string day_key(std::string_view product, Date day) {
  return product_key(product, static_cast<std::uint64_t>(day.days < 0 ? 0 : day.days));
}

std::optional<Date> day_of_key(std::string_view product, std::string_view key) {
  const std::string prefix = product_prefix(product);
  if (!key.starts_with(prefix)) return std::nullopt;
  const auto number = read_number_key(key.substr(prefix.size()));
  if (!number || *number > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return Date{static_cast<std::int32_t>(*number)};
}

}  // namespace riskd::store
