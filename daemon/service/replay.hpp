// The log's entries decided again: the same facts at the same times, under the policies that were in force. What
// follows is what followed when the writer decided them; where it is not, this riskd decides differently from the
// one that wrote the log.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daemon/log/fact_log.hpp"
#include "daemon/service/live.hpp"
#include "daemon/store/store.hpp"

namespace riskd::service {

// Of one thread. The log must outlive it.
class Replay {
 public:
  explicit Replay(const log::FactLog& log) : log_(log) {}

  // Facts of a product up to `position` are not in the log any more: it begins there with `facts`.
  struct Base {
    std::uint64_t position = 0;
    engine::Product facts;
  };
  void begin_with(const std::string& product, Base base) { bases_[product] = std::move(base); }
  // Whether what followed for the product from the entry at `position` can be known.
  bool knows(const std::string& product, std::uint64_t position) const {
    const auto base = bases_.find(product);
    return base == bases_.end() || position > base->second.position;
  }

  // A line of changes that follows from an entry.
  struct Line {
    std::string product, body;
    bool operator==(const Line&) const = default;
  };
  // The lines of the entry, in the order in which the writer records them. Entries come in the order of the log, from
  // the first on; none is left out. Error::invalid where an archived policy does not compile any more,
  // Error::corrupt where the store lacks what the entry needs.
  Result<std::vector<Line>> apply(const store::EntryRecord& entry,
                                  const log::FactLog::ReadFacts& read_facts);

  using Products = std::map<std::string, std::shared_ptr<ProductView>>;
  const Products& products() const { return products_; }
  std::uint64_t revision() const { return policy_.revision; }  // of the policy in force

 private:
  using Lines = std::vector<Line>;
  Status use_policy(std::uint64_t revision);
  struct NamedFact;
  Result<Lines> decide(const store::EntryRecord& entry, std::vector<NamedFact> facts);
  Result<Lines> apply_origin(const store::EntryRecord& entry, std::vector<NamedFact> facts);
  Result<Lines> apply_facts(const store::EntryRecord& entry, std::vector<NamedFact> facts);
  Result<Lines> apply_time(const store::EntryRecord& entry);
  Result<Lines> apply_policy(const store::EntryRecord& entry);
  ProductView& product(const std::string& id, Instant now);
  void begin_products(const store::EntryRecord& entry);

  const log::FactLog& log_;
  PolicyInForce policy_;
  Products products_;
  std::map<std::string, Base> bases_;         // by product
  std::map<std::string, Instant> evaluated_;  // of products whose base comes later
};

// Where the first difference lies between what the log's entries gave when they were decided and what they give now.
struct Divergence {
  std::uint64_t position = 0;
  std::string product;   // empty: another number of lines
  std::string recorded;  // a line of changes; empty where there is none
  std::string replayed;
};
// Replays the whole log; nullopt: all is as it was.
Result<std::optional<Divergence>> replay_log(const store::Store& store);

}  // namespace riskd::service
