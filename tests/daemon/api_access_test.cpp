// Who sends a request, and what that one may: by each way to riskd. The requests are given to the handler as the server gives
// them; server_tls_test.cpp shows that the server tells the truth of its peers.
#include <pwd.h>

#include <condition_variable>
#include <future>
#include <mutex>
#include <set>

#include "daemon/api/routes.hpp"
#include "daemon/service/tokens.hpp"
#include "tests/daemon/api_fixture.hpp"

namespace riskd::api::api_access_test {
namespace {

using namespace testing;
using server::Peer;
using service::Role;

constexpr std::uint32_t proxy_user = 33;

service::ProxyConfig proxy() {
  service::ProxyConfig config;
  config.uid = proxy_user;
  config.person_header = "x-forwarded-user";
  config.groups_header = "x-forwarded-groups";
  return config;
}

struct Asked {
  int status = 0;
  json::value body;
  Headers headers;
};

// A daemon with a proxy, whose handler is asked without a socket.
struct Access : Daemon {
  explicit Access(std::vector<service::PeerConfig> peers = {}) : Daemon(peers) {
    make_shop_of("shop");
    make_shop_of("office");
    auto config = service::read_config(workspace.folder / "riskd.toml");
    REQUIRE(config);
    config->peers = std::move(peers);
    config->proxies.push_back(proxy());
    service::ProxyConfig other = proxy();
    other.uid = proxy_user + 1;
    other.person_header = "x-other-user";
    config->proxies.push_back(other);
    guarded = make_handler(*workspace.service, *config);
  }
  ~Access() { guarded.reset(); }

  void make_shop_of(const std::string& product) const {
    std::promise<void> done;
    workspace.service->post(
        {product, {{engine::ProductFact{}, std::nullopt}}, "tester", true, std::nullopt, {}, {}},
        [&](const auto&) { done.set_value(); });
    done.get_future().get();
  }

  std::string token(const std::string& name, std::vector<Role> roles,
                    std::vector<std::string> products = {}) const {
    const auto secret = workspace.service->tokens().give(
        {name, std::move(roles), std::move(products), std::nullopt}, "eva");
    REQUIRE(secret.has_value());
    return *secret;
  }

  Asked ask(const Peer& peer, const std::string& method, const std::string& target,
            Headers headers = {}, std::string body = {}) const {
    server::Request request;
    request.id = "test";
    request.method = method;
    const std::size_t mark = target.find('?');
    request.path = target.substr(0, mark);
    for (std::size_t at = 0; at < request.path.size();) {
      const std::size_t end = std::min(request.path.find('/', at + 1), request.path.size());
      request.segments.push_back(request.path.substr(at + 1, end - at - 1));
      at = end;
    }
    if (mark != std::string::npos) {
      const std::size_t equals = target.find('=', mark);
      request.query[target.substr(mark + 1, equals - mark - 1)] = target.substr(equals + 1);
    }
    for (const auto& [name, value] : headers) request.headers[name] = value;
    request.body = std::move(body);
    request.peer = peer;
    const auto admitted = guarded->admit(request);
    std::promise<server::Response> answer;
    if (!admitted) {
      answer.set_value(admitted.error());
    } else if (auto head = guarded->open_stream(request)) {
      answer.set_value(*head);
    } else {
      guarded->handle(request,
                      [&](server::Response response) { answer.set_value(std::move(response)); });
    }
    const server::Response response = answer.get_future().get();
    json::error_code none;
    return {response.status, json::parse(response.body, none), response.headers};
  }
  Asked as_token(const std::string& secret, const std::string& method, const std::string& target,
                 std::string body = {}) const {
    return ask(from_network(), method, target, {{"authorization", "Bearer " + secret}},
               std::move(body));
  }
  std::string name_of(const Peer& peer, Headers headers = {}) const {
    const Asked asked = ask(peer, "GET", "/v1/whoami", std::move(headers));
    return asked.status == 200 ? std::string(asked.body.at("name").as_string())
                               : std::to_string(asked.status);
  }

  static Peer from_network(std::string certificate = {}) {
    Peer peer;
    peer.way = Peer::Way::tls;
    peer.uid = peer.gid = static_cast<std::uint32_t>(-1);
    peer.address = "192.0.2.7:50412";
    peer.certificate = std::move(certificate);
    return peer;
  }
  static Peer from_proxy() {
    Peer peer;
    peer.way = Peer::Way::proxy;
    peer.uid = proxy_user;
    return peer;
  }
  static Peer local(std::uint32_t uid = ::geteuid()) {
    Peer peer;
    peer.uid = uid;
    return peer;
  }

  std::unique_ptr<server::Handler> guarded;
};

std::string header_of(const Asked& asked, std::string_view name) {
  return header({0, asked.headers, {}}, name);
}

// A stream that keeps what it is sent.
class Kept : public server::Stream {
 public:
  bool send(std::string chunk) override {
    const std::lock_guard lock(mutex);
    text += chunk;
    return !is_closed;
  }
  void close() override {
    const std::lock_guard lock(mutex);
    is_closed = true;
  }
  std::mutex mutex;
  std::string text;
  bool is_closed = false;
};

}  // namespace

TEST_CASE("over the network nobody gets anything but life signs and webhooks") {
  const Access riskd;
  for (const Route& route : routes()) {
    std::string target(route.path);
    for (std::size_t at = target.find('{'); at != std::string::npos; at = target.find('{'))
      target.replace(at, target.find('}') - at + 1, "shop");
    const Asked asked = riskd.ask(Access::from_network(), std::string(route.method), target);
    CAPTURE(route.method, target);
    if (route.needs.scope == Scope::anybody) {
      CHECK(asked.status != 401);
    } else {
      CHECK(asked.status == 401);
      CHECK(header_of(asked, "WWW-Authenticate").starts_with("Bearer"));
    }
  }
  CHECK(riskd.ask(Access::from_network(), "GET", "/v1/nothing").status == 401);
  CHECK(riskd.ask(Access::from_network(), "GET", "/").status == 401);
}

TEST_CASE("a token says who sends a request, wherever it comes from") {
  const Access riskd;
  const std::string secret = riskd.token("ci", {Role::read});
  for (const Peer& peer : {Access::from_network(), Access::from_proxy(), Access::local(),
                           Access::from_network("CN=build")}) {
    CHECK(riskd.name_of(peer, {{"authorization", "Bearer " + secret}}) == "token:ci");
    CHECK(riskd.name_of(peer, {{"authorization", "bEARER  " + secret}}) == "token:ci");
    for (const std::string& wrong :
         {"Bearer " + secret + "x", "Bearer " + secret + ", Bearer " + secret,
          std::string("Bearer riskd_")})
      CHECK(riskd.name_of(peer, {{"authorization", wrong}}) == "401");
  }
  for (const std::string other : {"Basic cmlza2Q6eA==", "Digest x", "Bearer", ""})
    CHECK(riskd.name_of(Access::from_network(), {{"authorization", other}}) == "401");
  // A proxy may pass on what it was shown itself.
  CHECK(riskd.name_of(Access::from_proxy(), {{"authorization", "Basic cmlza2Q6eA=="},
                                             {"x-forwarded-user", "eva"}}) == "proxy:eva");
  // Not in the address, where logs and proxies keep it.
  CHECK(riskd.ask(Access::from_network(), "GET", "/v1/products?token=" + secret).status == 401);
}

TEST_CASE("a token may what its roles say, on its products, and nothing else") {
  const Access riskd;
  const std::string secret = riskd.token("ci", {Role::read, Role::answer}, {"shop*"});
  CHECK(riskd.as_token(secret, "GET", "/v1/products/shop").status == 200);
  const Asked list = riskd.as_token(secret, "GET", "/v1/products");
  CHECK(list.body.at("items").as_array().size() == 1);
  for (const char* rest : {"", "/model", "/questionnaire", "/history", "/facts", "/review",
                           "/results", "/suites", "/days", "/why?element=x"})
    CHECK(riskd.as_token(secret, "GET", std::string("/v1/products/office") + rest).status == 403);
  CHECK(riskd.as_token(secret, "GET", "/v1/tickets?product=office").status == 403);
  CHECK(riskd.as_token(secret, "POST", "/v1/policy/plan", "{}").status == 403);
  CHECK(riskd
            .as_token(secret, "PATCH", "/v1/products/shop/answers",
                      R"({"answers": {"reach": "office"}})")
            .status == 200);
  CHECK(riskd
            .as_token(secret, "PATCH", "/v1/products/office/answers",
                      R"({"answers": {"reach": "office"}})")
            .status == 403);
  CHECK(riskd.as_token(secret, "PATCH", "/v1/products/shop/decisions", "{}").status == 403);
  CHECK(riskd.as_token(secret, "DELETE", "/v1/products/shop").status == 403);
  CHECK(riskd.as_token(secret, "POST", "/v1/tokens", "{}").status == 403);
  CHECK(riskd.as_token(secret, "GET", "/v1/tokens").status == 403);
  CHECK(riskd.as_token(secret, "GET", "/v1/store").status == 403);
  const Asked lines = riskd.as_token(secret, "POST", "/v1/facts",
                                     R"({"product": "office", "answers": {"reach": "office"}})");
  CHECK(lines.status == 403);
}

TEST_CASE("facts say who posted them, and no name is two people's") {
  const passwd* own = ::getpwuid(::geteuid());
  REQUIRE(own != nullptr);
  const std::string user = own->pw_name;
  const Access riskd({me({Role::answer, Role::read}),
                      {std::nullopt, std::nullopt, {Role::answer}, {}, user, "", ""},
                      {std::nullopt, std::nullopt, {Role::answer}, {}, "", "", user}});
  const std::string secret = riskd.token(user, {Role::answer});
  const std::string answers = R"({"answers": {"reach": "office"}})";
  const std::string target = "/v1/products/shop/answers";
  CHECK(riskd.ask(Access::local(), "PATCH", target, {}, answers).status == 200);
  CHECK(riskd.as_token(secret, "PATCH", target, answers).status == 200);
  CHECK(riskd.ask(Access::from_proxy(), "PATCH", target, {{"x-forwarded-user", user}}, answers)
            .status == 200);
  CHECK(riskd.ask(Access::from_network(user), "PATCH", target, {}, answers).status == 200);
  std::vector<std::string> posters;
  const Asked history = riskd.ask(Access::local(), "GET", "/v1/products/shop/facts");
  for (const json::value& fact : history.body.at("items").as_array())
    posters.emplace_back(fact.at("poster").as_string());
  CHECK(std::vector<std::string>(posters.begin() + 1, posters.end()) ==
        std::vector<std::string>{user, "token:" + user, "proxy:" + user, "certificate:" + user});
}

TEST_CASE("a proxy names persons and their groups, and nobody else does") {
  const Access riskd(
      {{std::nullopt, std::nullopt, {Role::read}, {"shop"}, "eva@example.com", "", ""},
       {std::nullopt, std::nullopt, {Role::review}, {}, "", "appsec", ""}});
  const auto as = [&](const std::string& person, const std::string& groups = "") {
    return riskd
        .ask(Access::from_proxy(), "GET", "/v1/products/shop",
             {{"x-forwarded-user", person}, {"x-forwarded-groups", groups}})
        .status;
  };
  CHECK(as("eva@example.com") == 200);
  CHECK(as("EVA@example.com") == 403);
  CHECK(as("ben@example.com") == 403);
  CHECK(as("") == 401);
  // The header of another proxy, on this one's socket.
  CHECK(riskd.name_of(Access::from_proxy(),
                      {{"x-forwarded-user", "eva"}, {"x-other-user", "ben"}}) == "400");
  for (const std::string& wrong :
       {std::string("eva@example.com, ben"), std::string("eva\n"), std::string("a\0b", 3),
        std::string("\xff"), std::string(257, 'a')})
    CHECK(as(wrong) == 400);
  const Asked groups =
      riskd.ask(Access::from_proxy(), "GET", "/v1/whoami",
                {{"x-forwarded-user", "ben"}, {"x-forwarded-groups", "staff , appsec"}});
  CHECK(groups.body.at("grants").as_array().size() == 1);
  CHECK(riskd.ask(Access::from_proxy(), "GET", "/v1/products/shop").status == 401);
  for (const Peer& peer :
       {Access::local(), Access::from_network(), Access::from_network("CN=build")}) {
    CHECK(riskd.name_of(peer, {{"x-forwarded-user", "eva@example.com"}}) == "400");
    CHECK(riskd.name_of(peer, {{"x-forwarded-groups", "appsec"}}) == "400");
  }
}

TEST_CASE("a certificate's whole subject is who it is") {
  const Access riskd(
      {{std::nullopt, std::nullopt, {Role::read}, {}, "", "", "CN=build,O=Example"}});
  const auto as = [&](const std::string& subject) {
    return riskd.ask(Access::from_network(subject), "GET", "/v1/products/shop").status;
  };
  CHECK(as("CN=build,O=Example") == 200);
  for (const char* other :
       {"CN=build", "CN=build,O=Example,C=CH", "CN=build\\,O=Example", "cn=build,O=Example"})
    CHECK(as(other) == 403);
}

TEST_CASE("a user has the roles of all groups that its process is in") {
  const Access riskd({{std::nullopt, 4'000, {Role::read}, {}}});
  Peer peer = Access::local(4'001);
  CHECK(riskd.ask(peer, "GET", "/v1/products/shop").status == 403);
  peer.groups = {7, 4'000};
  CHECK(riskd.ask(peer, "GET", "/v1/products/shop").status == 200);
}

TEST_CASE("a token's answer is given once, and not kept for whoever repeats the request") {
  const Access riskd;
  const std::string body =
      R"({"name": "ci", "roles": ["read", "read"], "products": ["shop*"], "expires": null})";
  const Asked kept =
      riskd.ask(Access::local(), "POST", "/v1/tokens", {{"idempotency-key", "k"}}, body);
  CHECK(kept.status == 400);
  const Asked given = riskd.ask(Access::local(), "POST", "/v1/tokens", {}, body);
  REQUIRE(given.status == 201);
  CHECK(header_of(given, "Cache-Control") == "no-store");
  CHECK(given.body.at("roles").as_array().size() == 1);
  CHECK(riskd.as_token(std::string(given.body.at("token").as_string()), "GET", "/v1/products/shop")
            .status == 200);
  CHECK(riskd.ask(Access::local(), "POST", "/v1/tokens", {}, body).status == 409);
  const Asked list = riskd.ask(Access::local(), "GET", "/v1/tokens");
  const json::value& item = list.body.at("items").at(0);
  CHECK(item.at("state") == "live");
  CHECK_FALSE(item.as_object().contains("token"));
  CHECK_FALSE(item.at("used").is_null());
  for (const char* wrong :
       {R"({})", R"({"name": "x", "roles": ["read"]})",
        R"({"name": "x", "roles": [], "expires": null})",
        R"({"name": "x", "roles": "read", "expires": null})",
        R"({"name": "x", "roles": ["root"], "expires": null})",
        R"({"name": "x", "roles": ["read"], "expires": "soon"})",
        R"({"name": "x", "roles": ["read"], "products": [1], "expires": null})",
        R"({"name": "x y", "roles": ["read"], "expires": null})",
        R"({"name": "x", "roles": ["read"], "expires": "2001-01-01T00:00:00Z"})"})
    CHECK(riskd.ask(Access::local(), "POST", "/v1/tokens", {}, wrong).status == 422);
  CHECK(riskd.ask(Access::local(), "DELETE", "/v1/tokens/ci").status == 200);
  CHECK(riskd.ask(Access::local(), "DELETE", "/v1/tokens/ci").status == 409);
  CHECK(riskd.ask(Access::local(), "DELETE", "/v1/tokens/none").status == 404);
}

TEST_CASE("one who has the same Idempotency-Key as another gets none of its answers") {
  const Access riskd;
  const std::string one = riskd.token("one", {Role::answer, Role::read}),
                    two = riskd.token("two", {Role::answer, Role::read});
  const auto post = [&](const std::string& secret) {
    return riskd.ask(Access::from_network(), "PATCH", "/v1/products/shop/answers",
                     {{"authorization", "Bearer " + secret}, {"idempotency-key", "same"}},
                     R"({"answers": {"reach": "office"}})");
  };
  CHECK(header_of(post(one), "Idempotency-Replayed").empty());
  CHECK(header_of(post(two), "Idempotency-Replayed").empty());
  CHECK(header_of(post(one), "Idempotency-Replayed") == "true");
}

TEST_CASE("a stream of events ends when its token is revoked") {
  const Access riskd;
  server::Request request;
  request.method = "GET";
  request.path = "/v1/events";
  request.segments = {"v1", "events"};
  request.peer = Access::from_network();
  request.headers["authorization"] = "Bearer " + riskd.token("watcher", {Role::read});
  const auto stream = std::make_shared<Kept>();
  riskd.guarded->started(request, stream);
  const auto answer = [&](const char* reach) {
    riskd.workspace.must_post(engine::AnswersFact{{}, {{"reach", std::string(reach)}}});
  };
  answer("internet");
  CHECK_THAT(stream->text, Catch::Contains("event: change"));
  REQUIRE(riskd.workspace.service->tokens().revoke("watcher", "eva").has_value());
  const std::size_t before = stream->text.size();
  answer("office");
  CHECK(stream->text.size() == before);
  CHECK(stream->is_closed);
}

TEST_CASE(
    "a stream of events ends when its reader's roles are taken away, and a request is refused") {
  const Access riskd;
  auto config = service::read_config(riskd.workspace.folder / "riskd.toml");
  REQUIRE(config);
  const auto with = [&](std::vector<service::PeerConfig> peers) {
    config->peers = std::move(peers);
    return std::make_shared<const service::Config>(*config);
  };
  std::mutex mutex;
  auto current = with({me({Role::read, Role::answer})});
  const auto handler = make_handler(*riskd.workspace.service, [&] {
    const std::lock_guard lock(mutex);
    return current;
  });
  server::Request request;
  request.method = "GET";
  request.path = "/v1/events";
  request.segments = {"v1", "events"};
  request.peer = Access::local();
  const auto stream = std::make_shared<Kept>();
  handler->started(request, stream);
  const auto answer = [&](const char* reach) {
    riskd.workspace.must_post(engine::AnswersFact{{}, {{"reach", std::string(reach)}}});
  };
  answer("internet");
  CHECK_THAT(stream->text, Catch::Contains("event: change"));

  // Its head was admitted; while its body came, the role went.
  server::Request slow = request;
  slow.method = "PATCH";
  slow.path = "/v1/products/shop/answers";
  slow.segments = {"v1", "products", "shop", "answers"};
  slow.body = R"({"answers": {"reach": "office"}})";
  REQUIRE(handler->admit(slow));
  {
    const std::lock_guard lock(mutex);
    current = with({{::geteuid() + 1, std::nullopt, {Role::admin}, {}}});
  }
  std::promise<int> status;
  handler->handle(slow,
                  [&](const server::Response& response) { status.set_value(response.status); });
  CHECK(status.get_future().get() == 403);
  const std::size_t before = stream->text.size();
  answer("office");
  CHECK(stream->text.size() == before);
  CHECK(stream->is_closed);
}

TEST_CASE("every answer has an id, and the revision of the policy that it is of") {
  const Access riskd;
  std::set<std::string> ids;
  for (const char* target : {"/v1/products", "/v1/nothing", "/v1/products/none/model",
                             "/v1/health/live", "/v1/products?x=1"}) {
    const client::Response response = riskd.send("GET", target);
    CHECK(header(response, "policy-revision") == "1");
    ids.insert(header(response, "request-id"));
  }
  CHECK(ids.size() == 5);
  CHECK_FALSE(ids.contains(""));
  riskd.workspace.folder.write("policy/shop.risk", service::testing::small_policy(2));
  CHECK(header(riskd.send("POST", "/v1/policy/reload"), "policy-revision") == "1, 2");
  CHECK(header(riskd.send("GET", "/v1/products"), "policy-revision") == "2");
}

}  // namespace riskd::api::api_access_test
