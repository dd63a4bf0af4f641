#include "daemon/store/record.hpp"

#include <limits>
#include <utility>

namespace riskd::store {
namespace {

constexpr char layout = 1;

class Writer {
 public:
  Writer() : bytes_(1, layout) {}

  Writer& number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_ += static_cast<char>(value | 0x80);
    bytes_ += static_cast<char>(value);
    return *this;
  }
  Writer& integer(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    return number(bits << 1 ^ (value < 0 ? ~std::uint64_t{0} : 0));
  }
  Writer& moment(Instant value) { return integer(value.ms); }
  Writer& text(std::string_view value) {
    number(value.size());
    bytes_ += value;
    return *this;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// After the first field that does not fit, all fields read as empty and `whole` is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {
    good_ = !bytes.empty() && bytes.front() == layout;
    if (good_) bytes_.remove_prefix(1);
  }

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; good_; shift += 7) {
      if (bytes_.empty() || shift > 63) break;
      const auto byte = static_cast<unsigned char>(bytes_.front());
      if (shift == 63 && byte > 1) break;
      bytes_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  std::int64_t integer() {
    const std::uint64_t bits = number();
    return static_cast<std::int64_t>(bits >> 1 ^ (bits & 1 ? ~std::uint64_t{0} : 0));
  }
  int small_integer() {
    const std::int64_t value = integer();
    if (value < std::numeric_limits<int>::min() || value > std::numeric_limits<int>::max()) {
      good_ = false;
      return 0;
    }
    return static_cast<int>(value);
  }
  bool flag() {
    const std::uint64_t value = number();
    if (value > 1) good_ = false;
    return value == 1;
  }
  Instant moment() { return Instant{integer()}; }
  std::string_view text() {
    const std::uint64_t size = number();
    if (!good_ || size > bytes_.size()) {
      good_ = false;
      return {};
    }
    const std::string_view value = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return value;
  }
  bool good() const { return good_; }
  bool whole() const { return good_ && bytes_.empty(); }

 private:
  std::string_view bytes_;
  bool good_ = false;
};

template <typename Record>
std::optional<Record> if_whole(const Reader& reader, Record record) {
  if (!reader.whole()) return std::nullopt;
  return record;
}

}  // namespace

std::string encode_fact(const FactRecord& fact) {
  return Writer()
      .text(fact.product)
      .moment(fact.at)
      .moment(fact.received)
      .text(fact.poster)
      .number(fact.policy)
      .text(fact.body)
      .take();
}

std::optional<FactRecord> decode_fact(std::uint64_t seq, std::string_view bytes) {
  Reader reader(bytes);
  FactRecord fact;
  fact.seq = seq;
  fact.product = reader.text();
  fact.at = reader.moment();
  fact.received = reader.moment();
  fact.poster = reader.text();
  fact.policy = reader.number();
  fact.body = reader.text();
  return if_whole(reader, std::move(fact));
}

std::string encode_change(const ChangeRecord& change, std::uint64_t greatest_seq) {
  return Writer()
      .number(greatest_seq)
      .number(change.seq)
      .text(change.product)
      .moment(change.at)
      .number(change.policy)
      .text(change.cause)
      .text(change.body)
      .take();
}

std::optional<ChangeRecord> decode_change(std::string_view bytes) {
  Reader reader(bytes);
  reader.number();
  ChangeRecord change;
  change.seq = reader.number();
  change.product = reader.text();
  change.at = reader.moment();
  change.policy = reader.number();
  change.cause = reader.text();
  change.body = reader.text();
  return if_whole(reader, std::move(change));
}

std::optional<std::uint64_t> decode_greatest_seq(std::string_view bytes) {
  Reader reader(bytes);
  const std::uint64_t seq = reader.number();
  return reader.good() ? std::optional(seq) : std::nullopt;
}

std::string encode_effect(const EffectRecord& effect) {
  return Writer()
      .text(effect.product)
      .text(effect.tracker)
      .number(effect.held ? 1 : 0)
      .integer(effect.attempts)
      .moment(effect.due)
      .text(effect.last_error)
      .text(effect.body)
      .take();
}

std::optional<EffectRecord> decode_effect(std::string_view key, std::string_view bytes) {
  Reader reader(bytes);
  EffectRecord effect;
  effect.key = key;
  effect.product = reader.text();
  effect.tracker = reader.text();
  effect.held = reader.flag();
  effect.attempts = reader.small_integer();
  effect.due = reader.moment();
  effect.last_error = reader.text();
  effect.body = reader.text();
  return if_whole(reader, std::move(effect));
}

std::string encode_policy(const PolicyRecord& policy) {
  Writer writer;
  writer.text(policy.hash).moment(policy.at).text(policy.poster).number(policy.files.size());
  for (const auto& [name, text] : policy.files) writer.text(name).text(text);
  return writer.take();
}

std::optional<PolicyRecord> decode_policy(std::uint64_t revision, std::string_view bytes,
                                          PolicyFiles files) {
  Reader reader(bytes);
  PolicyRecord policy;
  policy.revision = revision;
  policy.hash = reader.text();
  policy.at = reader.moment();
  policy.poster = reader.text();
  const std::uint64_t count = reader.number();
  for (std::uint64_t i = 0; i < count && reader.good(); ++i) {
    const std::string_view name = reader.text();
    const std::string_view text = reader.text();
    policy.files.emplace_back(name, files == PolicyFiles::with_texts ? text : std::string_view());
  }
  return if_whole(reader, std::move(policy));
}

std::string encode_reply(const ReplyRecord& reply) {
  return Writer()
      .moment(reply.at)
      .text(reply.request_hash)
      .integer(reply.status)
      .text(reply.body)
      .take();
}

std::optional<ReplyRecord> decode_reply(std::string_view bytes) {
  Reader reader(bytes);
  ReplyRecord reply;
  reply.at = reader.moment();
  reply.request_hash = reader.text();
  reply.status = reader.small_integer();
  reply.body = reader.text();
  return if_whole(reader, std::move(reply));
}

}  // namespace riskd::store
