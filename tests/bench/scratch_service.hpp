// What the benchmarks of the daemon share: a service in a folder of its own, and a row of the output.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "daemon/service/service.hpp"

namespace riskd::bench {

[[noreturn]] inline void give_up(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}

inline void print(const std::string& name, const std::string& unit, std::vector<double> runs) {
  std::sort(runs.begin(), runs.end());
  std::printf(R"({"name": "%s", "unit": "%s", "value": %.6g, "runs": [)", name.c_str(),
              unit.c_str(), runs[runs.size() / 2]);
  for (std::size_t i = 0; i < runs.size(); ++i) std::printf(i == 0 ? "%.6g" : ", %.6g", runs[i]);
  std::printf("]}\n");
  std::fflush(stdout);
}

struct Folder {
  Folder() {
    std::string shape = (std::filesystem::temp_directory_path() / "riskd-bench-XXXXXX").string();
    if (::mkdtemp(shape.data()) == nullptr) give_up("no temporary folder");
    path = shape;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path / name).parent_path());
    std::ofstream(path / name, std::ios::binary) << text;
  }
  std::filesystem::path path;
};

inline Instant now() {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(
              std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

inline std::unique_ptr<service::Service> open(const Folder& folder) {
  auto config = service::read_config((folder.path / "riskd.toml").string());
  if (!config) give_up(config.error().message);
  auto opened = service::open_service(*config, now);
  if (!opened) give_up(opened.error().message);
  return std::move(*opened);
}

}  // namespace riskd::bench
