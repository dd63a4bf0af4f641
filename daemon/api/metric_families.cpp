#include "daemon/api/metric_families.hpp"

#include <prometheus/text_serializer.h>

#include <iterator>

namespace riskd::api {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric sample(const MetricLabels& labels) {
  ClientMetric metric;
  for (const auto& [name, value] : labels) metric.label.push_back({name, value});
  return metric;
}

}  // namespace

MetricFamily& Families::family(const std::string& name, const std::string& help, MetricType type) {
  MetricFamily& family = by_name_[name];
  family.name = name;
  family.help = help;
  family.type = type;
  return family;
}

void Families::gauge(const std::string& name, const std::string& help, double value,
                     const MetricLabels& labels) {
  ClientMetric metric = sample(labels);
  metric.gauge.value = value;
  family(name, help, MetricType::Gauge).metric.push_back(std::move(metric));
}

void Families::counter(const std::string& name, const std::string& help, double value,
                       const MetricLabels& labels) {
  ClientMetric metric = sample(labels);
  metric.counter.value = value;
  family(name, help, MetricType::Counter).metric.push_back(std::move(metric));
}

void Families::add(std::vector<MetricFamily> others) {
  for (MetricFamily& other : others) {
    auto& samples = family(other.name, other.help, other.type).metric;
    std::move(other.metric.begin(), other.metric.end(), std::back_inserter(samples));
  }
}

std::string Families::text() const {
  std::vector<MetricFamily> all;
  for (const auto& [name, family] : by_name_) all.push_back(family);
  return prometheus::TextSerializer().Serialize(all);
}

}  // namespace riskd::api
