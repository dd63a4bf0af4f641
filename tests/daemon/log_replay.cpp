// log_replay STORE: decides all entries of a store's log again, and compares what follows with what is recorded.
// The products' snapshots are compared with their facts too. Exit 0: it is the same; 1: it differs, and where; 2: it could not be tried. The store's daemon has stopped.
#include <cstdio>
#include <optional>
#include <string>
#include <utility>

#include "daemon/service/recall.hpp"
#include "daemon/service/replay.hpp"
#include "daemon/service/stored_fact.hpp"
#include "daemon/snapshot/product_bytes.hpp"

namespace {

using riskd::Error;
using riskd::store::Store;

// A product whose snapshot is not what its facts give up to the snapshot's last one; empty: there is none.
std::string differing_snapshot(const Store& store, std::optional<Error>& failed) {
  std::string differing;
  riskd::Status read = store.products([&](const std::string& product) {
    const auto snapshot = riskd::service::first_facts(store, product);
    auto base = riskd::service::base_of(store, product);
    if (!snapshot || !base) {
      failed = snapshot ? base.error() : snapshot.error();
      return false;
    }
    riskd::engine::Product facts;
    facts.id = product;
    if (*base) facts = std::move((*base)->facts);
    riskd::Status folded = store.facts_of(product, facts.last_seq, [&](const auto& record) {
      if (record.seq > snapshot->facts.last_seq) return false;
      auto fact = riskd::service::stored_fact(record);
      if (!fact) failed = fact.error();
      if (fact) riskd::engine::fold(facts, std::move(*fact));
      return !failed;
    });
    if (!folded) failed = folded.error();
    if (riskd::snapshot::write_product(facts) != riskd::snapshot::write_product(snapshot->facts))
      differing = product;
    return !failed && differing.empty();
  });
  if (!read) failed = read.error();
  return differing;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) {
    std::fputs("usage: log_replay STORE\n", stderr);
    return 2;
  }
  const auto store = riskd::store::open_store_to_read(arguments[1]);
  if (!store) {
    std::fprintf(stderr, "%s %s\n", store.error().message.c_str(), store.error().where.c_str());
    return 2;
  }
  const auto found = riskd::service::replay_log(**store);
  if (!found) {
    std::fprintf(stderr, "%s %s\n", found.error().message.c_str(), found.error().where.c_str());
    return 2;
  }
  if (!*found) {
    std::optional<Error> failed;
    const std::string differing = differing_snapshot(**store, failed);
    if (failed) {
      std::fprintf(stderr, "%s %s\n", failed->message.c_str(), failed->where.c_str());
      return 2;
    }
    if (differing.empty()) return 0;
    std::fprintf(stderr, "the snapshot of product `%s` is not what its facts give\n",
                 differing.c_str());
    return 1;
  }
  const riskd::service::Divergence& where = **found;
  std::fprintf(stderr, "log/%llu %s\nrecorded: %s\nreplayed: %s\n",
               static_cast<unsigned long long>(where.position), where.product.c_str(),
               where.recorded.c_str(), where.replayed.c_str());
  return 1;
}
