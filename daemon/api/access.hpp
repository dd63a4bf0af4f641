// Who may do what: the roles that the configuration gives to the peer of a request.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/server/server.hpp"
#include "daemon/service/config.hpp"
#include "daemon/service/tokens.hpp"
#include "engine/base/instant.hpp"
#include "engine/facts/fact.hpp"

namespace riskd::api {

// Who sends a request, with what that one may do.
//
// On a Unix socket it is the user of the process; on a proxy's the person whom its header names; over TLS the subject of the
// client's certificate. A token, wherever it comes, comes before all of these. Who shows none of them is nobody.
class Caller {
 public:
  // 401 where a token gives nothing, 400 where a header names a person and may not. `has_own_proof`: the route takes
  // other kinds of Authorization as a proof of its own, as a webhook does.
  static Result<Caller, server::Response> of(const server::Request& head, bool has_own_proof,
                                             const service::Config& config,
                                             service::Tokens& tokens);

  // Whether it has the role on `product`; where that is empty, on every product.
  bool may(service::Role role, const std::string& product) const;
  // Whether it has the role on some product.
  bool may_somewhere(service::Role role) const;

  // Whether it has some role on some product.
  bool has_any_role() const;

  // Came over the network, and shows nothing.
  bool is_nobody() const { return is_nobody_; }

  // As facts name it, so that nobody else is called so: a user's name, or "uid 1000" where it has none; "token:ci",
  // "proxy:eva@example.com", "certificate:CN=build". A user cannot have a colon in its name; one that is called like riskd itself
  // is "user:riskd".
  std::string name() const;
  // Whose limits it counts for: as account_of, or its name.
  const std::string& account() const { return account_; }

  struct Grant {
    std::vector<service::Role> roles;
    std::vector<std::string> products;  // globs; empty: all
  };
  const std::vector<Grant>& grants() const { return grants_; }
  const std::string& token() const { return token_; }  // its name; empty: it shows none
  const std::optional<Instant>& expires() const { return expires_; }  // of the token

 private:
  void take_user(const server::Peer& peer, const service::Config& config);
  std::optional<server::Response> take_person(const server::Request& head,
                                              const service::Config& config);
  void take_certificate(const std::string& subject, const service::Config& config);
  std::optional<server::Response> take_token(const std::string& field, service::Tokens& tokens);

  std::vector<Grant> grants_;
  std::string name_;  // empty: a user's, which is looked up when somebody asks
  std::string account_;
  std::uint32_t uid_ = 0;
  bool is_nobody_ = false;
  std::string token_;
  std::optional<Instant> expires_;
};

// On which products a peer must have the role that a route needs.
enum class Scope : std::uint8_t {
  anybody,          // none, over the network too
  known,            // none, but of a caller that is not nobody
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
  service::Role role =
      service::Role::read;  // `anybody`, `known` and `any_role` ask for none in particular
  // In place of `role` where the query has `release=true`.
  std::optional<service::Role> to_release = std::nullopt;
};

// 403 where the caller does not have what the route needs, 401 where it is nobody. `names` is what stood for the {…} of its
// path.
std::optional<server::Response> refused(const Needs& needs, const server::Request& request,
                                        const std::vector<std::string>& names,
                                        const Caller& caller);

// 403 where a browser sends a change for a page of another site. The person did not ask for it, and is signed in all the same:
// by the proxy's cookie, or by a certificate that the browser shows by itself. A token is not sent by itself.
std::optional<server::Response> sent_for_another_site(const server::Request& request,
                                                      const Caller& caller);

// The role that posting `body` takes.
service::Role role_of(const engine::FactBody& body);

}  // namespace riskd::api
