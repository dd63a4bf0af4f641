// POST /v1/sync, and a tracker that hangs: it holds up nobody.
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <cstring>

#include "tests/daemon/api_fixture.hpp"
#include "tests/daemon/server_fixture.hpp"

namespace riskd::api::api_sync_test {
namespace {

using namespace testing;

// Takes connections and never answers.
class HungTracker {
 public:
  HungTracker() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    REQUIRE(::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(fd_, 16) == 0);
    REQUIRE(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  HungTracker(const HungTracker&) = delete;
  ~HungTracker() { ::close(fd_); }

  // A configuration that sends the tickets of `slow*` here, and all others to a folder.
  std::string config() const {
    return R"([policy]
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
[[tracker]]
name = "hung"
kind = "gitlab"
url = "http://127.0.0.1:)" +
           std::to_string(port_) + R"("
project = "shop/web"
token-env = "RISKD_SYNC_TEST_TOKEN"
timeout = "60 seconds"
[[route]]
products = "slow*"
tracker = "hung"
[[route]]
products = "*"
tracker = "files"
)";
  }

 private:
  int fd_;
  int port_ = 0;
};
const bool has_token = setenv("RISKD_SYNC_TEST_TOKEN", "secret", 1) == 0;

void make(const Daemon& daemon, const std::string& product) {
  const std::string path = "/v1/products/" + product;
  daemon.must(201, "PUT", path);
  daemon.must(200, "PATCH", path + "/answers", R"({"answers": {"reach": "internet"}})");
  daemon.must(200, "POST", path + "/approve", "{}");
}

json::array under_way(const Daemon& daemon) {
  return daemon.must(200, "POST", "/v1/sync").at("under-way").as_array();
}

bool is_under_way(const Daemon& daemon, const std::string& name) {
  const json::value health = daemon.must(200, "GET", "/v1/health");
  for (const json::value& tracker : health.at("trackers").as_array()) {
    if (tracker.at("name").as_string() == name) return tracker.at("under-way").as_bool();
  }
  FAIL("there is no such tracker");
  return false;
}

}  // namespace

TEST_CASE("sync answers at once what waits and which trackers are under way") {
  const Daemon daemon;
  make(daemon, "shop");
  const json::value asked = daemon.must(200, "POST", "/v1/sync?product=shop");
  CHECK(asked.at("pending").is_int64());
  CHECK(asked.at("held").as_int64() == 0);
  CHECK(asked.at("under-way").is_array());
  CHECK(server::wait_until([&] { return !is_under_way(daemon, "files"); }));
  CHECK(daemon.workspace.ticket_files().size() == 1);
}

TEST_CASE("sync with `wait=true` answers when the trackers have been through it") {
  const Daemon daemon;
  make(daemon, "shop");
  const json::value done = daemon.must(200, "POST", "/v1/sync?product=shop&wait=true");
  CHECK(done.at("pending").as_int64() == 0);
  CHECK(done.at("under-way").as_array().empty());
  CHECK(daemon.workspace.ticket_files().size() == 1);
  daemon.must(400, "POST", "/v1/sync?wait=perhaps");
  daemon.must(404, "POST", "/v1/sync?product=nobody");
}

TEST_CASE("a tracker that hangs holds up no other route, however many wait for it") {
  REQUIRE(has_token);
  const HungTracker hung;
  const Daemon daemon({}, service::testing::small_policy(), hung.config());
  make(daemon, "shop");
  make(daemon, "slow");
  const auto names_hung = [&] {
    const json::array names = under_way(daemon);
    return names.size() == 1 && names.front().as_string() == "hung";
  };
  CHECK(server::wait_until(names_hung));
  CHECK(is_under_way(daemon, "hung"));

  std::vector<server::RawClient> waiting;
  for (int i = 0; i < 20; ++i) {
    waiting.emplace_back(daemon.workspace.folder / "api.sock");
    waiting.back().send("POST /v1/sync?wait=true HTTP/1.1\r\n\r\n");
  }
  const auto begin = std::chrono::steady_clock::now();
  daemon.must(200, "GET", "/v1/products/shop/why?element=shop.lock-1");
  CHECK(daemon.send("POST", "/v1/facts", R"({"product": "shop", "answers": {"reach": "office"}})")
            .status == 200);
  daemon.must(200, "POST", "/v1/policy/reload");
  daemon.must(200, "POST", "/v1/sync");
  daemon.must(200, "GET", "/v1/tickets");
  daemon.must(200, "PATCH", "/v1/products/shop/answers", R"({"answers": {"reach": "internet"}})",
              {{"Idempotency-Key", "again"}});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

}  // namespace riskd::api::api_sync_test
