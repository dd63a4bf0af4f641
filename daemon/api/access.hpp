// Who may do what: the roles that the configuration gives to the peer of a request.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "daemon/server/server.hpp"
#include "daemon/service/config.hpp"
#include "engine/facts/fact.hpp"

namespace riskd::api {

// The peer of a request, with what the configuration grants it.
class Caller {
 public:
  // Without any [[peer]] the daemon's own user and root may do everything, and nobody else anything.
  // An entry with both uid and gid asks for both; one with neither grants nothing.
  static Caller of(const server::Peer& peer, const service::Config& config);

  // Whether it has the role on `product`; where that is empty, on every product.
  bool may(service::Role role, const std::string& product) const;
  // Whether it has the role on some product.
  bool may_somewhere(service::Role role) const;

  // As facts name it: the user's name, or "uid 1000" where it has none.
  const std::string& name() const { return name_; }

 private:
  struct Grant {
    std::vector<service::Role> roles;
    std::vector<std::string> products;  // globs; empty: all
  };
  std::vector<Grant> grants_;
  std::string name_;
};

std::string_view to_string(service::Role role);

// The role that posting `body` takes.
service::Role role_of(const engine::FactBody& body);

}  // namespace riskd::api
