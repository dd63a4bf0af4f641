#include "daemon/service/tokens.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <future>
#include <utility>

#include "daemon/service/secrets.hpp"
#include "dsl/text/sha256.hpp"
#include "engine/base/limits.hpp"

namespace riskd::service {
namespace {

constexpr std::string_view secret_prefix =
    "riskd_";  // by it scanners of repositories know one that was leaked
constexpr std::size_t secret_bytes = 32;
constexpr std::string_view use_prefix = "token-used/";
constexpr std::int64_t use_stored_ms = 10 * 60 * 1'000;  // not more often

// RFC 4648, 5, without padding.
std::string base64url(std::string_view bytes) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  unsigned bits = 0, waiting = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (waiting += 8; waiting >= 6; waiting -= 6) text += letters[bits >> (waiting - 6) & 63];
  }
  if (waiting > 0) text += letters[bits << (6 - waiting) & 63];
  return text;
}

std::string_view bytes_of(const store::Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

store::Digest hash_of(std::string_view secret) {
  dsl::Sha256 sum;
  sum.add(secret);
  return sum.digest();
}

bool is_name(const std::string& name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  };
  // Not `..` and the like either, which a client takes for a folder, nor what looks like an option.
  return !name.empty() && name.size() <= limits::token_name_bytes && name.front() != '.' &&
         name.front() != '-' && std::all_of(name.begin(), name.end(), fits);
}

std::optional<Instant> moment_of(std::int64_t ms) {
  return ms == 0 ? std::nullopt : std::optional(Instant{ms});
}

}  // namespace

Status Tokens::load() {
  std::string unreadable;
  Status read = shared_.store->each_access(
      [&](const store::EntryRecord& entry, const store::AccessRecord& record) {
        if (record.change == store::AccessRecord::Change::revoked) {
          if (const EntryPtr known = find(record.token)) {
            known->revoked = entry.head.at;
            known->revoker = entry.head.poster;
          }
          return;
        }
        const auto made = std::make_shared<Entry>();
        made->grant = {record.token, {}, record.products, record.expires};
        for (const std::string& name : record.roles) {
          const auto role = role_named(name);
          if (!role) unreadable = name;
          if (role) made->grant.roles.push_back(*role);
        }
        made->hash = record.hash;
        made->given = entry.head.at;
        made->giver = entry.head.poster;
        entries_.push_back(made);
      });
  if (!read) return read;
  if (!unreadable.empty())
    return fail(
        ErrorCode::unsupported,
        fmt::format("a token has the role `{}`, which this riskd does not know", unreadable));
  for (const EntryPtr& entry : entries_) {
    const auto used = shared_.store->meta(std::string(use_prefix) + entry->grant.name);
    if (!used) return failure(used);
    if (!*used) continue;
    std::int64_t ms = 0;
    std::from_chars((*used)->data(), (*used)->data() + (*used)->size(), ms);
    entry->used = entry->stored_use = ms;
  }
  return Done{};
}

Status Tokens::check(const TokenGrant& grant) const {
  if (!is_name(grant.name)) {
    return fail(ErrorCode::invalid,
                fmt::format("the name of a token has 1 to {} letters, digits, `-`, `_` and `.`, "
                            "and does not begin with `-` or `.`",
                            limits::token_name_bytes),
                "/name");
  }
  if (grant.roles.empty())
    return fail(ErrorCode::invalid, "a token has one role at least", "/roles");
  if (grant.expires && *grant.expires <= shared_.clock())
    return fail(ErrorCode::invalid, "the token would have expired already", "/expires");
  if (find(grant.name)) {
    return fail(
        ErrorCode::conflict,
        fmt::format("there is or was a token `{}`, and its name stays its own: choose another",
                    grant.name),
        "/name");
  }
  const std::lock_guard lock(mutex_);
  const auto live = std::count_if(entries_.begin(), entries_.end(),
                                  [](const EntryPtr& each) { return !each->revoked; });
  if (static_cast<std::size_t>(live) >= limits::tokens) {
    return fail(
        ErrorCode::too_large,
        fmt::format("there are {} tokens already: revoke those that nobody uses", limits::tokens));
  }
  return Done{};
}

Result<std::string> Tokens::give(const TokenGrant& grant, const std::string& poster) {
  const std::lock_guard one_at_a_time(change_mutex_);
  if (Status fine = check(grant); !fine) return failure(fine);
  const auto random = random_bytes(secret_bytes);
  if (!random) return random;
  std::string secret = std::string(secret_prefix) + base64url(*random);
  const auto made = std::make_shared<Entry>();
  made->grant = grant;
  made->hash = hash_of(secret);
  made->given = shared_.clock();
  made->giver = poster;
  store::AccessRecord record{store::AccessRecord::Change::given,
                             grant.name,
                             made->hash,
                             {},
                             grant.products,
                             grant.expires};
  for (const Role role : grant.roles) record.roles.emplace_back(to_string(role));
  if (Status stored = store(std::move(record), poster); !stored) return failure(stored);
  const std::lock_guard lock(mutex_);
  entries_.push_back(made);
  return secret;
}

Status Tokens::revoke(const std::string& name, const std::string& poster) {
  const std::lock_guard one_at_a_time(change_mutex_);
  const EntryPtr known = find(name);
  if (!known) return fail(ErrorCode::not_found, fmt::format("there is no token `{}`", name));
  {
    const std::lock_guard lock(mutex_);
    if (known->revoked)
      return fail(ErrorCode::conflict, fmt::format("the token `{}` was revoked at {} by {}", name,
                                                   to_string(*known->revoked), known->revoker));
  }
  if (Status stored =
          store({store::AccessRecord::Change::revoked, name, {}, {}, {}, std::nullopt}, poster);
      !stored)
    return stored;
  const std::lock_guard lock(mutex_);
  known->revoked = shared_.clock();
  known->revoker = poster;
  return Done{};
}

Status Tokens::store(store::AccessRecord record, const std::string& poster) {
  const auto done = std::make_shared<std::promise<Status>>();
  writer_.add(AccessWork{std::move(record), {}, poster, [done](Status status) {
                           done->set_value(std::move(status));
                         }});
  return done->get_future().get();
}

std::vector<Token> Tokens::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<Token> tokens;
  for (const EntryPtr& each : entries_)
    tokens.push_back({each->grant, each->given, each->giver, each->revoked, each->revoker,
                      moment_of(each->used)});
  return tokens;
}

bool Tokens::holds(const std::string& name) const {
  const EntryPtr known = find(name);
  if (!known) return false;
  const std::lock_guard lock(mutex_);
  return !known->revoked && (!known->grant.expires || *known->grant.expires > shared_.clock());
}

Result<TokenGrant> Tokens::show(std::string_view secret) {
  const store::Digest hash = hash_of(secret);
  const Instant now = shared_.clock();
  EntryPtr found;
  std::optional<Instant> revoked;
  {
    const std::lock_guard lock(mutex_);
    for (const EntryPtr& each : entries_) {
      if (is_same_secret(bytes_of(each->hash), bytes_of(hash))) found = each;
    }
    if (found) revoked = found->revoked;
  }
  if (!found) return fail(ErrorCode::forbidden, "no token has this secret");
  const TokenGrant& grant = found->grant;
  if (revoked)
    return fail(ErrorCode::forbidden,
                fmt::format("the token `{}` was revoked at {}", grant.name, to_string(*revoked)));
  if (grant.expires && *grant.expires <= now)
    return fail(ErrorCode::forbidden,
                fmt::format("the token `{}` expired at {}", grant.name, to_string(*grant.expires)));
  note_use(*found, now);
  return grant;
}

void Tokens::note_use(Entry& entry, Instant now) {
  entry.used = now.ms;
  std::int64_t stored = entry.stored_use;
  if (now.ms - stored < use_stored_ms || !entry.stored_use.compare_exchange_strong(stored, now.ms))
    return;
  writer_.add(AccessWork{std::nullopt, {entry.grant.name, now}, {}, [](const Status&) {}});
}

Tokens::EntryPtr Tokens::find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const EntryPtr& each) { return each->grant.name == name; });
  return found == entries_.end() ? nullptr : *found;
}

Status change_access(store::Transaction& transaction, const AccessWork& work, const Batch& batch) {
  if (!work.used.first.empty()) {
    Status put = transaction.put_meta(std::string(use_prefix) + work.used.first,
                                      std::to_string(work.used.second.ms));
    if (!put) return put;
  }
  if (!work.change) return Done{};
  if (Status added = transaction.append_access(*work.change); !added) return added;
  return transaction.close_entry({store::EntryKind::access,
                                  batch.now(),
                                  batch.now(),
                                  batch.policy().revision,
                                  false,
                                  work.poster,
                                  {}});
}

}  // namespace riskd::service
