// HTTP/1.1 over Unix domain sockets, and over TCP with TLS. Knows nothing of riskd but how to carry a request to a
// handler and its response back; all of Beast, Asio and OpenSSL stays inside this folder.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/server/counts.hpp"
#include "engine/base/instant.hpp"
#include "engine/base/limits.hpp"
#include "engine/base/result.hpp"

namespace riskd::server {

// Who is at the other end of a connection, as far as the kernel or TLS vouches for it.
struct Peer {
  enum class Way : std::uint8_t {
    local,  // a Unix socket: the process is the person
    proxy,  // a Unix socket of a reverse proxy: its process speaks for persons
    tls,    // TCP with TLS
  };
  Way way = Way::local;
  // Of a process of this machine (SO_PEERCRED, SO_PEERGROUPS), as it was when it connected.
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::int32_t pid = 0;
  std::vector<std::uint32_t> groups = {};  // beside `gid`
  // Of TLS.
  std::string address = {};  // "192.0.2.7:50412", "[2001:db8::7]:50412"
  std::string certificate =
      {};  // the subject of the client's certificate, if it showed one: "CN=build,O=Example" (RFC 2253)
};

// Whose limits a connection counts for before a handler says more: its user, or its address: of IPv6 the network of 64 bits.
std::string account_of(const Peer& peer);

struct Request {
  std::string id;      // of this request alone; its answer has it as `Request-Id`
  std::string method;  // "GET" (also for HEAD), "POST", "PUT", "PATCH", "DELETE", ...
  std::string path;    // "/v1/products/shop", percent-decoded by segment
  std::vector<std::string> segments;  // "v1", "products", "shop"; an empty one stays, "/" has none
  std::map<std::string, std::string> query;    // decoded; of a repeated name the last
  std::map<std::string, std::string> headers;  // names in lower case; repeated ones joined by ", "
  std::set<std::string> repeated;              // names of headers that came more than once
  std::string body;                            // empty where it was spooled
  std::string body_file;  // a large body, in a private file that is removed by the reply
  Peer peer;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// Sends more of a response that has begun; usable from any thread, safe after the client has gone.
class Stream {
 public:
  virtual ~Stream() = default;
  // false where the client has gone, or reads so slowly that more than 1 MiB waits for it: then the
  // connection is closed.
  virtual bool send(std::string chunk) = 0;
  virtual void close() = 0;
};

class Handler {
 public:
  virtual ~Handler() = default;

  // Answers a request by calling `reply` exactly once, from any thread, now or later. Called on a
  // thread of the server: what takes long belongs on another. A reply after the client has gone, or
  // after the server has stopped, is dropped; one that is never called answers 500 when it goes.
  using Reply = std::function<void(Response)>;
  virtual void handle(Request request, Reply reply) = 0;

  // Asked once a request's head has come, before its body is read: how large a body it may
  // send, more is answered with 413; or the answer that refuses it. Only requests that were admitted
  // come to the other functions.
  struct Admitted {
    std::size_t body_bytes;
    std::size_t memory_bytes;  // of these, what the handler has in memory at once, at most
    std::string account = {};  // whose limits the request counts for; empty: account_of its peer
  };
  virtual Result<Admitted, Response> admit(const Request& head) const = 0;

  // A request that is answered as an endless stream (server-sent events). nullopt: it is not one,
  // and goes to `handle`. Otherwise the response head; `started` is then called with the stream,
  // before the client sees the head, so that it misses nothing that happens after. With a status
  // that is not 2xx it is the whole answer, and nothing is started. The stream ends when it is
  // closed or when nobody holds it any more.
  virtual std::optional<Response> open_stream(const Request& request) = 0;
  virtual void started(const Request& request, std::shared_ptr<Stream> stream) = 0;

  // Of the server that asks this handler.
  const std::shared_ptr<Counts>& counts() const { return counts_; }

 private:
  const std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

// Who may connect to a Unix socket, by the file's mode and group.
struct SocketAccess {
  unsigned mode = 0660;
  std::optional<std::uint32_t> group = std::nullopt;  // a gid; nullopt: the process's own
};

// A Unix socket of a reverse proxy.
struct ProxyListener {
  std::string path;
  SocketAccess access;
  std::uint32_t uid = 0;  // the one user that may connect
};

// TCP with TLS 1.2 or 1.3.
struct TlsListener {
  std::string address;  // "127.0.0.1", "::", of this machine
  std::uint16_t port = 0;
  std::string certificate_file, key_file;  // PEM; the certificate with its chain
  std::string client_ca_file = {};         // PEM; empty: clients are not asked for a certificate
  bool needs_client_certificate = false;
  bool only_tls_1_3 = false;
};

struct ServerOptions {
  std::string socket_path;  // for processes of this machine; a dead socket there is replaced
  SocketAccess socket_access;
  int given_socket = -1;  // listens at socket_path already, and is not removed at the end; -1: none
  std::vector<ProxyListener> proxies;
  std::vector<TlsListener> tls;
  std::string spool_folder;  // for bodies above 1 MiB; made where its parent exists
  int threads = 2;
  int request_seconds = limits::request_seconds;  // to receive one request, or with no progress
                                                  // in sending the answer
  int stop_seconds = 10;                          // that `stop` waits for requests under way
  std::size_t connections = limits::connections;  // open at once; more are answered with 503
  // Of one peer, by its account; more is answered with 429.
  std::size_t peer_connections = limits::peer_connections;
  std::size_t peer_requests = limits::peer_requests;  // under way
  std::size_t peer_bytes = limits::peer_bytes;        // of bodies and answers in memory
  // Of bodies in memory, of all peers; more is answered with 503.
  std::size_t body_bytes = limits::body_bytes;
};

class Server {
 public:
  virtual ~Server() = default;
  // No new requests; requests under way are finished, streams closed, the socket file removed; then
  // returns. Not from a thread of the server, that is, not from within the handler. The destructor
  // stops too.
  virtual void stop() = 0;

  // Reads the certificates of all TLS listeners again. The step that is given uses them for connections that come from then on;
  // Error::invalid if one cannot be used.
  virtual Result<std::function<void()>> read_certificates() = 0;
  // Where the TLS listeners are: "127.0.0.1:8443"; for port 0 the port that the system chose.
  virtual std::vector<std::string> tls_addresses() const = 0;
};

// Listens at once; `handler` must outlive the server. Error::conflict where a live process answers
// on a socket or something else has its path, Error::invalid where a path is too long or a certificate cannot be used,
// Error::unavailable where it cannot be made. A missing parent folder of a socket is made where its own parent
// exists.
Result<std::unique_ptr<Server>> start_server(const ServerOptions& options, Handler& handler);

// When the certificate of a PEM file ends. Error::invalid where it cannot be read.
Result<Instant> certificate_end(const std::string& file);

// What is wrong with the TLS listeners, or will be soon: files and addresses that cannot be used, and certificates that end within two
// weeks after `now`. A port that is taken is none: this riskd may run.
std::vector<Error> check_tls(const ServerOptions& options, Instant now);

// A problem document (RFC 9457): {"type", "title", "status", "detail"}; `extra` is JSON text of
// more members without braces, or empty. Bytes that are not UTF-8 become U+FFFD.
Response problem(int status, std::string_view title, std::string_view detail,
                 std::string_view extra = {});

}  // namespace riskd::server
