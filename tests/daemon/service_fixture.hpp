// What the tests of the service share: a scratch folder, a small policy, and short ways to post.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "daemon/service/replay.hpp"
#include "daemon/service/service.hpp"

namespace riskd::service::testing {

class ScratchFolder {
 public:
  ScratchFolder() {
    std::string shape = (std::filesystem::temp_directory_path() / "riskd-service-XXXXXX").string();
    REQUIRE(::mkdtemp(shape.data()) != nullptr);
    path_ = shape;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  std::string write(const std::string& name, const std::string& text) const {
    const std::string path = *this / name;
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    std::ofstream(path, std::ios::binary) << text;
    // As a secret must be: not for everybody.
    std::filesystem::permissions(path, std::filesystem::perms::others_all,
                                 std::filesystem::perm_options::remove);
    return path;
  }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(*this / name, std::ios::binary).rdbuf();
    return text.str();
  }

 private:
  std::string path_;
};

// One pattern with `measures` required countermeasures, a ticket for each that is approved.
inline std::string small_policy(int measures = 1) {
  std::string text = R"(library shop "Shop" version "1.0.0"
import core

questionnaire about "About" {
  question reach "Who can reach it?" : one-of {
    internet "Everybody"
    office   "The office"
  }
}

pattern exposed "Strangers can reach it" {
  when reach is internet

  risk break-in "Somebody breaks in" {
    integrity high
    ease      high
    exposure  high

    weakness open-door CWE-306 "The door is open" {
)";
  for (int i = 1; i <= measures; ++i) {
    const std::string number = std::to_string(i);
    text +=
        "      countermeasure lock-" + number + " \"Lock door " + number +
        "\" {\n        required\n        mitigates 50%\n        guide \"Turn the key.\"\n      }\n";
  }
  return text + "    }\n  }\n}\n";
}

inline const std::string small_config = R"([policy]
paths = ["policy"]
rules = "rules"
[store]
path = "store"
[socket]
path = "riskd.sock"
[[tracker]]
name = "files"
kind = "directory"
path = "tickets"
poll = "1 hour"
[[route]]
products = "shop*"
tracker = "files"
)";

// A workspace with the shipped core rules and a service that can be stopped and opened again.
class Workspace {
 public:
  explicit Workspace(const std::string& policy = small_policy(),
                     const std::string& config = small_config) {
    folder.write("riskd.toml", config);
    folder.write("policy/shop.risk", policy);
    std::filesystem::create_directories(folder / "rules");
    std::filesystem::copy(std::string(RISKD_SOURCE_DIR) + "/rules/core", folder / "rules/core",
                          std::filesystem::copy_options::recursive);
  }

  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  // Every test's log gives the same when it is decided again.
  ~Workspace() {
    service.reset();
    if (!std::filesystem::exists(folder / "store/data.mdb")) return;
    const auto store = store::open_store(folder / "store");
    if (!store) return;  // a test has damaged it
    const auto found = replay_log(**store);
    INFO((found ? "" : found.error().message + " " + found.error().where));
    CHECK(found.has_value());
    if (!found || !*found) return;
    INFO((*found)->position << " " << (*found)->product);
    CHECK((*found)->recorded == (*found)->replayed);
  }

  Result<std::unique_ptr<Service>> try_open() const {
    auto config = read_config(folder / "riskd.toml");
    INFO((config ? "" : config.error().message + " " + config.error().where));
    REQUIRE(config.has_value());
    return open_service(*config, now);
  }

  void open() {
    auto opened = try_open();
    INFO((opened ? "" : opened.error().message + " " + opened.error().where));
    REQUIRE(opened.has_value());
    service = std::move(*opened);
  }

  Result<Posted, PostError> post(engine::FactBody body, bool make = false,
                                 std::optional<std::string> if_match = std::nullopt) const {
    std::promise<Result<Posted, PostError>> answer;
    service->post({"shop", {{std::move(body), std::nullopt}}, "tester", make, if_match, {}, {}},
                  [&](Result<Posted, PostError> result) { answer.set_value(std::move(result)); });
    return answer.get_future().get();
  }

  Posted must_post(engine::FactBody body, bool make = false) const {
    auto posted = post(std::move(body), make);
    INFO((posted ? "" : posted.error().detail));
    REQUIRE(posted.has_value());
    return std::move(*posted);
  }

  // A product that strangers can reach, with every countermeasure approved.
  void make_shop() const {
    must_post(engine::ProductFact{}, true);
    must_post(engine::AnswersFact{{}, {{"reach", std::string("internet")}}});
    must_post(engine::ApproveFact{engine::approvable(service->product("shop")->model())});
  }

  void must_sync(bool release = false) const {
    const Status done = service->sync("shop", release, "alice");
    INFO((done ? "" : done.error().message + " " + done.error().where));
    REQUIRE(done.has_value());
  }

  std::vector<std::string> ticket_files() const {
    std::vector<std::string> names;
    std::error_code missing;
    for (const auto& entry :
         std::filesystem::directory_iterator(folder / "tickets/shop", missing)) {
      if (entry.path().extension() == ".md")
        names.push_back("tickets/shop/" + entry.path().filename().string());
    }
    return names;
  }

  static Instant now() {
    return {std::chrono::duration_cast<std::chrono::milliseconds>(
                std::chrono::system_clock::now().time_since_epoch())
                .count()};
  }

  ScratchFolder folder;
  std::unique_ptr<Service> service;
};

}  // namespace riskd::service::testing
