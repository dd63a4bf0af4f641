#include "daemon/api/server_options.hpp"

namespace riskd::api {

server::ServerOptions server_options(const service::Config& config) {
  server::ServerOptions options;
  options.socket_path = config.socket_path;
  options.socket_access = {config.socket_mode, config.socket_group};
  for (const service::ProxyConfig& proxy : config.proxies)
    options.proxies.push_back(
        {proxy.socket.path, {proxy.socket.mode, proxy.socket.group}, proxy.uid});
  for (const service::TlsConfig& tls : config.tls) {
    options.tls.push_back({tls.address, tls.port, tls.certificate_file, tls.key_file,
                           tls.client_ca_file, tls.needs_client_certificate, tls.only_tls_1_3});
  }
  options.spool_folder = config.store_path + "/spool";
  options.peer_connections = config.peer_connections;
  options.peer_requests = config.peer_requests;
  options.peer_bytes = config.peer_mebibytes << 20;
  options.body_bytes = config.body_mebibytes << 20;
  return options;
}

}  // namespace riskd::api
