// What failed, as a developer needs it: which test, why, where, and in which run.
#include <algorithm>
#include <tuple>

#include "engine/base/limits.hpp"
#include "engine/evaluate/evaluator.hpp"

namespace riskd::engine {

std::vector<FailingTest> failing_tests(const Results& results) {
  std::vector<FailingTest> failing;
  results.each([&](const BoundResult& result) {
    if (result.verdict != Verdict::failed) return;
    const TestResult test = result.result();
    FailingTest each{result.suite,   result.run, result.listing.said->url,
                     result.source,  test.id,    test.title,
                     test.component, {},         result.at};
    if (test.details) each.details = *test.details;
    failing.push_back(std::move(each));
  });
  std::sort(failing.begin(), failing.end(), [](const FailingTest& a, const FailingTest& b) {
    return std::tie(a.id, a.suite, a.component) < std::tie(b.id, b.suite, b.component);
  });
  return failing;
}

namespace {

// Pieces of text, those from outside kept apart.
class Writing {
 public:
  Writing& own(std::string text) { return add(std::move(text), false); }
  Writing& outside(std::string_view text) {
    return add(sanitize_outside(text, limits::outside_text_bytes), true);
  }
  RichText take() { return std::move(text_); }

 private:
  Writing& add(std::string text, bool outside) {
    if (text.empty()) return *this;
    if (!text_.empty() && text_.back().outside == outside)
      text_.back().text += text;
    else
      text_.push_back({std::move(text), outside});
    return *this;
  }
  RichText text_;
};

void write_one(Writing& out, const FailingTest& test) {
  out.own("- ").outside(test.id);
  if (!test.title.empty() && test.id.find(test.title) == std::string::npos)
    out.own(" ").outside(test.title);
  if (!test.details.severity.empty()) out.own(" (").outside(test.details.severity).own(")");
  if (!test.details.message.empty()) out.own(": ").outside(test.details.message);
  const auto& locations = test.details.locations;
  const std::size_t shown = std::min(locations.size(), limits::told_locations);
  for (std::size_t i = 0; i < shown; ++i) out.own(i == 0 ? "; at " : ", ").outside(locations[i]);
  if (locations.size() > shown)
    out.own(" and " + std::to_string(locations.size() - shown) + " more");
  if (!test.details.url.empty()) out.own("; ").outside(test.details.url);
  out.own("; run ").outside(test.suite + (test.run.empty() ? "" : " " + test.run));
  if (!test.run_url.empty()) out.own(", ").outside(test.run_url);
}

}  // namespace

// A list, one test a line.
RichText failures_text(const Results& results) {
  const std::vector<FailingTest> failing = failing_tests(results);
  const std::size_t shown = std::min(failing.size(), limits::told_failures);
  Writing out;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) out.own("\n");
    write_one(out, failing[i]);
  }
  if (failing.size() > shown)
    out.own("\n- and " + std::to_string(failing.size() - shown) + " more");
  return out.take();
}

}  // namespace riskd::engine
