// The keys of the store's tables. Numbers are big-endian, so that LMDB's order of bytes is theirs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/store/entry.hpp"
#include "daemon/store/environment.hpp"
#include "engine/base/instant.hpp"
#include "engine/base/result.hpp"

namespace riskd::store {

// LMDB's own bound, in bytes; checked against the library when the store is opened.
inline constexpr std::size_t key_bytes = 511;
// The longest name (product, effect key, reply key, meta name) that fits a key with what is added.
inline constexpr std::size_t key_name_bytes = key_bytes - 10;

// A name that becomes a key, or a part of one: Error::invalid where it is empty, Error::too_large.
Status check_name(std::string_view what, std::string_view name);

// 8 bytes.
std::string number_key(std::uint64_t number);
// nullopt where `key` is not 8 bytes long.
std::optional<std::uint64_t> read_number_key(std::string_view key);

// The key of the last entry of a numbered table; 0 where it is empty. Error::corrupt where that key is no number.
Result<std::uint64_t> last_number(const View& view, Table table);

// Two bytes of length and the product: no product's keys lie between those of another.
std::string product_prefix(std::string_view product);
// The prefix and the number.
std::string product_key(std::string_view product, std::uint64_t number);

// A byte of the kind and 8 of the position; of entries of these kinds alone, which are few.
bool is_marked(EntryKind kind);
std::string mark_key(EntryKind kind, std::uint64_t position);

// Calls `visit` with each product that has facts, in order, until it returns false. Cost: a search for each.
Status each_product(const View& view, const std::function<bool(std::string_view product)>& visit);

// 8 bytes of the moment, in the order of time, and the name.
std::string time_key(Instant moment, std::string_view name);
inline constexpr std::size_t time_key_prefix_bytes = 8;

// "facts/17", "effects/ab\x01": a key as people are shown it in an error's `where`.
std::string describe_number(std::string_view table, std::uint64_t number);
std::string describe_name(std::string_view table, std::string_view name);
// The same of a key of the table, whichever kind of keys that has.
std::string describe_key(Table table, std::string_view key);

}  // namespace riskd::store
