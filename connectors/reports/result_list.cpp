#include "connectors/reports/result_list.hpp"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "engine/base/limits.hpp"

namespace riskd::connectors {
namespace {

std::size_t bytes_of(const std::vector<std::string>& list) {
  std::size_t bytes = 0;
  for (const std::string& text : list) bytes += text.size();
  return bytes;
}

std::size_t bytes_of(const ReportResult& result) {
  std::size_t bytes = result.id.size() + result.title.size() + result.severity.size() +
                      result.confidence.size() + result.scope.size() + result.message.size() +
                      result.url.size() + bytes_of(result.aliases) + bytes_of(result.tags) +
                      bytes_of(result.locations) + result.cwe.size() * sizeof(int);
  for (const auto& [name, value] : result.attributes) bytes += name.size() + value.size();
  return bytes;
}

}  // namespace

bool ResultList::add(ReportResult result) {
  if (!allows(size() + 1) || !charge(bytes_of(result))) return false;
  report_.results.push_back(std::move(result));
  return true;
}

bool ResultList::replace(std::size_t index, ReportResult result) {
  if (!charge(bytes_of(result))) return false;
  report_.results[index] = std::move(result);
  return true;
}

bool ResultList::charge(std::size_t bytes) {
  if (bytes > limits::report_bytes - kept_bytes_) return false;
  kept_bytes_ += bytes;
  return true;
}

bool ResultList::allows(std::size_t count) { return count <= limits::report_results; }

std::string ResultList::complaint() {
  return fmt::format("the report has more than {} results, or more than {} MiB of text in them",
                     limits::report_results, limits::report_bytes >> 20);
}

}  // namespace riskd::connectors
