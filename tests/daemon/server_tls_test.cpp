// TLS: what is agreed with clients, and who they are. The clients are curl and openssl's, which are not ours.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "server_fixture.hpp"

namespace riskd::server::server_tls_test {
namespace {

struct Output {
  int code = -1;
  std::string text;  // both streams
};

Output run(const std::string& command) {
  Output output;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::array<char, 4096> piece{};
  while (const std::size_t bytes = std::fread(piece.data(), 1, piece.size(), pipe))
    output.text.append(piece.data(), bytes);
  output.code = WEXITSTATUS(::pclose(pipe));
  return output;
}

void must_run(const std::string& command) {
  const Output output = run(command);
  INFO(command << "\n" << output.text);
  REQUIRE(output.code == 0);
}

// An authority, a certificate of it for 127.0.0.1, one for a client, and one that nobody has signed.
struct Certificates {
  Certificates() {
    authority("ca", "/CN=test authority");
    signed_by_ca("server", "/CN=riskd", "subjectAltName=IP:127.0.0.1,IP:::1");
    signed_by_ca("client", "/O=Example\\, Inc./CN=build", "extendedKeyUsage=clientAuth");
    authority("stranger", "/CN=build");
  }
  std::string operator/(std::string_view name) const { return folder / name; }

  void authority(const std::string& name, const std::string& subject) const {
    must_run(
        fmt::format("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes "
                    "-days 2 -subj '{}' "
                    "-keyout {}.key -out {}.pem",
                    subject, folder / name, folder / name));
  }
  void signed_by_ca(const std::string& name, const std::string& subject,
                    const std::string& extension) const {
    must_run(
        fmt::format("openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "
                    "'{}' -keyout {}.key "
                    "-out {}.csr",
                    subject, folder / name, folder / name));
    std::ofstream(folder / (name + ".ext")) << extension << "\n";
    must_run(fmt::format(
        "openssl x509 -req -in {0}.csr -CA {1}.pem -CAkey {1}.key -CAcreateserial -days 2 "
        "-extfile {0}.ext -out {0}.pem",
        folder / name, folder / "ca"));
  }

  TestFolder folder;
};

const Certificates& certificates() {
  static const Certificates made;
  return made;
}

struct TlsServer : TestServer {
  using ChangeTls = std::function<void(TlsListener&)>;
  explicit TlsServer(
      const ChangeTls& change = [](TlsListener&) {}, const Change& more = [](ServerOptions&) {})
      : TestServer([&](ServerOptions& all) {
          TlsListener listener{"127.0.0.1", 0, certificates() / "server.pem",
                               certificates() / "server.key"};
          change(listener);
          all.tls.push_back(listener);
          more(all);
        }) {}
  std::string address() const { return server->tls_addresses().at(0); }
  int port() const { return std::stoi(address().substr(address().rfind(':') + 1)); }
  Output curl(const std::string& words, const std::string& path = "/echo") const {
    return run(fmt::format("curl -sS --max-time 20 --cacert {} {} https://{}{}",
                           certificates() / "ca.pem", words, address(), path));
  }
};

// A connection of TCP, without TLS.
class Tcp {
 public:
  explicit Tcp(int port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    const timeval patience{15, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  }
  ~Tcp() { ::close(fd_); }
  Tcp(const Tcp&) = delete;
  void send(std::string_view bytes) const {
    CHECK(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0);
  }
  std::string read_to_end() const {
    std::string all;
    std::array<char, 4096> piece{};
    for (ssize_t got = 0; (got = ::recv(fd_, piece.data(), piece.size(), 0)) > 0;)
      all.append(piece.data(), static_cast<std::size_t>(got));
    return all;
  }

 private:
  int fd_;
};

}  // namespace

TEST_CASE("TLS carries requests, bodies and streams, and says that nothing more comes") {
  const TlsServer server;
  const Output two =
      server.curl("", fmt::format("/echo?a=1 https://{}/echo?b=2", server.address()));
  CHECK(two.code == 0);
  CHECK_THAT(two.text, Catch::Contains("GET /echo"));

  const std::string file = certificates() / "large";
  std::ofstream(file) << std::string(3'000'000, 'x');
  const Output upload = server.curl("--data-binary @" + file, "/upload");
  CHECK_THAT(upload.text, Catch::StartsWith("3000000 "));
  const Output download = server.curl("-o /dev/null -w '%{size_download}'", "/large?bytes=5000000");
  CHECK(download.text == "5000000");
  CHECK(download.code == 0);

  CHECK(server.curl("", "/count?events=3").code == 0);
  // Ended by the connection alone: without a goodbye it would count as cut off (curl's error 56).
  CHECK(server.curl("--http1.0", "/count?events=3").code == 0);
  CHECK(server.curl("--data-binary @" + file, "/nowhere").text.find("413") != std::string::npos);
}

TEST_CASE("TLS 1.2 is the least, or 1.3 where it says so") {
  const TlsServer server;
  CHECK(server.curl("--tls-max 1.2").code == 0);
  CHECK(server.curl("--tlsv1.3").code == 0);
  const std::string old =
      "openssl s_client -connect {} -tls1_1 -cipher 'DEFAULT@SECLEVEL=0' < /dev/null";
  CHECK(run(fmt::format(fmt::runtime(old), server.address())).code != 0);
  const std::string weak = "openssl s_client -connect {} -tls1_2 -cipher '{}' < /dev/null";
  CHECK(run(fmt::format(fmt::runtime(weak), server.address(), "ECDHE+AESGCM")).code == 0);
  for (const char* cipher : {"AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256"})
    CHECK(run(fmt::format(fmt::runtime(weak), server.address(), cipher)).code != 0);

  const TlsServer strict([](TlsListener& listener) { listener.only_tls_1_3 = true; });
  CHECK(strict.curl("--tls-max 1.2").code != 0);
  CHECK(strict.curl("").code == 0);
}

TEST_CASE("a client of TLS speaks HTTP/1.1, and is not told otherwise") {
  const TlsServer server;
  CHECK(server.curl("--http2 -o /dev/null -w '%{http_version}'").text == "1.1");
  const Output other =
      run(fmt::format("openssl s_client -connect {} -alpn h2 < /dev/null", server.address()));
  CHECK(other.code != 0);
}

TEST_CASE("what is no TLS gets no answer, and what does not go on is cut off") {
  const TlsServer server([](TlsListener&) {},
                         [](ServerOptions& options) { options.request_seconds = 1; });
  const Tcp plain(server.port());
  plain.send("GET /echo HTTP/1.1\r\nHost: riskd\r\n\r\n");
  CHECK_FALSE(contains(plain.read_to_end(), "HTTP/1.1"));
  const auto begun = std::chrono::steady_clock::now();
  const Tcp silent(server.port());
  const Tcp half(server.port());
  half.send(std::string("\x16\x03\x01\x02\x00", 5));  // the head of a record that does not come
  CHECK(silent.read_to_end().empty());
  half.read_to_end();
  CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
  CHECK(server.curl("").code == 0);
}

TEST_CASE("a client's certificate says who it is, if the authority has signed it") {
  const TlsServer server(
      [](TlsListener& listener) { listener.client_ca_file = certificates() / "ca.pem"; });
  const std::string mine = fmt::format("--cert {0}.pem --key {0}.key", certificates() / "client");
  const std::string strangers =
      fmt::format("--cert {0}.pem --key {0}.key", certificates() / "stranger");
  CHECK_THAT(server.curl(mine).text, Catch::Contains("certificate CN=build,O=Example\\, Inc.\n"));
  CHECK_THAT(server.curl("").text, Catch::Contains("certificate \n"));
  CHECK(server.curl(strangers).code != 0);

  const TlsServer strict([](TlsListener& listener) {
    listener.client_ca_file = certificates() / "ca.pem";
    listener.needs_client_certificate = true;
  });
  CHECK(strict.curl("").code != 0);
  CHECK(strict.curl(mine).code == 0);
}

TEST_CASE("certificates are replaced while the server runs, or all of them stay") {
  const TestFolder folder;
  const auto put = [&](const std::string& name) {
    for (const char* end : {".pem", ".key"}) {
      std::filesystem::copy_file(certificates() / (name + end), folder / (std::string("now") + end),
                                 std::filesystem::copy_options::overwrite_existing);
    }
  };
  put("server");
  const TlsServer server([&](TlsListener& listener) {
    listener.certificate_file = folder / "now.pem";
    listener.key_file = folder / "now.key";
  });
  const auto replace = [&] {
    const auto read = server.server->read_certificates();
    REQUIRE(read);
    (*read)();
  };
  CHECK(server.curl("").code == 0);
  std::ofstream(folder / "now.key") << "no key";
  const auto broken = server.server->read_certificates();
  REQUIRE_FALSE(broken);
  CHECK(broken.error().where == folder / "now.key");
  CHECK(server.curl("").code == 0);
  put("stranger");
  replace();
  CHECK(server.curl("").code == 60);  // not signed by the authority
  put("server");
  replace();
  CHECK(server.curl("").code == 0);
}

TEST_CASE("a listener says what is wrong with its files and its address") {
  const auto error_of = [](const std::function<void(TlsListener&)>& change) {
    const TestFolder folder;
    TestHandler handler;
    ServerOptions options;
    options.socket_path = folder / "s.sock";
    options.spool_folder = folder / "spool";
    TlsListener listener{"127.0.0.1", 0, certificates() / "server.pem",
                         certificates() / "server.key"};
    change(listener);
    options.tls.push_back(listener);
    const auto server = start_server(options, handler);
    REQUIRE_FALSE(server);
    return server.error();
  };
  CHECK(error_of([](TlsListener& one) { one.certificate_file = "/nowhere.pem"; }).where ==
        "/nowhere.pem");
  CHECK_THAT(
      error_of([](TlsListener& one) { one.key_file = certificates() / "client.key"; }).message,
      Catch::Contains("not that of the certificate") || Catch::Contains("mismatch"));
  CHECK(error_of([](TlsListener& one) {
          one.client_ca_file = certificates() / "server.key";
        }).code == ErrorCode::invalid);
  CHECK_THAT(error_of([](TlsListener& one) { one.address = "riskd.example"; }).message,
             Catch::Contains("is no IPv4 or IPv6 address"));
  must_run(fmt::format("openssl ec -in {0}.key -aes128 -passout pass:secret -out {0}.locked",
                       certificates() / "server"));
  CHECK(error_of([](TlsListener& one) { one.key_file = certificates() / "server.locked"; }).where ==
        certificates() / "server.locked");
  const TlsServer taken;
  CHECK(error_of([&](TlsListener& one) {
          one.port = static_cast<std::uint16_t>(taken.port());
        }).code == ErrorCode::conflict);
  CHECK(certificate_end(certificates() / "server.pem")->ms > 0);
  CHECK_FALSE(certificate_end(certificates() / "server.key"));
}

TEST_CASE("connections of one address are limited, and its account is the address") {
  CHECK(account_of({Peer::Way::tls, 0, 0, 0, {}, "192.0.2.7:50412"}) == "address 192.0.2.7");
  CHECK(account_of({Peer::Way::tls, 0, 0, 0, {}, "[2001:db8:1:2:3:4:5:6]:1"}) ==
        "address 2001:db8:1:2::");
  CHECK(account_of({Peer::Way::tls, 0, 0, 0, {}, "[2001:db8:1:2::9]:2"}) ==
        "address 2001:db8:1:2::");
  CHECK(account_of({Peer::Way::local, 1000}) == "1000");

  const TlsServer server([](TlsListener&) {},
                         [](ServerOptions& options) { options.peer_connections = 2; });
  const Tcp one(server.port()), two(server.port());
  CHECK(wait_until([&] { return server.curl("").code != 0; }));
  CHECK(server.get("/echo").status == 200);  // the socket's users have their own
}

TEST_CASE("a proxy's socket is for its user alone") {
  const TestFolder folder;
  const TestServer server([&](ServerOptions& options) {
    options.proxies.push_back({folder / "ours.sock", {0600, std::nullopt}, ::geteuid()});
    options.proxies.push_back({folder / "other.sock", {0660, std::nullopt}, ::geteuid() + 1});
  });
  client::Request request;
  request.target = "/echo";
  const auto ours = client::request(folder / "ours.sock", request);
  REQUIRE(ours);
  CHECK_THAT(ours->body, Catch::Contains("way proxy"));
  const auto other = client::request(folder / "other.sock", request);
  REQUIRE(other);
  CHECK(other->status == 403);
  CHECK(std::filesystem::status(folder / "ours.sock").permissions() ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
}

}  // namespace riskd::server::server_tls_test
