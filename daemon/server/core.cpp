#include "daemon/server/core.hpp"

#include <fmt/core.h>

#include <boost/asio/io_context.hpp>
#include <random>
#include <utility>

namespace riskd::server {

bool ConnectionList::add(std::shared_ptr<Connection> connection, std::size_t capacity) {
  const std::lock_guard lock(mutex_);
  if (open_.size() >= capacity) return false;
  const Connection* key = connection.get();
  open_.emplace(key, std::move(connection));
  count();
  return true;
}

void ConnectionList::remove(const Connection* connection) {
  std::shared_ptr<Connection> removed;  // goes after the lock
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(connection);
  if (found == open_.end()) return;
  removed = std::move(found->second);
  open_.erase(found);
  count();
  if (open_.empty()) emptied_.notify_all();
}

void ConnectionList::count() {
  if (count_ != nullptr) *count_ = open_.size();
}

std::vector<std::shared_ptr<Connection>> ConnectionList::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<Connection>> connections;
  for (const auto& [key, connection] : open_) connections.push_back(connection);
  return connections;
}

bool ConnectionList::wait_until_empty(std::chrono::seconds patience) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, patience, [this] { return open_.empty(); });
}

Core::Core(const ServerOptions& server_options, Handler& server_handler)
    : options(server_options),
      handler(server_handler),
      context(std::make_unique<boost::asio::io_context>()),
      id_prefix_(fmt::format("{:08x}-", std::random_device{}())) {}

std::string Core::next_request_id() { return fmt::format("{}{:x}", id_prefix_, ++requests_); }

Response Core::counted(Response answer) {
  counts->own_answers.add(answer.status);
  return answer;
}

Core::~Core() = default;

}  // namespace riskd::server
