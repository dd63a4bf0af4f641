// How records are written in the store: one byte that says the layout, then the fields in order.
// Whole numbers are LEB128 (seven bits a byte, lowest first), moments the same after zigzag, texts
// a length and the bytes. What is part of a record's key (seq, effect key, revision) is not
// repeated.
//
// Decoding never reads out of bounds and gives nullopt for anything but a whole record: a field
// that does not fit, an unknown layout, bytes left over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/store/store.hpp"

namespace riskd::store {

std::string encode_fact(const FactRecord& fact);
std::optional<FactRecord> decode_fact(std::uint64_t seq, std::string_view bytes);

// A change also keeps the greatest seq of all changes up to itself. It never falls along the table,
// so the first change after a seq is found by halving even where changes of one commit came in
// another order than their facts.
std::string encode_change(const ChangeRecord& change, std::uint64_t greatest_seq);
std::optional<ChangeRecord> decode_change(std::string_view bytes);
std::optional<std::uint64_t> decode_greatest_seq(std::string_view bytes);

std::string encode_effect(const EffectRecord& effect);
std::optional<EffectRecord> decode_effect(std::string_view key, std::string_view bytes);

enum class PolicyFiles { with_texts, names_only };
std::string encode_policy(const PolicyRecord& policy);
std::optional<PolicyRecord> decode_policy(std::uint64_t revision, std::string_view bytes,
                                          PolicyFiles files);

std::string encode_reply(const ReplyRecord& reply);
std::optional<ReplyRecord> decode_reply(std::string_view bytes);

}  // namespace riskd::store
