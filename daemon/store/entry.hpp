// The log: what was decided, in order. An entry is one change of the model with all that it needs to be
// decided again; what follows from it (changes, effects) stands in other tables and can be made anew.
//
// Entries are a chain. The link of an entry is the SHA-256 of the link before it, its position (8 bytes,
// big-endian), the digest of its body, and its head as it is stored. The body of an entry with facts are
// their records, each after its length (8 bytes, big-endian), that of `policy` is the policy's record, that of `prune`
// says whose bodies were removed, that of `access` which token was given or revoked. So bodies may go, and the chain still verifies; nothing else can change unseen by who knows a later link.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/text/sha256.hpp"
#include "engine/base/instant.hpp"

namespace riskd::store {

using dsl::Digest;

enum class EntryKind : std::uint8_t {
  origin,   // all facts and policies of a store from before there was a log
  facts,    // a posting or what a tracker reported: facts of one product
  clock,    // the clock was set back: a fact for each product whose facts lie in the future
  time,     // the time of some products has come
  policy,   // a policy comes into force
  release,  // held effects of some products may go
  prune,    // bodies of earlier entries were removed: superseded results of a product
  access,   // a token was given, or revoked
};
std::string_view to_string(EntryKind kind);

// What is decided when the entry is made. Numbers that the transaction knows are not in it.
struct EntryHead {
  EntryKind kind = EntryKind::facts;
  Instant at;                // never before that of an earlier entry, but where `kind` is `clock`
  Instant evaluated;         // the time for which the products were evaluated, at most `at`
  std::uint64_t policy = 0;  // the revision in force; of `policy` the new one
  bool held = false;         // its effects wait for a release
  std::string poster;
  std::vector<std::string> products;  // that it changes; of `policy` and `origin` none: all
};

struct EntryRecord {
  std::uint64_t position = 0;   // counts from 1 without gaps; after an origin on from its position
  std::uint64_t first_seq = 0;  // of its facts, which have consecutive numbers
  std::uint64_t facts = 0;
  EntryHead head;
  Digest body{};
  Digest link{};
};

std::string encode_entry(const EntryRecord& entry);  // without the position
// Gives the entry its link after the link `before`, and encodes it.
std::string link_and_encode(const Digest& before, EntryRecord& entry);
std::optional<EntryRecord> decode_entry(std::uint64_t position, std::string_view bytes);

// Sums up the body of an entry.
class BodyDigest {
 public:
  void add(std::string_view record);
  Digest finish() { return sum_.digest(); }  // then it begins anew

 private:
  dsl::Sha256 sum_;
};

// The link of `entry` after the link `before`; before the first one that is all zeros.
Digest link_of(const Digest& before, const EntryRecord& entry);

}  // namespace riskd::store
