// Who may do what: the roles that the configuration gives to the peer of a request.
#pragma once

#include <cstdint>
#include <optional>
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

  // Whether it has some role on some product.
  bool has_any_role() const;

  // As facts name it: the user's name, or "uid 1000" where it has none.
  std::string name() const;

 private:
  struct Grant {
    std::vector<service::Role> roles;
    std::vector<std::string> products;  // globs; empty: all
  };
  std::vector<Grant> grants_;
  std::uint32_t uid_ = 0;
};

// On which products a peer must have the role that a route needs.
enum class Scope : std::uint8_t {
  open,             // none: everybody is answered
  any_role,         // any role will do; what the body brings is checked by its kind (role_of)
  product,          // the product of the path, the first name in it
  some,             // one product at least: the answer leaves out what the peer may not see
  all,              // every product
  queried_or_some,  // the product of `?product=`; without it, as `some`
  queried_or_all,   // the product of `?product=`; without it, as `all`
};

// What a route needs of its peer.
struct Needs {
  Scope scope;
  service::Role role = service::Role::read;  // `open` and `any_role` ask for none in particular
  // In place of `role` where the query has `release=true`.
  std::optional<service::Role> to_release = std::nullopt;
};

// 403 where the caller does not have what the route needs. `names` is what stood for the {…} of its
// path.
std::optional<server::Response> refused(const Needs& needs, const server::Request& request,
                                        const std::vector<std::string>& names,
                                        const Caller& caller);

std::string_view to_string(service::Role role);

// The role that posting `body` takes.
service::Role role_of(const engine::FactBody& body);

}  // namespace riskd::api
