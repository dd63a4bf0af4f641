#include "daemon/store/record.hpp"

#include <utility>

#include "daemon/store/fields.hpp"

namespace riskd::store {
namespace {

constexpr char layout = 1;
constexpr char change_layout = 2;  // 1: without position
constexpr char effect_layout = 2;  // 1: without withdrawn, sent, project

template <typename Record>
std::optional<Record> if_whole(const FieldReader& reader, Record record) {
  if (!reader.whole()) return std::nullopt;
  return record;
}

}  // namespace

std::string encode_fact(const FactRecord& fact) {
  return FieldWriter(layout)
      .text(fact.product)
      .moment(fact.at)
      .moment(fact.received)
      .text(fact.poster)
      .number(fact.policy)
      .text(fact.body)
      .take();
}

std::optional<FactRecord> decode_fact(std::uint64_t seq, std::string_view bytes) {
  FieldReader reader(bytes, layout);
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
  return FieldWriter(change_layout)
      .number(greatest_seq)
      .number(change.seq)
      .number(change.position)
      .text(change.product)
      .moment(change.at)
      .number(change.policy)
      .text(change.cause)
      .text(change.body)
      .take();
}

std::optional<ChangeRecord> decode_change(std::string_view bytes) {
  FieldReader reader(bytes, change_layout);
  reader.number();
  ChangeRecord change;
  change.seq = reader.number();
  change.position = reader.layout() == 1 ? change.seq : reader.number();
  change.product = reader.text();
  change.at = reader.moment();
  change.policy = reader.number();
  change.cause = reader.text();
  change.body = reader.text();
  return if_whole(reader, std::move(change));
}

std::optional<std::uint64_t> decode_greatest_seq(std::string_view bytes) {
  FieldReader reader(bytes, change_layout);
  const std::uint64_t seq = reader.number();
  return reader.good() ? std::optional(seq) : std::nullopt;
}

std::string encode_effect(const EffectRecord& effect) {
  return FieldWriter(effect_layout)
      .text(effect.product)
      .text(effect.tracker)
      .number(effect.held ? 1 : 0)
      .number(effect.withdrawn ? 1 : 0)
      .number(effect.sent ? 1 : 0)
      .moment(effect.sent.value_or(Instant{}))
      .text(effect.project)
      .integer(effect.attempts)
      .moment(effect.due)
      .text(effect.last_error)
      .text(effect.body)
      .take();
}

std::optional<EffectRecord> decode_effect(std::string_view key, std::string_view bytes) {
  FieldReader reader(bytes, effect_layout);
  EffectRecord effect;
  effect.key = key;
  effect.product = reader.text();
  effect.tracker = reader.text();
  effect.held = reader.flag();
  if (reader.layout() > 1) {
    effect.withdrawn = reader.flag();
    const bool is_sent = reader.flag();
    const Instant sent = reader.moment();
    if (is_sent) effect.sent = sent;
    effect.project = reader.text();
  } else if (!effect.held) {
    effect.sent = Instant{};  // nobody knows whether it was
  }
  effect.attempts = reader.small_integer();
  effect.due = reader.moment();
  effect.last_error = reader.text();
  effect.body = reader.text();
  return if_whole(reader, std::move(effect));
}

std::string encode_policy(const PolicyRecord& policy) {
  FieldWriter writer(layout);
  writer.text(policy.hash).moment(policy.at).text(policy.poster).number(policy.files.size());
  for (const auto& [name, text] : policy.files) writer.text(name).text(text);
  return writer.take();
}

std::optional<PolicyRecord> decode_policy(std::uint64_t revision, std::string_view bytes,
                                          PolicyFiles files) {
  FieldReader reader(bytes, layout);
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
  return FieldWriter(layout)
      .moment(reply.at)
      .text(reply.request_hash)
      .integer(reply.status)
      .text(reply.body)
      .take();
}

std::optional<ReplyRecord> decode_reply(std::string_view bytes) {
  FieldReader reader(bytes, layout);
  ReplyRecord reply;
  reply.at = reader.moment();
  reply.request_hash = reader.text();
  reply.status = reader.small_integer();
  reply.body = reader.text();
  return if_whole(reader, std::move(reply));
}

}  // namespace riskd::store
