// Metrics whose values are looked up when somebody asks, beside those that are counted (service::Meters).
#pragma once

#include <prometheus/metric_family.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace riskd::api {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

class Families {
 public:
  // A family that may have no samples now.
  prometheus::MetricFamily& family(const std::string& name, const std::string& help,
                                   prometheus::MetricType type);
  // One sample more of the family.
  void gauge(const std::string& name, const std::string& help, double value,
             const MetricLabels& labels = {});
  void counter(const std::string& name, const std::string& help, double value,
               const MetricLabels& labels = {});
  void add(std::vector<prometheus::MetricFamily> others);

  // In the text format of Prometheus, by name.
  std::string text() const;

 private:
  std::map<std::string, prometheus::MetricFamily> by_name_;
};

// Whoever has metrics to show beside the service.
class MetricSource {
 public:
  virtual ~MetricSource() = default;
  virtual void add_to(Families& families) const = 0;
};

// Of this process, by the names that all clients of Prometheus give them: "process_resident_memory_bytes".
void add_process_metrics(Families& families);

// Of the file system on which `folder` is.
void add_disk_metrics(Families& families, const std::string& folder);

}  // namespace riskd::api
