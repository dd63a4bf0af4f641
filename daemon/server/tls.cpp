#include "daemon/server/tls.hpp"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <string>
#include <string_view>

namespace riskd::server {
namespace {

constexpr const char* ciphers_of_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::string_view protocols =
    "\x08http/1.1\x08http/1.0";  // as ALPN writes them (RFC 7301)

// What OpenSSL says of its last failure.
std::string why() {
  const unsigned long code = ::ERR_peek_last_error();
  const char* text = code == 0 ? nullptr : ::ERR_reason_error_string(code);
  ::ERR_clear_error();
  return text == nullptr ? "it cannot be read" : text;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  const auto* ours = reinterpret_cast<const unsigned char*>(protocols.data());
  const int result = ::SSL_select_next_proto(
      &found, size, ours, static_cast<unsigned int>(protocols.size()), offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

Unexpected<Error> unusable(std::string_view what, const std::string& file,
                           const std::string& reason) {
  return fail(ErrorCode::invalid, fmt::format("the {} cannot be used: {}", what, reason), file);
}

Status ask_for_certificates(SSL_CTX* context, const TlsListener& listener) {
  if (listener.client_ca_file.empty()) return Done{};
  const char* file = listener.client_ca_file.c_str();
  STACK_OF(X509_NAME)* names = ::SSL_load_client_CA_file(file);
  if (names == nullptr || ::SSL_CTX_load_verify_locations(context, file, nullptr) != 1) {
    ::sk_X509_NAME_pop_free(names, ::X509_NAME_free);
    return unusable("client authority", listener.client_ca_file, why());
  }
  ::SSL_CTX_set_client_CA_list(context, names);  // which takes them
  const int must = listener.needs_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  ::SSL_CTX_set_verify(context, SSL_VERIFY_PEER | must, nullptr);
  return Done{};
}

}  // namespace

Result<std::shared_ptr<TlsContext>> make_tls_context(const TlsListener& listener) {
  auto made = std::make_shared<TlsContext>(TlsContext::tls_server);
  SSL_CTX* context = made->native_handle();
  ::ERR_clear_error();
  ::SSL_CTX_set_min_proto_version(context, listener.only_tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  ::SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  ::SSL_CTX_set_num_tickets(context, 0);
  ::SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  ::SSL_CTX_set_cipher_list(context, ciphers_of_1_2);
  // A key with a passphrase is an error, and no question on a terminal.
  ::SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return 0; });
  ::SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  if (::SSL_CTX_use_certificate_chain_file(context, listener.certificate_file.c_str()) != 1)
    return unusable("certificate", listener.certificate_file, why());
  if (::SSL_CTX_use_PrivateKey_file(context, listener.key_file.c_str(), SSL_FILETYPE_PEM) != 1)
    return unusable("key", listener.key_file, why());
  if (::SSL_CTX_check_private_key(context) != 1)
    return unusable("key", listener.key_file, "it is not that of the certificate");
  if (Status asked = ask_for_certificates(context, listener); !asked) return failure(asked);
  return made;
}

Result<Instant> certificate_end(const std::string& file) {
  ::ERR_clear_error();
  const std::unique_ptr<BIO, int (*)(BIO*)> input(::BIO_new_file(file.c_str(), "r"), ::BIO_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(
      input ? ::PEM_read_bio_X509(input.get(), nullptr, nullptr, nullptr) : nullptr, ::X509_free);
  if (!certificate) return unusable("certificate", file, why());
  std::tm end{};
  if (::ASN1_TIME_to_tm(::X509_get0_notAfter(certificate.get()), &end) != 1)
    return unusable("certificate", file, "its end is no time");
  return Instant{static_cast<std::int64_t>(::timegm(&end)) * 1'000};
}

std::string Socket::client_certificate() {
  const std::unique_ptr<X509, void (*)(X509*)> shown(
      ::SSL_get1_peer_certificate(tls_->native_handle()), ::X509_free);
  if (!shown || ::SSL_get_verify_result(tls_->native_handle()) != X509_V_OK) return {};
  const std::unique_ptr<BIO, int (*)(BIO*)> text(::BIO_new(::BIO_s_mem()), ::BIO_free);
  // Letters beside ASCII stay as they are; a comma in a name is escaped, so one name cannot look like two.
  constexpr unsigned long flags =
      XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB);
  ::X509_NAME_print_ex(text.get(), ::X509_get_subject_name(shown.get()), 0, flags);
  char* bytes = nullptr;
  const long size = ::BIO_get_mem_data(text.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

}  // namespace riskd::server
