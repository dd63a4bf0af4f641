// Certificates, and what is agreed with clients of TLS.
#pragma once

#include <memory>

#include "daemon/server/server.hpp"
#include "daemon/server/socket.hpp"

namespace riskd::server {

// TLS 1.2 with forward secrecy and authenticated ciphers, or 1.3; no renegotiation, no compression, no resumption: each
// connection shows its certificate anew. Error::invalid names the file that cannot be used, and why.
Result<std::shared_ptr<TlsContext>> make_tls_context(const TlsListener& listener);

}  // namespace riskd::server
