#include "daemon/store/entry.hpp"

#include <algorithm>

#include "daemon/store/fields.hpp"
#include "daemon/store/key.hpp"

namespace riskd::store {
namespace {

constexpr std::size_t digest_bytes = std::tuple_size_v<Digest>;

std::string_view bytes_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::optional<Digest> take_digest(std::string_view& bytes) {
  if (bytes.size() < digest_bytes) return std::nullopt;
  Digest digest;
  std::copy_n(bytes.begin(), digest_bytes, digest.begin());
  bytes.remove_prefix(digest_bytes);
  return digest;
}

std::string encode_head(const EntryRecord& entry) {
  const EntryHead& head = entry.head;
  FieldWriter writer(1);
  writer.number(static_cast<std::uint64_t>(head.kind))
      .moment(head.at)
      .moment(head.evaluated)
      .number(entry.first_seq)
      .number(entry.facts)
      .number(head.policy)
      .number(head.held ? 1 : 0)
      .text(head.poster)
      .number(head.products.size());
  for (const std::string& product : head.products) writer.text(product);
  return writer.take();
}

// `content`: the digest of the body and the head.
Digest link_of(const Digest& before, std::uint64_t position, std::string_view content) {
  thread_local dsl::Sha256 sum;
  sum.add(bytes_of(before));
  sum.add(number_key(position));
  sum.add(content);
  return sum.digest();
}

}  // namespace

std::string_view to_string(EntryKind kind) {
  switch (kind) {
    case EntryKind::origin:
      return "origin";
    case EntryKind::facts:
      return "facts";
    case EntryKind::clock:
      return "clock";
    case EntryKind::time:
      return "time";
    case EntryKind::policy:
      return "policy";
    case EntryKind::release:
      return "release";
    case EntryKind::prune:
      return "prune";
    case EntryKind::access:
      return "access";
  }
  return "";
}

std::string encode_entry(const EntryRecord& entry) {
  std::string bytes;
  bytes += bytes_of(entry.link);
  bytes += bytes_of(entry.body);
  return bytes += encode_head(entry);
}

std::string link_and_encode(const Digest& before, EntryRecord& entry) {
  std::string bytes(digest_bytes, '\0');
  bytes += bytes_of(entry.body);
  bytes += encode_head(entry);
  entry.link = link_of(before, entry.position, std::string_view(bytes).substr(digest_bytes));
  bytes.replace(0, digest_bytes, bytes_of(entry.link));
  return bytes;
}

std::optional<EntryRecord> decode_entry(std::uint64_t position, std::string_view bytes) {
  const auto link = take_digest(bytes);
  const auto body = take_digest(bytes);
  if (!link || !body) return std::nullopt;
  EntryRecord entry;
  entry.position = position;
  entry.link = *link;
  entry.body = *body;
  FieldReader reader(bytes, 1);
  const std::uint64_t kind = reader.number();
  if (kind > static_cast<std::uint64_t>(EntryKind::access)) return std::nullopt;
  entry.head.kind = static_cast<EntryKind>(kind);
  entry.head.at = reader.moment();
  entry.head.evaluated = reader.moment();
  entry.first_seq = reader.number();
  entry.facts = reader.number();
  entry.head.policy = reader.number();
  entry.head.held = reader.flag();
  entry.head.poster = reader.text();
  const std::uint64_t products = reader.number();
  for (std::uint64_t i = 0; i < products && reader.good(); ++i)
    entry.head.products.emplace_back(reader.text());
  if (!reader.whole()) return std::nullopt;
  return entry;
}

void BodyDigest::add(std::string_view record) {
  sum_.add(number_key(record.size()));
  sum_.add(record);
}

Digest link_of(const Digest& before, const EntryRecord& entry) {
  return link_of(before, entry.position, std::string(bytes_of(entry.body)) + encode_head(entry));
}

}  // namespace riskd::store
