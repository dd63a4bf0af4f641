#include "daemon/api/access.hpp"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "daemon/api/problems.hpp"
#include "daemon/api/user_names.hpp"

namespace riskd::api {
namespace {

using service::Role;

constexpr std::array all_roles = {Role::read,   Role::report,  Role::retire, Role::answer,
                                  Role::review, Role::tracker, Role::admin};

bool is_of(const service::PeerConfig& config, const server::Peer& peer) {
  if (!config.uid && !config.gid) return false;
  return (!config.uid || *config.uid == peer.uid) && (!config.gid || *config.gid == peer.gid);
}

}  // namespace

Caller Caller::of(const server::Peer& peer, const service::Config& config) {
  Caller caller;
  caller.uid_ = peer.uid;
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

std::string Caller::name() const {
  static UserNames names;
  return names.name_of(uid_);
}

bool Caller::has_any_role() const {
  return std::any_of(grants_.begin(), grants_.end(),
                     [](const Grant& grant) { return !grant.roles.empty(); });
}

bool Caller::may_somewhere(Role role) const {
  return std::any_of(grants_.begin(), grants_.end(), [&](const Grant& grant) {
    return std::find(grant.roles.begin(), grant.roles.end(), role) != grant.roles.end();
  });
}

std::optional<server::Response> refused(const Needs& needs, const server::Request& request,
                                        const std::vector<std::string>& names,
                                        const Caller& caller) {
  const auto query = [&](const std::string& name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
  };
  const bool releases = needs.to_release && query("release") == "true";
  const Role role = releases ? *needs.to_release : needs.role;
  const auto on_some = [&]() -> std::optional<server::Response> {
    if (caller.may_somewhere(role)) return std::nullopt;
    return missing_role(role, "");
  };
  const auto on = [&](const std::string& product) -> std::optional<server::Response> {
    if (caller.may(role, product)) return std::nullopt;
    return missing_role(role, product);
  };
  switch (needs.scope) {
    case Scope::open:
      return std::nullopt;
    case Scope::any_role:
      if (caller.has_any_role()) return std::nullopt;
      return refusal(403, "this needs a role, and this peer has none");
    case Scope::product:
      return on(names.at(0));
    case Scope::some:
      return on_some();
    case Scope::all:
      return on("");
    case Scope::queried_or_some:
      return query("product").empty() ? on_some() : on(query("product"));
    case Scope::queried_or_all:
      return on(query("product"));
  }
  return std::nullopt;
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
