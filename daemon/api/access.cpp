#include "daemon/api/access.hpp"

#include <fmt/core.h>
#include <fnmatch.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace riskd::api {
namespace {

using service::Role;

constexpr std::array all_roles = {Role::read,   Role::report,  Role::retire, Role::answer,
                                  Role::review, Role::tracker, Role::admin};

std::string user_name(std::uint32_t uid) {
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> space{};
  if (::getpwuid_r(uid, &entry, space.data(), space.size(), &found) == 0 && found != nullptr) {
    return entry.pw_name;
  }
  return fmt::format("uid {}", uid);
}

bool is_of(const service::PeerConfig& config, const server::Peer& peer) {
  if (!config.uid && !config.gid) return false;
  return (!config.uid || *config.uid == peer.uid) && (!config.gid || *config.gid == peer.gid);
}

}  // namespace

Caller Caller::of(const server::Peer& peer, const service::Config& config) {
  Caller caller;
  caller.name_ = user_name(peer.uid);
  if (config.peers.empty()) {
    if (peer.uid == 0 || peer.uid == ::geteuid()) {
      caller.grants_.push_back({{all_roles.begin(), all_roles.end()}, {}});
    }
    return caller;
  }
  for (const service::PeerConfig& entry : config.peers) {
    if (is_of(entry, peer)) caller.grants_.push_back({entry.roles, entry.products});
  }
  return caller;
}

bool Caller::may(Role role, const std::string& product) const {
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
    if (std::find(grant.roles.begin(), grant.roles.end(), role) == grant.roles.end()) return false;
    if (grant.products.empty()) return true;
    return std::any_of(grant.products.begin(), grant.products.end(), [&](const std::string& glob) {
      return glob == "*" || (!product.empty() && ::fnmatch(glob.c_str(), product.c_str(), 0) == 0);
    });
  });
}

bool Caller::may_somewhere(Role role) const {
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
    return std::find(grant.roles.begin(), grant.roles.end(), role) != grant.roles.end();
  });
}

std::string_view to_string(Role role) {
  switch (role) {
    case Role::read:
      return "read";
    case Role::report:
      return "report";
    case Role::retire:
      return "retire";
    case Role::answer:
      return "answer";
    case Role::review:
      return "review";
    case Role::tracker:
      return "tracker";
    case Role::admin:
      return "admin";
  }
  return "";
}

Role role_of(const engine::FactBody& body) {
  struct Visitor {
    Role operator()(const engine::ProductFact&) const { return Role::admin; }
    Role operator()(const engine::AnswersFact&) const { return Role::answer; }
    Role operator()(const engine::FieldsFact&) const { return Role::answer; }
    Role operator()(const engine::ComponentFact&) const { return Role::answer; }
    Role operator()(const engine::DecisionFact&) const { return Role::review; }
    Role operator()(const engine::ApproveFact&) const { return Role::review; }
    Role operator()(const engine::TicketFact&) const { return Role::tracker; }
    Role operator()(const engine::ToldFact&) const { return Role::tracker; }
    Role operator()(const engine::ResultFact&) const { return Role::report; }
    Role operator()(const engine::RunFact&) const { return Role::report; }
    Role operator()(const engine::SuiteFact&) const { return Role::retire; }
    Role operator()(const engine::ClockFact&) const { return Role::admin; }
  };
  return std::visit(Visitor{}, body);
}

}  // namespace riskd::api
