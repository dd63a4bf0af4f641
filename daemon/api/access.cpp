#include "daemon/api/access.hpp"

#include <fmt/format.h>
#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "daemon/api/problems.hpp"
#include "daemon/api/user_names.hpp"
#include "engine/base/utf8.hpp"

namespace riskd::api {
namespace {

using service::Role;

constexpr std::array all_roles = {Role::read,   Role::report,  Role::retire, Role::answer,
                                  Role::review, Role::tracker, Role::admin};
// What riskd itself is called as a poster.
constexpr std::array<std::string_view, 2> own_names = {"riskd", "SIGHUP"};
constexpr std::string_view bearer = "bearer ";

// RFC 6750, 2.1; the scheme's case does not matter (RFC 9110, 11.1).
bool is_bearer(std::string_view field) {
  if (field.size() <= bearer.size()) return false;
  return std::equal(bearer.begin(), bearer.end(), field.begin(), [](char ours, char theirs) {
    return ours == (theirs >= 'A' && theirs <= 'Z' ? theirs - 'A' + 'a' : theirs);
  });
}

constexpr std::size_t person_bytes = 256;

bool is_of(const service::PeerConfig& config, const server::Peer& peer) {
  if (!config.uid && !config.gid) return false;
  const auto is_in_group = [&](std::uint32_t gid) {
    return gid == peer.gid ||
           std::find(peer.groups.begin(), peer.groups.end(), gid) != peer.groups.end();
  };
  return (!config.uid || *config.uid == peer.uid) && (!config.gid || is_in_group(*config.gid));
}

const std::string* field_of(const server::Request& head, const std::string& name) {
  const auto found = head.headers.find(name);
  return found == head.headers.end() ? nullptr : &found->second;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// What a proxy says as one name: a second one, or a character that is not seen, is no name.
bool is_person(std::string_view text) {
  return !text.empty() && text.size() <= person_bytes && !find_invalid_utf8(text) &&
         std::none_of(text.begin(), text.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7f || c == ',';
         });
}

server::Response not_signed_in(std::string_view detail, std::string_view challenge) {
  server::Response response = refusal(401, detail);
  response.headers.emplace_back("WWW-Authenticate", challenge);
  return response;
}

// A header that names a person, and does not come from a proxy that names persons in it.
std::optional<std::string> foreign_header(const server::Request& head,
                                          const service::Config& config) {
  const auto is_own = [&](const std::string& name) {
    return std::any_of(config.proxies.begin(), config.proxies.end(), [&](const auto& proxy) {
      return head.peer.way == server::Peer::Way::proxy && proxy.uid == head.peer.uid &&
             (name == proxy.person_header || name == proxy.groups_header);
    });
  };
  for (const service::ProxyConfig& proxy : config.proxies) {
    for (const std::string& name : {proxy.person_header, proxy.groups_header}) {
      if (!name.empty() && field_of(head, name) != nullptr && !is_own(name)) return name;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<Caller, server::Response> Caller::of(const server::Request& head, bool has_own_proof,
                                            const service::Config& config,
                                            service::Tokens& tokens) {
  using Way = server::Peer::Way;
  const server::Peer& peer = head.peer;
  Caller caller;
  caller.account_ = account_of(peer);
  if (const auto name = foreign_header(head, config))
    return Unexpected(
        refusal(400, fmt::format("`{}` names a person on the socket of its proxy only", *name)));
  if (const std::string* field = field_of(head, "authorization")) {
    const bool is_token = is_bearer(*field);
    // A proxy may pass on what it was shown itself.
    if (!is_token && peer.way != Way::proxy && !has_own_proof)
      return Unexpected(
          not_signed_in("riskd takes tokens: `Authorization: Bearer riskd_…`", "Bearer"));
    if (is_token) {
      if (auto refused = caller.take_token(*field, tokens)) return Unexpected(std::move(*refused));
      return caller;
    }
  }
  if (peer.way == Way::local) {
    caller.take_user(peer, config);
  } else if (peer.way == Way::proxy) {
    if (auto refused = caller.take_person(head, config)) return Unexpected(std::move(*refused));
  } else if (!peer.certificate.empty()) {
    caller.take_certificate(peer.certificate, config);
  } else {
    caller.is_nobody_ = true;
    caller.name_ = "nobody";
  }
  return caller;
}

void Caller::take_user(const server::Peer& peer, const service::Config& config) {
  uid_ = peer.uid;
  if (config.peers.empty()) {
    if (peer.uid == 0 || peer.uid == ::geteuid())
      grants_.push_back({{all_roles.begin(), all_roles.end()}, {}});
    return;
  }
  for (const service::PeerConfig& entry : config.peers) {
    if (is_of(entry, peer)) grants_.push_back({entry.roles, entry.products});
  }
}

std::optional<server::Response> Caller::take_person(const server::Request& head,
                                                    const service::Config& config) {
  // Each proxy's socket takes its own header; which one this is does not matter, since all have the same meaning.
  const std::string* person = nullptr;
  std::vector<std::string_view> groups;
  for (const service::ProxyConfig& proxy : config.proxies) {
    if (proxy.uid != head.peer.uid || person != nullptr) continue;
    for (const std::string& name : {proxy.person_header, proxy.groups_header}) {
      // The proxy's own, and one that its client sent.
      if (head.repeated.contains(name))
        return refusal(400, fmt::format("`{}` came more than once", name));
    }
    person = field_of(head, proxy.person_header);
    const std::string* field =
        proxy.groups_header.empty() ? nullptr : field_of(head, proxy.groups_header);
    for (std::string_view rest = field == nullptr ? std::string_view() : *field; !rest.empty();) {
      const std::size_t end = rest.find(',');
      groups.push_back(trimmed(rest.substr(0, end)));
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
  }
  if (person == nullptr || person->empty()) {
    is_nobody_ = true;
    name_ = "nobody";
    return std::nullopt;
  }
  if (!is_person(*person)) return refusal(400, "the proxy's header does not name one person");
  name_ = account_ = "proxy:" + *person;
  for (const service::PeerConfig& entry : config.peers) {
    if (entry.person.empty() && entry.group.empty()) continue;
    const bool is_person_of = entry.person.empty() || entry.person == *person;
    const bool is_group_of =
        entry.group.empty() || std::find(groups.begin(), groups.end(), entry.group) != groups.end();
    if (is_person_of && is_group_of) grants_.push_back({entry.roles, entry.products});
  }
  return std::nullopt;
}

void Caller::take_certificate(const std::string& subject, const service::Config& config) {
  name_ = account_ = "certificate:" + subject;
  for (const service::PeerConfig& entry : config.peers) {
    if (!entry.certificate.empty() && entry.certificate == subject)
      grants_.push_back({entry.roles, entry.products});
  }
}

std::optional<server::Response> Caller::take_token(const std::string& field,
                                                   service::Tokens& tokens) {
  const auto grant = tokens.show(trimmed(std::string_view(field).substr(bearer.size())));
  if (!grant) {
    const bool is_unknown = grant.error().code != ErrorCode::forbidden;
    return is_unknown ? refusal(503, grant.error().message)
                      : not_signed_in(grant.error().message, "Bearer error=\"invalid_token\"");
  }
  name_ = account_ = "token:" + grant->name;
  token_ = grant->name;
  expires_ = grant->expires;
  grants_.push_back({grant->roles, grant->products});
  return std::nullopt;
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
  if (!name_.empty()) return name_;
  static UserNames names;
  std::string name = names.name_of(uid_);
  const bool is_ours = std::find(own_names.begin(), own_names.end(), name) != own_names.end();
  return is_ours ? "user:" + name : name;
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
  if (needs.scope == Scope::anybody) return std::nullopt;
  if (caller.is_nobody())
    return not_signed_in("this needs a token, or another sign of who you are", "Bearer");
  switch (needs.scope) {
    case Scope::anybody:
    case Scope::known:
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

std::optional<server::Response> sent_for_another_site(const server::Request& request,
                                                      const Caller& caller) {
  if (request.method == "GET" || !caller.token().empty()) return std::nullopt;
  bool is_own = true;
  if (const std::string* site = field_of(request, "sec-fetch-site")) {
    is_own = *site == "same-origin" || *site == "none";
  } else if (const std::string* origin = field_of(request, "origin")) {
    // A browser that sends no Sec-Fetch-Site. "null" has no host.
    const std::string* host = field_of(request, "host");
    const std::size_t scheme = origin->find("://");
    is_own = host != nullptr && scheme != std::string::npos && origin->substr(scheme + 3) == *host;
  }
  if (is_own) return std::nullopt;
  return refusal(403, "a browser sent this for a page of another site");
}

Role role_of(const engine::FactBody& body) {
  struct Visitor {
    Role operator()(const engine::ProductFact& fact) const {
      return fact.removed ? Role::retire : Role::admin;
    }
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
