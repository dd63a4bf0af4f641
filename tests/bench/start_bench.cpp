// How long a start takes beside a long history: PRODUCTS products with FACTS facts each, written through the store's own
// interface, then a start that folds all of them, and starts after it, which read snapshots. Prints a JSON object a
// line: {"name", "value", "unit", "runs": […]}.
//
// usage: bench_start [PRODUCTS FACTS]
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include "daemon/service/service.hpp"
#include "daemon/store/check.hpp"
#include "daemon/store/store.hpp"
#include "daemon/wire/json.hpp"
#include "tests/bench/scratch_service.hpp"
#include "tests/bench/workload.hpp"

namespace riskd::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int rounds = 5;
constexpr std::uint32_t questions = 100;
constexpr std::size_t facts_in_commit = 50'000;

template <typename T>
T must(Result<T> result) {
  if (!result) give_up(result.error().message + " " + result.error().where);
  return std::move(*result);
}

// An answer; the first one of a product makes it. Each 50th fact is an upload of five results.
std::string body_of(std::uint32_t number, Random& random) {
  if (number == 0) return wire::write_fact_body(engine::ProductFact{});
  if (number % 50 != 0) {
    return wire::write_fact_body(
        engine::AnswersFact{{},
                            {{"m.q" + std::to_string(random.below(questions)),
                              std::string(1, "vwxyz"[random.below(choices)])}}});
  }
  engine::RunFact run;
  run.suite = "ci";
  run.run = std::to_string(number);
  run.source = "junit";
  for (int i = 0; i < 5; ++i) {
    engine::TestResult result;
    result.id = "t" + std::to_string(i) + "-0";
    result.title = "A check of the build";
    result.outcome =
        random.below(3) == 0 ? engine::TestOutcome::failed : engine::TestOutcome::passed;
    run.results.push_back(std::move(result));
  }
  return wire::write_fact_body(run);
}

// As if they had been posted one by one, over all products in turn.
void write_history(const std::string& path, std::uint32_t products, std::uint32_t facts) {
  const auto store = must(store::open_store(path));
  Random random{7};
  std::unique_ptr<store::Transaction> transaction;
  std::size_t waiting = 0;
  for (std::uint32_t number = 0; number < facts; ++number) {
    for (std::uint32_t product = 0; product < products; ++product) {
      if (!transaction) transaction = must(store->begin());
      store::FactRecord record;
      record.product = "p" + std::to_string(product);
      record.at = record.received = {first_moment_ms + number};
      record.poster = "uid:1000 ci";
      record.policy = 1;
      record.body = body_of(number, random);
      must(transaction->append_fact(record));
      must(transaction->close_entry({store::EntryKind::facts,
                                     record.at,
                                     record.at,
                                     1,
                                     false,
                                     record.poster,
                                     {record.product}}));
      if (++waiting < facts_in_commit) continue;
      waiting = 0;
      must(transaction->commit());
      transaction.reset();
    }
  }
  if (transaction) must(transaction->commit());
}

double seconds_of_start(const Folder& folder) {
  const auto begin = Clock::now();
  const auto service = open(folder);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  if (service->products().empty()) give_up("there are no products");
  return seconds;
}

}  // namespace

void start(std::uint32_t products, std::uint32_t facts) {
  const Folder folder;
  folder.write("riskd.toml",
               "[policy]\npaths = [\"policy\"]\n[store]\npath = \"store\"\n"
               "[socket]\npath = \"riskd.sock\"\n");
  folder.write("policy/policy.risk", workload_m(questions, 100, 0, 1).text());
  open(folder);  // the policy is the log's first entry
  write_history((folder.path / "store").string(), products, facts);
  const std::string what =
      std::to_string(products) + " products, " + std::to_string(facts) + " facts each: ";
  print(what + "the store's file", "MiB",
        {static_cast<double>(store::file_bytes((folder.path / "store").string()) >> 20)});
  print(what + "start without snapshots", "s", {seconds_of_start(folder)});
  std::vector<double> starts;
  for (int i = 0; i < rounds; ++i) starts.push_back(seconds_of_start(folder));
  print(what + "start", "s", starts);
}

}  // namespace riskd::bench

int main(int argc, char** argv) {
  const auto number = [&](int i, std::uint32_t otherwise) {
    return argc > i ? static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10)) : otherwise;
  };
  riskd::bench::start(number(1, 10'000), number(2, 1'000));
}
