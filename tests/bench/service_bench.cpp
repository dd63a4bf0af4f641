// The daemon without its socket, on a store of its own: durable facts by many posters beside what LMDB
// commits in the same groups, a start with ten thousand products, and a plan over them. Prints a JSON
// object a line: {"name", "value", "unit", "runs": […]}.
#include <lmdb.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "daemon/server/server.hpp"
#include "daemon/service/service.hpp"
#include "daemon/store/key.hpp"
#include "tests/bench/scratch_service.hpp"
#include "tests/bench/workload.hpp"

namespace riskd::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int rounds = 5;
constexpr auto round_time = std::chrono::milliseconds(1'000);
constexpr std::size_t group = 64;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

engine::AnswersFact answer(const WorkloadM& work, Random& random) {
  return {"",
          {{"m.q" + std::to_string(random.below(work.questions)),
            std::string(1, "vwxyz"[random.below(choices)])}}};
}

// Posters that each wait for the answer to one fact before they post the next: as many tasks on as many
// threads as the socket has.
class Posters {
 public:
  Posters(service::Service& service, const WorkloadM& work, std::size_t count)
      : service_(service), work_(work) {
    for (std::size_t i = 0; i < count; ++i) posters_.push_back({"p" + std::to_string(i), {i + 1}});
  }

  // Facts a second that are stored for good and answered.
  double facts_per_second() {
    running_ = posters_.size();
    const auto start = Clock::now();
    for (Poster& each : posters_) next(each);
    std::this_thread::sleep_for(round_time);
    stop_ = true;
    const double rate = static_cast<double>(posted_) / seconds_since(start);
    for (std::size_t left = running_; left > 0; left = running_) running_.wait(left);
    threads_.join();
    return rate;
  }

 private:
  struct Poster {
    std::string product;
    Random random;
  };

  void next(Poster& poster) {
    service_.post(
        {poster.product, {{answer(work_, poster.random), std::nullopt}}, "bench", true, {}, {}, {}},
        [this, &poster](const Result<service::Posted, service::PostError>& result) {
          if (!result) give_up(result.error().detail);
          ++posted_;
          if (!stop_) return boost::asio::post(threads_, [this, &poster] { next(poster); });
          --running_;
          running_.notify_one();
        });
  }

  service::Service& service_;
  const WorkloadM& work_;
  std::vector<Poster> posters_;
  boost::asio::thread_pool threads_{static_cast<std::size_t>(server::ServerOptions{}.threads)};
  std::atomic<std::size_t> posted_ = 0, running_ = 0;
  std::atomic<bool> stop_ = false;
};

// LMDB without the daemon: commits of `group` records of a fact's size each.
class RawStore {
 public:
  explicit RawStore(const Folder& folder) : path_(folder.path / "raw") {
    std::filesystem::create_directories(path_);
    must(mdb_env_create(&environment_));
    must(mdb_env_set_mapsize(environment_, std::size_t{1} << 32));
    must(mdb_env_set_maxdbs(environment_, 4));
    must(mdb_env_open(environment_, path_.c_str(), 0, 0600));
    MDB_txn* transaction = nullptr;
    must(mdb_txn_begin(environment_, nullptr, 0, &transaction));
    for (const char* name : {"facts", "facts by product", "changes", "changes by product"}) {
      tables_.emplace_back();
      must(mdb_dbi_open(transaction, name, MDB_CREATE, &tables_.back()));
    }
    must(mdb_txn_commit(transaction));
  }
  ~RawStore() {
    mdb_env_close(environment_);
    std::filesystem::remove_all(path_);
  }
  RawStore(const RawStore&) = delete;
  RawStore& operator=(const RawStore&) = delete;

  // Records a second. `with_indexes`: as the daemon writes them, each found by its product too, and a
  // change for every second of them.
  double rate(bool with_indexes) {
    std::uint64_t seq = 0;
    const auto start = Clock::now();
    while (Clock::now() - start < round_time) {
      must(mdb_txn_begin(environment_, nullptr, 0, &transaction_));
      for (std::size_t i = 0; i < group; ++i) {
        ++seq;
        put(0, store::number_key(seq), body_, MDB_APPEND);
        if (!with_indexes) continue;
        const std::string product = "p" + std::to_string(i);
        put(1, store::product_key(product, seq), "", 0);
        if (seq % 2 == 0) continue;
        put(2, store::number_key(seq), body_, MDB_APPEND);
        put(3, store::product_key(product, seq), "", 0);
      }
      must(mdb_txn_commit(transaction_));
    }
    return static_cast<double>(seq) / seconds_since(start);
  }

 private:
  static void must(int code) {
    if (code != 0) give_up(mdb_strerror(code));
  }
  void put(std::size_t table, std::string key, std::string value, unsigned flags) {
    MDB_val k{key.size(), key.data()};
    MDB_val v{value.size(), value.data()};
    must(mdb_put(transaction_, tables_[table], &k, &v, flags));
  }

  const std::filesystem::path path_;
  const std::string body_ = std::string(120, 'x');
  MDB_env* environment_ = nullptr;
  MDB_txn* transaction_ = nullptr;
  std::vector<MDB_dbi> tables_;
};

constexpr const char* config =
    "[policy]\npaths = [\"policy\"]\n[store]\npath = \"store\"\n[socket]\npath = \"riskd.sock\"\n";

void posters() {
  const Folder folder;
  const WorkloadM work = workload_m(100, 100, 0, 1);
  folder.write("riskd.toml", config);
  folder.write("policy/policy.risk", work.text());
  const auto service = open(folder);
  std::vector<double> alone, many, raw, indexed;
  for (int i = 0; i < rounds; ++i) {
    raw.push_back(RawStore(folder).rate(false));
    indexed.push_back(RawStore(folder).rate(true));
    many.push_back(Posters(*service, work, group).facts_per_second());
    alone.push_back(Posters(*service, work, 1).facts_per_second());
  }
  print("durable facts, 64 posters", "facts/s", many);
  print("durable facts, 1 poster", "facts/s", alone);
  print("LMDB by hand, commits of 64 puts", "puts/s", raw);
  print("LMDB by hand, 64 facts a commit with the daemon's indexes and changes", "facts/s",
        indexed);
}

void fleet(std::uint32_t count) {
  const Folder folder;
  WorkloadM work = workload_m(300, 1'000, 0, 1);
  folder.write("riskd.toml", config);
  folder.write("policy/policy.risk", work.text());
  {
    const auto service = open(folder);
    Random random{7};
    std::vector<std::future<void>> waiting;
    for (std::uint32_t i = 0; i < count; ++i) {
      engine::AnswersFact answers;
      for (std::uint32_t q = 0; q < work.questions; q += 10)
        answers.answers.emplace_back("m.q" + std::to_string(q + random.below(10)),
                                     std::string(1, "vwxyz"[random.below(choices)]));
      const auto done = std::make_shared<std::promise<void>>();
      waiting.push_back(done->get_future());
      service->post({"p" + std::to_string(i),
                     {{std::move(answers), std::nullopt}},
                     "bench",
                     true,
                     {},
                     {},
                     {}},
                    [done](const Result<service::Posted, service::PostError>& result) {
                      if (!result) give_up(result.error().detail);
                      done->set_value();
                    });
      if (waiting.size() < 1'000) continue;
      for (auto& each : waiting) each.get();
      waiting.clear();
    }
    for (auto& each : waiting) each.get();
  }
  const std::string products = std::to_string(count) + " products, 1000 patterns: ";
  std::vector<double> starts, one, percent, none;
  for (int i = 0; i < rounds; ++i) {
    const auto start = Clock::now();
    const auto service = open(folder);
    starts.push_back(seconds_since(start));
    const auto plan = [&](std::uint32_t every) {
      WorkloadM other = work;
      for (std::uint32_t p = every / 2; p < work.patterns.size(); p += every)
        other.patterns[p].ease += 1;
      const auto begin = Clock::now();
      const auto planned = service->plan({{"policy.risk", other.text()}});
      if (!planned || planned->products_seen != count) give_up("the plan failed");
      return seconds_since(begin);
    };
    none.push_back(plan(2'000));
    one.push_back(plan(1'000));
    percent.push_back(plan(100));
  }
  print(products + "start to first answer", "s", starts);
  print(products + "plan, nothing changed", "s", none);
  print(products + "plan, one rule changed", "s", one);
  print(products + "plan, 1 % changed", "s", percent);
}

}  // namespace
}  // namespace riskd::bench

int main(int argc, char** argv) {
  const bool quick = argc > 1 && std::string(argv[1]) == "--quick";
  riskd::bench::posters();
  riskd::bench::fleet(quick ? 1'000 : 10'000);
}
