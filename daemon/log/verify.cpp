#include "daemon/log/verify.hpp"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "daemon/log/local_log.hpp"
#include "daemon/store/record.hpp"

namespace riskd::log {
namespace {

using store::EntryKind;
using store::EntryRecord;

constexpr std::uint64_t progress_step = 1'000;

std::string at(const EntryRecord& entry) { return fmt::format("log/{}", entry.position); }

// Goes through the entries in order. Between two entries: everything up to the last one is right.
class Verifier {
 public:
  Verifier(const store::Store& store, const std::optional<store::LogHead>& known, Verified& result)
      : store_(store), known_(known), result_(result) {}

  // False where a fault was found.
  bool check(const EntryRecord& entry, const FactLog::ReadFacts& read_facts) {
    return check_place(entry) && check_body(entry, read_facts) && check_link(entry);
  }

  // What no entry speaks of.
  void check_rest() {
    if (!check_removals() || !check_marks()) return;
    if (const std::uint64_t facts = store_.last_seq(); facts != result_.facts)
      return fault(fmt::format("facts/{}", result_.facts + 1), "a fact is of no entry");
    const auto policies = store_.policies();
    if (!policies) return fault(policies.error());
    if (policies->size() != result_.policies)
      return fault(fmt::format("policies/{}", result_.policies + 1), "a policy is of no entry");
    if (known_ && known_->position > result_.head.position) {
      fault(fmt::format("log/{}", result_.head.position),
            fmt::format("the log ends here, and the head that was kept has position {}: it was cut",
                        known_->position));
    } else if (known_ && known_->position < result_.first) {
      fault(fmt::format("log/{}", result_.first),
            fmt::format("the log begins here, and the head that was kept has position {}",
                        known_->position));
    }
  }

  void fault(std::string where, std::string what) {
    if (!result_.fault) result_.fault = Fault{std::move(where), std::move(what)};
  }
  void fault(const Error& error) { fault(error.where, error.message); }

 private:
  bool wrong(const EntryRecord& entry, std::string what) {
    fault(at(entry), std::move(what));
    return false;
  }

  bool check_place(const EntryRecord& entry) {
    const bool is_first = result_.entries == 0;
    if (is_first && entry.position != 1 && entry.head.kind != EntryKind::origin)
      return wrong(entry, "the log does not begin at its first entry");
    if (!is_first && entry.position != result_.head.position + 1)
      return wrong(entry, "an entry is missing before this one");
    if (!is_first && entry.head.kind == EntryKind::origin)
      return wrong(entry, "only the first entry can be an origin");
    if (entry.first_seq != result_.facts + 1)
      return wrong(entry, fmt::format("its facts begin with {}, and fact {} comes next",
                                      entry.first_seq, result_.facts + 1));
    if (!is_first && entry.head.at < newest_ && entry.head.kind != EntryKind::clock)
      return wrong(entry, "it is older than the entry before it");
    newest_ = entry.head.at;
    if (is_first) result_.first = entry.position;
    if (entry.head.kind != EntryKind::facts && entry.head.kind != EntryKind::time)
      marked_[entry.head.kind].push_back(entry.position);
    return true;
  }

  bool check_body(const EntryRecord& entry, const FactLog::ReadFacts& read_facts) {
    store::BodyDigest body;
    const bool has_policies =
        entry.head.kind == EntryKind::policy || entry.head.kind == EntryKind::origin;
    if (has_policies && !add_policies(entry, body)) return false;
    if (entry.head.kind == EntryKind::prune && !add_removal(entry, body)) return false;
    if (entry.head.kind == EntryKind::access && !add_access(entry, body)) return false;
    std::uint64_t facts = 0;
    if (entry.facts > 0) {
      Status read = read_facts([&](const store::FactRecord& fact) {
        body.add(store::encode_fact(fact));
        ++facts;
        return true;
      });
      if (!read) {
        fault(read.error());
        return false;
      }
    }
    if (facts == 0 && entry.facts > 0) {  // a later entry says so, or they are missing
      missing_.insert(entry.position);
      result_.facts += entry.facts;
      result_.removed += entry.facts;
      return true;
    }
    if (facts != entry.facts) return wrong(entry, "facts of it are missing");
    if (body.finish() != entry.body)
      return wrong(entry, "its facts or its policy are not those that were written");
    result_.facts += facts;
    return true;
  }

  // Marks lead to entries at a start: none may be missing, or be of another entry.
  bool check_marks() {
    for (const EntryKind kind : {EntryKind::origin, EntryKind::clock, EntryKind::policy,
                                 EntryKind::release, EntryKind::prune, EntryKind::access}) {
      const auto marked = store_.marked(kind);
      if (!marked || *marked != marked_[kind]) {
        fault(fmt::format("marks/{}", to_string(kind)),
              "the marks are not those of the entries of this kind");
        return false;
      }
    }
    const auto access = store_.access_positions();
    if (access && *access == marked_[EntryKind::access]) return true;
    fault("access", "a token is of no entry that gives or revokes one");
    return false;
  }

  bool add_access(const EntryRecord& entry, store::BodyDigest& body) {
    const auto access = store_.access(entry.position);
    if (!access) {
      fault(access.error());
      return false;
    }
    if (!*access) return wrong(entry, "the token that it is about is missing");
    body.add(store::encode_access(**access));
    return true;
  }

  // What the entry has removed.
  bool add_removal(const EntryRecord& entry, store::BodyDigest& body) {
    auto prune = store_.prune(entry.position);
    if (!prune) {
      fault(prune.error());
      return false;
    }
    if (!*prune) return wrong(entry, "what it has removed is missing");
    for (const std::uint64_t position : (*prune)->positions) {
      if (missing_.erase(position) == 0)
        return wrong(entry,
                     fmt::format("it removes the facts of entry {}, which has them", position));
    }
    body.add(store::encode_prune(**prune));
    bases_[(*prune)->product] = std::move(**prune);
    return true;
  }

  // Whether all that is missing was removed, and what was left instead is there.
  bool check_removals() {
    if (!missing_.empty()) {
      fault(fmt::format("log/{}", *missing_.begin()), "facts of it are missing");
      return false;
    }
    for (const auto& [product, prune] : bases_) {
      const auto base = store_.base(product);
      dsl::Sha256 sum;
      if (base && *base) sum.add(**base);
      if (!base || !*base || sum.digest() != prune.base) {
        fault("bases/" + product, "what retention has left is not what the log says");
        return false;
      }
    }
    return true;
  }

  // The policies that come into force with the entry.
  bool add_policies(const EntryRecord& entry, store::BodyDigest& body) {
    const std::uint64_t last = entry.head.policy;
    if (entry.head.kind == EntryKind::policy && last != result_.policies + 1)
      return wrong(entry, fmt::format("revision {} of the policy does not follow {}", last,
                                      result_.policies));
    while (result_.policies < last) {
      const std::uint64_t revision = ++result_.policies;
      const auto policy = store_.policy(revision);
      if (!policy) {
        fault(policy.error());
        return false;
      }
      if (!*policy) {
        fault(fmt::format("policies/{}", revision), "a policy of the log is missing");
        return false;
      }
      body.add(store::encode_policy(**policy));
    }
    return true;
  }

  bool check_link(const EntryRecord& entry) {
    if (store::link_of(result_.head.link, entry) != entry.link)
      return wrong(entry, "its link does not follow from the entry before it and its content");
    if (known_ && known_->position == entry.position && known_->link != entry.link)
      return wrong(entry, "it is not the entry whose link was kept: the log was rewritten");
    result_.head = {entry.position, entry.link};
    ++result_.entries;
    return true;
  }

  const store::Store& store_;
  const std::optional<store::LogHead>& known_;
  Verified& result_;
  Instant newest_;
  std::set<std::uint64_t>
      missing_;  // positions of entries without their facts, that no entry has removed so far
  std::map<EntryKind, std::vector<std::uint64_t>> marked_;  // positions, by kind
  std::map<std::string, store::PruneRecord> bases_;         // the newest of each product
};

}  // namespace

Verified verify(const store::Store& store, const std::optional<store::LogHead>& known,
                const Progress& progress) {
  Verified result;
  Verifier verifier(store, known, result);
  const LocalLog log(store);
  const auto head = log.head();
  const std::uint64_t last = head ? head->position : 0;
  Status read = log.read(0, [&](const EntryRecord& entry, const FactLog::ReadFacts& read_facts) {
    if (!verifier.check(entry, read_facts)) return false;
    if (progress && result.entries % progress_step == 0) progress(entry.position, last);
    return true;
  });
  if (!read) verifier.fault(read.error());
  if (!result.fault && !head) verifier.fault(head.error());
  if (!result.fault) verifier.check_rest();
  return result;
}

}  // namespace riskd::log
