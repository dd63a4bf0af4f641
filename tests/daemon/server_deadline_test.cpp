// The deadline of a connection: only the one that was set last passes, when its time has come.
#include "daemon/server/deadline.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <memory>
#include <string>

namespace riskd::server::server_deadline_test {
namespace {

using std::chrono::seconds;

struct Clocked {
  boost::asio::io_context context;
  Deadline deadline{boost::asio::make_strand(context)};
  const std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  std::string passed;

  void set(seconds time, char name) {
    deadline.set(time, [this, name] { passed += name; });
  }
  bool has_lasted(seconds time) const { return std::chrono::steady_clock::now() - start >= time; }
};

}  // namespace

TEST_CASE("of deadlines only the last one passes, and not before its time") {
  Clocked later;
  later.set(seconds(0), 'a');
  later.set(seconds(1), 'b');
  later.context.run();
  CHECK(later.passed == "b");
  CHECK(later.has_lasted(seconds(1)));

  Clocked sooner;
  sooner.set(seconds(3'600), 'a');
  sooner.set(seconds(0), 'b');
  sooner.context.run();
  CHECK(sooner.passed == "b");

  Clocked again;
  again.set(seconds(0), 'a');
  again.context.run();
  again.set(seconds(0), 'b');
  again.context.restart();
  again.context.run();
  CHECK(again.passed == "ab");
}

TEST_CASE("a deadline that is cancelled does not pass, and holds nothing") {
  Clocked clocked;
  const auto owner = std::make_shared<int>();
  clocked.deadline.set(seconds(0), [&, owner] { clocked.passed += *owner == 0 ? 'a' : 'b'; });
  CHECK(owner.use_count() == 2);
  clocked.deadline.cancel();
  CHECK(owner.use_count() == 1);
  clocked.context.run();
  CHECK(clocked.passed.empty());
}

TEST_CASE("after its end no timer waits for a deadline") {
  Clocked clocked;
  clocked.set(seconds(3'600), 'a');
  clocked.deadline.end();
  clocked.context.run();  // returns: nothing waits
  CHECK(clocked.passed.empty());
  CHECK_FALSE(clocked.has_lasted(seconds(60)));
}

}  // namespace riskd::server::server_deadline_test
