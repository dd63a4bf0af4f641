// Reads the text format of Prometheus, and checks what holds for every such text.
// https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace riskd::api::testing {

using SampleLabels = std::map<std::string, std::string>;

struct MetricSample {
  std::string name;  // with "_bucket" and the like
  SampleLabels labels;
  double value = 0;
};

struct MetricsFamily {
  std::string help, type;
  std::vector<MetricSample> samples;
};

using MetricsText = std::map<std::string, MetricsFamily>;

// `NAME{LABEL="VALUE",…} NUMBER`
inline MetricSample read_sample(const std::string& line) {
  MetricSample sample;
  std::size_t at = line.find_first_of("{ ");
  REQUIRE(at != std::string::npos);
  sample.name = line.substr(0, at);
  if (line[at] == '{') {
    ++at;
    while (line.at(at) != '}') {
      const std::size_t equals = line.find("=\"", at);
      REQUIRE(equals != std::string::npos);
      const std::string label = line.substr(at, equals - at);
      std::string value;
      for (at = equals + 2; line.at(at) != '"'; ++at) {
        const bool is_escaped = line[at] == '\\';
        if (is_escaped) ++at;
        value += is_escaped && line.at(at) == 'n' ? '\n' : line.at(at);
      }
      REQUIRE(sample.labels.emplace(label, value).second);
      if (line.at(++at) == ',') ++at;
    }
    ++at;
  }
  REQUIRE(line.at(at) == ' ');
  std::size_t length = 0;
  const std::string number = line.substr(at + 1);
  sample.value = std::stod(number, &length);
  REQUIRE(length == number.size());
  return sample;
}

// Each family once: its HELP, its TYPE, its samples.
inline MetricsText read_metrics(const std::string& text) {
  REQUIRE(text.ends_with("\n"));
  MetricsText families;
  std::istringstream lines(text);
  std::string name;
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    if (line.starts_with("# HELP ")) {
      const std::size_t end = line.find(' ', 7);
      name = line.substr(7, end - 7);
      REQUIRE_FALSE(families.contains(name));
      families[name].help = line.substr(end + 1);
    } else if (line.starts_with("# TYPE ")) {
      REQUIRE(line.starts_with("# TYPE " + name + " "));
      REQUIRE(families[name].type.empty());
      families[name].type = line.substr(8 + name.size());
    } else {
      const MetricSample sample = read_sample(line);
      const MetricsFamily& family = families.at(name);
      REQUIRE_FALSE(family.type.empty());
      const std::string part = sample.name.substr(0, name.size()) == name
                                   ? sample.name.substr(name.size())
                                   : "of another family";
      CHECK((family.type == "histogram" ? part == "_bucket" || part == "_sum" || part == "_count"
                                        : part.empty()));
      families[name].samples.push_back(sample);
    }
  }
  return families;
}

// A histogram's buckets never fall, and the last has all.
inline void check_histogram(const std::string& name, const MetricsFamily& family) {
  std::map<SampleLabels, std::vector<std::pair<double, double>>> buckets;
  std::map<SampleLabels, double> sums, counts;
  for (MetricSample sample : family.samples) {
    if (sample.name == name + "_sum") sums[sample.labels] = sample.value;
    if (sample.name == name + "_count") counts[sample.labels] = sample.value;
    if (sample.name != name + "_bucket") continue;
    const double bound = std::stod(sample.labels.at("le"));
    sample.labels.erase("le");
    buckets[sample.labels].emplace_back(bound, sample.value);
  }
  CHECK(buckets.size() == counts.size());
  CHECK(sums.size() == counts.size());
  for (const auto& [labels, steps] : buckets) {
    for (std::size_t i = 1; i < steps.size(); ++i) {
      CHECK(steps[i - 1].first < steps[i].first);
      CHECK(steps[i - 1].second <= steps[i].second);
    }
    CHECK(std::isinf(steps.back().first));
    CHECK(steps.back().second == counts.at(labels));
    CHECK(sums.at(labels) >= 0);
  }
}

inline void check_metrics(const MetricsText& families) {
  for (const auto& [name, family] : families) {
    INFO(name);
    CHECK(family.help.size() > 3);
    CHECK((family.type == "counter" || family.type == "gauge" || family.type == "histogram"));
    CHECK(name.ends_with("_total") == (family.type == "counter"));
    CHECK((name.starts_with("riskd_") || name.starts_with("process_")));
    std::set<std::pair<std::string, SampleLabels>> seen;
    for (const MetricSample& sample : family.samples) {
      CHECK(seen.emplace(sample.name, sample.labels).second);
      CHECK(std::isfinite(sample.value));
      if (family.type != "gauge") CHECK(sample.value >= 0);
    }
    if (family.type == "histogram") check_histogram(name, family);
  }
}

// The value of the sample that has these labels, among others; nullopt where there is none, or no such family.
inline std::optional<double> value_of(const MetricsText& families, const std::string& name,
                                      const SampleLabels& labels = {}) {
  // A histogram is known by its family.
  for (const auto& [family, content] : families) {
    if (!name.starts_with(family)) continue;
    for (const MetricSample& sample : content.samples) {
      bool fits = sample.name == name;
      for (const auto& [label, value] : labels)
        fits = fits && sample.labels.contains(label) && sample.labels.at(label) == value;
      if (fits) return sample.value;
    }
  }
  return std::nullopt;
}

}  // namespace riskd::api::testing
