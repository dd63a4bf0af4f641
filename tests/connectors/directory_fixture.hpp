// What the tests of the directory tracker share: a tracker on a folder of its own.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "connectors/trackers/directory.hpp"

namespace riskd::connectors::testing {

template <typename T>
T must(Result<T> result) {
  INFO((result ? "" : result.error().where + ": " + result.error().message));
  REQUIRE(result.has_value());
  return std::move(*result);
}

template <typename T>
Error error_of(const Result<T>& result) {
  REQUIRE_FALSE(result.has_value());
  return result.error();
}

// A tracker on a folder of its own; the folder goes with it.
struct World {
  std::filesystem::path base;
  std::filesystem::path folder;
  std::unique_ptr<Tracker> tracker;

  World() {
    std::string shape = (std::filesystem::temp_directory_path() / "riskd-tickets-XXXXXX").string();
    REQUIRE(::mkdtemp(shape.data()) != nullptr);
    base = shape;
    folder = base / "tickets";
    tracker = must(open_directory_tracker(options()));
  }
  World(const World&) = delete;
  World& operator=(const World&) = delete;
  ~World() {
    std::error_code ignored;
    std::filesystem::remove_all(base, ignored);
  }

  DirectoryTrackerOptions options() const {
    DirectoryTrackerOptions made;
    made.name = "files";
    made.folder = folder.string();
    made.clock = [] { return *parse_instant("2026-11-23T02:10:00Z"); };
    return made;
  }
  std::filesystem::path path(const std::string& key) const { return folder / (key + ".md"); }
  std::string text(const std::string& key) const {
    std::ifstream file(path(key), std::ios::binary);
    std::stringstream all;
    all << file.rdbuf();
    return all.str();
  }
  void write(const std::string& key, const std::string& text) const {
    std::filesystem::create_directories(path(key).parent_path());
    std::ofstream(path(key), std::ios::binary) << text;
  }
  std::vector<std::string> files(const std::string& product) const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder / product)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }
  TicketListing list(Instant since = {}) const {
    return must(tracker->list({since, {"shop"}, {}}));
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> keys;
    for (const TicketView& view : list().tickets) keys.push_back(view.key);
    return keys;
  }
};

using Names = std::vector<std::string>;

inline RichText plain(const std::string& text) { return {{text, false}}; }

inline NewTicket ticket(const std::string& name, const std::string& marker) {
  NewTicket made;
  made.marker = marker;
  made.product = "shop";
  made.name = name;
  made.title = plain("Throttle sign-ins");
  made.body = {{"Why: ", false}, {"<b>", true}};
  made.labels = {"security-requirement"};
  made.priority = "Highest";
  return made;
}

}  // namespace riskd::connectors::testing
