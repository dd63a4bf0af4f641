#include "daemon/server/peer_accounts.hpp"

#include <algorithm>

#include "daemon/server/refusals.hpp"

namespace riskd::server {

Hold::~Hold() { accounts_->end(*this); }

std::optional<Response> Hold::add_body(std::size_t bytes) {
  const std::lock_guard lock(accounts_->mutex_);
  const ServerOptions& most = accounts_->options_;
  PeerAccounts::Account& account = accounts_->accounts_[peer_];
  if (account.bytes >= most.peer_bytes || bytes > most.peer_bytes - account.bytes)
    return too_much_of_peer(most.peer_bytes);
  if (bytes > most.body_bytes - std::min(most.body_bytes, accounts_->body_bytes_))
    return too_much_in_memory(most.body_bytes);
  account.bytes += bytes;
  accounts_->body_bytes_ += bytes;
  body_bytes_ += bytes;
  return std::nullopt;
}

void Hold::drop_body() {
  const std::lock_guard lock(accounts_->mutex_);
  accounts_->accounts_[peer_].bytes -= body_bytes_;
  accounts_->body_bytes_ -= body_bytes_;
  body_bytes_ = 0;
}

void Hold::add_answer(std::size_t bytes) {
  const std::lock_guard lock(accounts_->mutex_);
  accounts_->accounts_[peer_].bytes += bytes;
  answer_bytes_ += bytes;
}

PeerAccounts::HoldPtr PeerAccounts::open_connection(const std::string& peer) {
  return hold(peer, Hold::Of::connection, &Account::connections, options_.peer_connections);
}

PeerAccounts::HoldPtr PeerAccounts::begin_request(const std::string& peer) {
  return hold(peer, Hold::Of::request, &Account::requests, options_.peer_requests);
}

PeerAccounts::HoldPtr PeerAccounts::hold(const std::string& peer, Hold::Of what,
                                         std::size_t Account::*counted, std::size_t most) {
  const std::lock_guard lock(mutex_);
  const auto account = accounts_.find(peer);
  if (account != accounts_.end() && account->second.*counted >= most) return nullptr;
  auto made = std::make_shared<Hold>(shared_from_this(), peer, what);
  ++(accounts_[peer].*counted);
  return made;
}

void PeerAccounts::end(const Hold& hold) {
  const std::lock_guard lock(mutex_);
  const auto account = accounts_.find(hold.peer_);
  Account& counted = account->second;
  --(hold.what_ == Hold::Of::connection ? counted.connections : counted.requests);
  counted.bytes -= hold.body_bytes_ + hold.answer_bytes_;
  body_bytes_ -= hold.body_bytes_;
  if (counted.connections == 0 && counted.requests == 0) accounts_.erase(account);
}

std::size_t PeerAccounts::body_bytes() const {
  const std::lock_guard lock(mutex_);
  return body_bytes_;
}

}  // namespace riskd::server
