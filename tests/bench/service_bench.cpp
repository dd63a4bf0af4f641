// The daemon without its socket, on a store of its own: durable facts by many posters beside what LMDB
// commits in the same groups, a start with ten thousand products, and a plan over them. Prints a JSON
// object a line: {"name", "value", "unit", "runs": […]}.
#include <lmdb.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include "daemon/service/service.hpp"
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

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_service: %s\n", why.c_str());
  std::exit(1);
}

void print(const std::string& name, const std::string& unit, std::vector<double> runs) {
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

Instant now() {
  return {std::chrono::duration_cast<std::chrono::milliseconds>(
              std::chrono::system_clock::now().time_since_epoch())
              .count()};
}

std::unique_ptr<service::Service> open(const Folder& folder) {
  auto config = service::read_config((folder.path / "riskd.toml").string());
  if (!config) give_up(config.error().message);
  auto opened = service::open_service(*config, now);
  if (!opened) give_up(opened.error().message);
  return std::move(*opened);
}

void post(service::Service& service, const std::string& product, engine::FactBody body) {
  std::promise<bool> done;
  service.post({product, {{std::move(body), std::nullopt}}, "bench", true, std::nullopt},
               [&](const Result<service::Posted, service::PostError>& result) {
                 done.set_value(result.has_value());
               });
  if (!done.get_future().get()) give_up("a posting was refused");
}

engine::AnswersFact answer(const WorkloadM& work, Random& random) {
  return {"",
          {{"m.q" + std::to_string(random.below(work.questions)),
            std::string(1, "vwxyz"[random.below(choices)])}}};
}

// Facts a second that are stored for good and answered, by posters that each wait for their answer.
double facts_per_second(service::Service& service, const WorkloadM& work, std::size_t posters) {
  std::atomic<std::size_t> posted = 0;
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  const auto start = Clock::now();
  for (std::size_t i = 0; i < posters; ++i) {
    threads.emplace_back([&, i] {
      Random random{i + 1};
      const std::string product = "p" + std::to_string(i);
      while (!stop) {
        post(service, product, answer(work, random));
        ++posted;
      }
    });
  }
  std::this_thread::sleep_for(round_time);
  stop = true;
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(posted) / seconds_since(start);
}

// Puts a second in commits of `group` puts of a fact's size each: the most that a store can give.
double raw_puts_per_second(const Folder& folder) {
  const auto path = folder.path / "raw";
  std::filesystem::create_directories(path);
  MDB_env* environment = nullptr;
  MDB_dbi table = 0;
  MDB_txn* transaction = nullptr;
  const auto must = [](int code) {
    if (code != 0) give_up(mdb_strerror(code));
  };
  must(mdb_env_create(&environment));
  must(mdb_env_set_mapsize(environment, std::size_t{1} << 32));
  must(mdb_env_open(environment, path.c_str(), 0, 0600));
  std::uint64_t key = 0;
  const std::string body(120, 'x');
  const auto start = Clock::now();
  while (Clock::now() - start < round_time) {
    must(mdb_txn_begin(environment, nullptr, 0, &transaction));
    must(mdb_dbi_open(transaction, nullptr, MDB_INTEGERKEY, &table));
    for (std::size_t i = 0; i < group; ++i) {
      ++key;
      MDB_val k{sizeof key, &key};
      MDB_val v{body.size(), const_cast<char*>(body.data())};
      must(mdb_put(transaction, table, &k, &v, MDB_APPEND));
    }
    must(mdb_txn_commit(transaction));
  }
  const double rate = static_cast<double>(key) / seconds_since(start);
  mdb_env_close(environment);
  std::filesystem::remove_all(path);
  return rate;
}

constexpr const char* config =
    "[policy]\npaths = [\"policy\"]\n[store]\npath = \"store\"\n[socket]\npath = \"riskd.sock\"\n";

void posters() {
  const Folder folder;
  const WorkloadM work = workload_m(100, 100, 0, 1);
  folder.write("riskd.toml", config);
  folder.write("policy/policy.risk", work.text());
  const auto service = open(folder);
  std::vector<double> alone, many, raw;
  for (int i = 0; i < rounds; ++i) {
    raw.push_back(raw_puts_per_second(folder));
    many.push_back(facts_per_second(*service, work, group));
    alone.push_back(facts_per_second(*service, work, 1));
  }
  print("durable facts, 64 posters", "facts/s", many);
  print("durable facts, 1 poster", "facts/s", alone);
  print("LMDB by hand, commits of 64 puts", "puts/s", raw);
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
      service->post(
          {"p" + std::to_string(i), {{std::move(answers), std::nullopt}}, "bench", true, {}},
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
