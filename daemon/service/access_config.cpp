#include "daemon/service/access_config.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <set>

#include "engine/base/limits.hpp"

namespace riskd::service {
namespace {

using Names = TomlReader::Names;

constexpr std::string_view default_person_header = "x-forwarded-user";

std::optional<std::uint32_t> id_number(const TomlReader& reader, const toml::node& node) {
  const auto value = node.value_exact<std::int64_t>();
  if (!value) return std::nullopt;
  if (*value < 0 || *value >= std::numeric_limits<std::uint32_t>::max())
    reader.refuse(node.source(), fmt::format("{} is no id of a user or group", *value));
  return static_cast<std::uint32_t>(*value);
}

std::uint32_t user_id(const TomlReader& reader, const toml::node& node, std::string_view key) {
  if (const auto id = id_number(reader, node)) return *id;
  const std::string name = reader.text(node, key);
  const passwd* entry = ::getpwnam(name.c_str());
  if (entry == nullptr)
    reader.refuse(node.source(), fmt::format("this system has no user `{}`", name));
  return entry->pw_uid;
}

std::uint32_t group_id(const TomlReader& reader, const toml::node& node, std::string_view key) {
  if (const auto id = id_number(reader, node)) return *id;
  const std::string name = reader.text(node, key);
  const group* entry = ::getgrnam(name.c_str());
  if (entry == nullptr)
    reader.refuse(node.source(), fmt::format("this system has no group `{}`", name));
  return entry->gr_gid;
}

// "0660": octal, as chmod takes it. Those who may use a socket may write to it.
unsigned mode_of(const TomlReader& reader, const toml::node& node) {
  const std::string text = reader.text(node, "mode");
  unsigned mode = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
  if (error != std::errc() || end != text.data() + text.size() || mode > 0777 ||
      (mode & 0600) != 0600) {
    reader.refuse(node.source(),
                  "`mode` is the mode of a file in octal digits, which its owner may read and "
                  "write: \"0600\", \"0660\", \"0666\"");
  }
  return mode;
}

SocketConfig read_socket(const TomlReader& reader, const toml::table& table,
                         std::string_view what) {
  SocketConfig socket;
  socket.path = reader.resolved(reader.required_text(table, "path", what));
  if (const toml::node* mode = table.get("mode")) socket.mode = mode_of(reader, *mode);
  if (const toml::node* group = table.get("group"))
    socket.group = group_id(reader, *group, "group");
  return socket;
}

// A header's name in lower case.
std::string header_name(const TomlReader& reader, const toml::node& node, std::string_view key) {
  std::string name = reader.text(node, key);
  for (char& c : name) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  const bool fits = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
  if (!fits)
    reader.refuse(node.source(),
                  fmt::format("`{}` is the name of a header: letters, digits and `-`", key));
  constexpr std::string_view taken[] = {"authorization", "content-type",      "content-length",
                                        "host",          "idempotency-key",   "if-match",
                                        "last-event-id", "transfer-encoding", "connection"};
  if (std::find(std::begin(taken), std::end(taken), name) != std::end(taken))
    reader.refuse(node.source(), fmt::format("the header `{}` says something else already", name));
  return name;
}

void read_proxy(const TomlReader& reader, const toml::table& table, Config& config) {
  constexpr std::string_view what = "a [[listen]] of kind `proxy`";
  reader.known(table, what,
               {"kind", "path", "mode", "group", "peer-uid", "person-header", "groups-header"});
  ProxyConfig proxy;
  proxy.socket = read_socket(reader, table, what);
  const toml::node* uid = table.get("peer-uid");
  if (uid == nullptr)
    reader.refuse(table.source(), fmt::format("{} needs `peer-uid`, the user of the proxy", what));
  proxy.uid = user_id(reader, *uid, "peer-uid");
  const toml::node* person = table.get("person-header");
  proxy.person_header =
      person == nullptr ? default_person_header : header_name(reader, *person, "person-header");
  if (const toml::node* groups = table.get("groups-header")) {
    proxy.groups_header = header_name(reader, *groups, "groups-header");
    if (proxy.groups_header == proxy.person_header)
      reader.refuse(groups->source(), "`person-header` and `groups-header` are two headers");
  }
  config.proxies.push_back(std::move(proxy));
}

// "127.0.0.1:8443", "[::1]:8443".
void read_address(const TomlReader& reader, const toml::node& node, TlsConfig& tls) {
  const std::string text = reader.text(node, "address");
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon == std::string::npos ? 0 : colon);
  const bool is_six = host.starts_with('[') && host.ends_with(']');
  if (is_six) host = host.substr(1, host.size() - 2);
  const char* digits = text.data() + (colon == std::string::npos ? text.size() : colon + 1);
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(digits, end, tls.port);
  const bool is_host =
      !host.empty() && host.find_first_not_of(is_six ? "0123456789abcdefABCDEF:."
                                                     : "0123456789.") == std::string::npos;
  if (error != std::errc() || at != end || !is_host)
    reader.refuse(node.source(),
                  "`address` is an address and a port: \"127.0.0.1:8443\", \"[::]:8443\"");
  tls.address = host;
}

void read_tls(const TomlReader& reader, const toml::table& table, Config& config) {
  constexpr std::string_view what = "a [[listen]] of kind `tls`";
  reader.known(table, what,
               {"kind", "address", "certificate-file", "key-file", "client-ca-file",
                "client-certificate", "minimum"});
  TlsConfig tls;
  reader.required_text(table, "address", what);
  read_address(reader, *table.get("address"), tls);
  tls.certificate_file = reader.resolved(reader.required_text(table, "certificate-file", what));
  tls.key_file = reader.resolved(reader.required_text(table, "key-file", what));
  reader.refuse_readable_by_all(*table.get("key-file"), tls.key_file);
  if (const toml::node* authority = table.get("client-ca-file"))
    tls.client_ca_file = reader.resolved(reader.text(*authority, "client-ca-file"));
  if (const toml::node* certificate = table.get("client-certificate")) {
    if (tls.client_ca_file.empty())
      reader.refuse(certificate->source(),
                    "`client-certificate` needs `client-ca-file`, the authority that signs them");
    tls.needs_client_certificate =
        reader.one_of(*certificate, "client-certificate", {"optional", "required"}) == "required";
  }
  if (const toml::node* minimum = table.get("minimum"))
    tls.only_tls_1_3 = reader.one_of(*minimum, "minimum", {"1.2", "1.3"}) == "1.3";
  config.tls.push_back(std::move(tls));
}

}  // namespace

const std::vector<std::string>& role_names() {
  static const std::vector<std::string> names = {"read",   "report",  "retire", "answer",
                                                 "review", "tracker", "admin"};
  return names;
}

std::string_view to_string(Role role) { return role_names()[static_cast<std::size_t>(role)]; }

std::optional<Role> role_named(std::string_view name) {
  const auto& names = role_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Role>(found - names.begin());
}

void read_main_socket(const TomlReader& reader, const toml::table& table, Config& config) {
  reader.known(table, "[socket]", {"path", "mode", "group"});
  SocketConfig socket = read_socket(reader, table, "[socket]");
  config.socket_path = std::move(socket.path);
  config.socket_mode = socket.mode;
  config.socket_group = socket.group;
}

void read_listener(const TomlReader& reader, const toml::table& table, Config& config) {
  reader.required_text(table, "kind", "[[listen]]");
  const bool is_tls = reader.one_of(*table.get("kind"), "kind", {"tls", "proxy"}) == "tls";
  is_tls ? read_tls(reader, table, config) : read_proxy(reader, table, config);
}

void read_peer(const TomlReader& reader, const toml::table& table, Config& config) {
  reader.known(table, "[[peer]]",
               {"uid", "gid", "person", "group", "certificate", "roles", "products"});
  PeerConfig peer;
  if (const toml::node* uid = table.get("uid")) peer.uid = user_id(reader, *uid, "uid");
  if (const toml::node* gid = table.get("gid")) peer.gid = group_id(reader, *gid, "gid");
  for (const auto& [key, value] :
       {std::pair("person", &peer.person), std::pair("group", &peer.group),
        std::pair("certificate", &peer.certificate)}) {
    const toml::node* node = table.get(key);
    if (node == nullptr) continue;
    *value = reader.text(*node, key);
    if (value->empty()) reader.refuse(node->source(), fmt::format("`{}` is empty", key));
  }
  const int ways = (peer.uid || peer.gid ? 1 : 0) +
                   (peer.person.empty() && peer.group.empty() ? 0 : 1) +
                   (peer.certificate.empty() ? 0 : 1);
  if (ways == 0)
    reader.refuse(table.source(),
                  "[[peer]] needs `uid` or `gid`, or `person` or `group`, or `certificate`");
  if (ways > 1) {
    reader.refuse(table.source(),
                  "a [[peer]] is a user of this machine (`uid`, `gid`), or whom a proxy names "
                  "(`person`, `group`), or who shows a "
                  "`certificate`: write one of them for each");
  }
  const toml::node* roles = table.get("roles");
  if (roles == nullptr) reader.refuse(table.source(), "[[peer]] needs `roles`");
  if (!roles->is_array()) reader.refuse(roles->source(), "`roles` is a list of texts");
  for (const toml::node& item : *roles->as_array())
    peer.roles.push_back(*role_named(reader.one_of(item, "role", role_names())));
  if (const toml::node* products = table.get("products"))
    peer.products = reader.texts(*products, "products");
  config.peers.push_back(std::move(peer));
}

void check_access(const TomlReader& reader, const toml::table& root, const Config& config) {
  std::set<std::string> places{config.socket_path};
  std::size_t proxies = 0, listeners = 0;
  reader.each(root, "listen", [&](const toml::table& table) {
    std::string place;
    if (table.contains("path")) {
      const ProxyConfig& proxy = config.proxies[proxies++];
      place = proxy.socket.path;
      const auto first =
          std::find_if(config.proxies.begin(), config.proxies.end(),
                       [&](const ProxyConfig& other) { return other.uid == proxy.uid; });
      // Otherwise a client could send the header of the one to the other, which does not replace it.
      if (first->person_header != proxy.person_header ||
          first->groups_header != proxy.groups_header)
        reader.refuse(
            table.source(),
            "the proxies of one user name persons in the same headers: `person-header` and "
            "`groups-header`");
    } else if (const TlsConfig& tls = config.tls[listeners++]; tls.port != 0) {
      place = fmt::format("{} port {}", tls.address, tls.port);
    }
    if (!place.empty() && !places.insert(place).second)
      reader.refuse(table.source(), fmt::format("another one listens at {} already", place));
  });
  const bool has_authority =
      std::any_of(config.tls.begin(), config.tls.end(),
                  [](const TlsConfig& tls) { return !tls.client_ca_file.empty(); });
  reader.each(root, "peer", [&](const toml::table& table) {
    const bool is_of_proxy = table.contains("person") || table.contains("group");
    if (is_of_proxy && config.proxies.empty())
      reader.refuse(table.source(), "nobody names this person: no [[listen]] is of kind `proxy`");
    if (table.contains("certificate") && !has_authority)
      reader.refuse(table.source(),
                    "nobody shows this certificate: no [[listen]] has a `client-ca-file`");
  });
}

}  // namespace riskd::service
