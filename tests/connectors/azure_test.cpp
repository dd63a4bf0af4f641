// Azure DevOps: its texts, tags, keys and states, what it answers whom it does not know, and two who
// change a ticket at once.
#include "web_ticket_fake.hpp"

#include "connectors/trackers/azure_json.hpp"
#include "connectors/trackers/azure_reader.hpp"
#include "connectors/trackers/html.hpp"

namespace riskd::connectors::testing::azure_test {
namespace {

namespace json = boost::json;

const RichText gone{{"No longer needed.", false}};

TextPiece policy(std::string text) { return {std::move(text), false}; }
TextPiece outside(std::string text) { return {std::move(text), true}; }

// One answer to all that is asked.
struct OneAnswer final : HttpSender {
  HttpResponse response;
  std::vector<HttpRequest> requests;
  Result<HttpResponse> send(HttpRequest request) override {
    requests.push_back(std::move(request));
    return response;
  }
};

WebTrackerOptions options_for(HttpSender& http) {
  WebTrackerOptions options;
  options.name = "t";
  options.url = "https://dev.azure.com/acme";
  options.token = "secret";
  options.project = "My Shop";
  options.projects = {options.project};
  options.first_wait = std::chrono::milliseconds(0);
  options.http = &http;
  options.clock = [] { return Instant{1'795'392'000'000}; };
  return options;
}

}  // namespace

TEST_CASE("html: the policy's structure becomes elements") {
  CHECK(to_html({}).empty());
  CHECK(to_html({policy("a\nb\n\nc & d")}) == "<p>a<br>b</p><p>c &amp; d</p>");
  CHECK(to_html({policy("## What\n- one\n- two\n1. x\n")}) ==
        "<h2>What</h2><ul><li>one</li><li>two</li></ul><ol><li>x</li></ol>");
  CHECK(to_html({policy("```sh\n# a\n\n<b>\n```\nuse `this`")}) ==
        "<pre># a\n\n&lt;b&gt;</pre><p>use <code>this</code></p>");
  CHECK(to_html({policy("Done.")}, "the end") == "<p>Done.</p><p>the end</p>");
}

TEST_CASE("html: outside text is text, whatever it holds") {
  CHECK(to_html({outside("<script>\"x\"&amp;</script>\n- y")}) ==
        "<p>&lt;script&gt;&quot;x&quot;&amp;amp;&lt;/script&gt; - y</p>");
  const std::string acts = to_html({policy("@team #1: "), outside("@all #12 !3")});
  CHECK_THAT(acts, Catch::StartsWith("<p>@team #1: @"));
  for (const char* each : {"@all", "#12", "!3"}) CHECK(acts.find(each) == std::string::npos);
}

TEST_CASE("a tag is one tag") {
  CHECK(azure_tag(" a, b; c ") == "a  b  c");
  CHECK(azure_tag("riskd:00ff") == "riskd 00ff");
  CHECK(azure_tag(std::string(500, 'x')).size() == 399 + std::string("…").size());
  CHECK(azure_tag(";").empty());
}

TEST_CASE("keys, projects and fields have a form") {
  for (const char* good : {"1", "42", "2147483647"}) CHECK(is_azure_id(good));
  for (const char* bad : {"", "0", "-1", "01", "1x", "#1", "2147483648", "1,2", " 1"})
    CHECK_FALSE(is_azure_id(bad));
  for (const char* good : {"Shop", "My Shop", "Größe", "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c"})
    CHECK(is_azure_project(good));
  for (const char* bad : {"", "a/b", "..", "a?b", "a#b", "_x", "a%2f"})
    CHECK_FALSE(is_azure_project(bad));
  CHECK(is_azure_field("Custom.Riskd"));
  for (const char* bad : {"", "Riskd", "Custom.Ri]skd", "Custom.a b"})
    CHECK_FALSE(is_azure_field(bad));
  CHECK(azure_quoted("it's") == "'it''s'");
}

TEST_CASE("a new item has its marker as a tag, or in its field") {
  NewTicket ticket;
  ticket.marker = std::string(64, 'a');
  ticket.title = {policy("Throttle "), outside(std::string(300, 'x'))};
  ticket.body = {policy("What")};
  ticket.labels = {"Security", "security", "a;b"};
  ticket.priority = "2";
  WebTrackerOptions options;
  options.label = "riskd";
  const std::string with_tag =
      json::serialize(azure_new_item(ticket, options, "System.Description"));
  CHECK_THAT(with_tag, Catch::Contains("\"riskd; riskd:" + ticket.marker + "; Security; a b\""));
  CHECK_THAT(
      with_tag,
      Catch::Contains(R"({"op":"add","path":"/fields/System.Description","value":"<p>What</p>"})"));
  CHECK_THAT(with_tag, Catch::Contains(R"(Priority","value":2})"));
  options.marker_field = "Custom.Riskd";
  const std::string with_field =
      json::serialize(azure_new_item(ticket, options, azure_repro_steps));
  CHECK_THAT(with_field, Catch::Contains("\"riskd; Security; a b\""));
  CHECK_THAT(with_field,
             Catch::Contains("/fields/Custom.Riskd\",\"value\":\"riskd:" + ticket.marker));
}

TEST_CASE("an item is read, and what is none is not") {
  WebTrackerOptions options;
  options.url = "https://dev.azure.com/acme";
  const std::string marker(64, 'a');
  const json::value item{{"id", 12},
                         {"rev", 3},
                         {"fields",
                          {{"System.State", "Done"},
                           {"System.Reason", "Work finished"},
                           {"System.Tags", "riskd; riskd:" + marker + "; security"},
                           {"System.TeamProject", "My Shop"},
                           {"System.WorkItemType", "Task"},
                           {"System.ChangedDate", "2026-09-04T02:08:16.6Z"}}}};
  const auto found = azure_item(item, options);
  REQUIRE(found.has_value());
  CHECK(found->revision == 3);
  CHECK(found->view.key == "12");
  CHECK(found->view.state == "Done");
  CHECK(found->view.reason == "Work finished");
  CHECK(found->view.marker == marker);
  CHECK(found->view.labels == std::vector<std::string>{"riskd", "security"});
  CHECK(found->view.url == "https://dev.azure.com/acme/My%20Shop/_workitems/edit/12");
  CHECK(to_string(found->view.updated) == "2026-09-04T02:08:16.600Z");
  options.marker_field = "Custom.Riskd";
  CHECK(azure_item(item, options)->view.marker.empty());
  for (const char* bad :
       {"null", "{}", R"({"id":1})", R"({"id":1,"fields":{}})",
        R"({"id":0,"fields":{"System.State":"New"}})", R"({"id":[],"fields":{"System.State":{}}})"})
    CHECK_FALSE(azure_item(json::parse(bad), options).has_value());
}

TEST_CASE("an update was made when its fields say, not when the next one came") {
  const json::value updates = json::parse(R"([
    {"revisedBy": {"id": "ABC", "displayName": "Jane"}, "revisedDate": "2026-01-03T00:00:00Z",
     "fields": {"System.State": {"newValue": "New"}, "System.ChangedDate": {"newValue": "2026-01-01T00:00:00Z"}}},
    {"revisedBy": {"id": "abc"}, "revisedDate": "2026-01-02T00:00:00Z", "relations": {"added": []}},
    {"revisedBy": "Jane <jane@example.com>", "revisedDate": "9999-01-01T00:00:00Z",
     "fields": {"System.State": {"oldValue": "New", "newValue": "Done"}, "System.History": {"newValue": "<div>All <b>good</b></div>"}}},
    {"fields": {"System.History": {"oldValue": "x"}}}, null, {"fields": []}])");
  const TicketHistory history = azure_history(updates.as_array());
  REQUIRE(history.changes.size() == 2);
  CHECK(history.changes[0].by.id == "abc");
  CHECK(to_string(history.changes[0].at) == "2026-01-01T00:00:00Z");
  CHECK(history.changes[1].by.id.empty());
  CHECK(history.changes[1].at.ms == 0);
  REQUIRE(history.comments.size() == 1);
  CHECK_THAT(history.comments[0].text, Catch::Contains("All good"));
}

TEST_CASE("where no state is configured, the categories say which it is") {
  AzureType type;
  type.states = {{"New", "Proposed"},       {"Active", "InProgress"}, {"Resolved", "Resolved"},
                 {"Verified", "Completed"}, {"Closed", "Completed"},  {"Removed", "Removed"}};
  CHECK(type.target("New", true) == "Verified");
  CHECK(type.target("Closed", false) == "New");
  type.transitions = {{"New", {"Active", "Closed"}}, {"Closed", {"Active"}}};
  CHECK(type.target("New", true) == "Closed");
  CHECK(type.target("closed", false) == "Active");
  CHECK(type.target("Active", true) == "Verified");
  type.states = {{"Open", "Resolved"}};
  CHECK_FALSE(type.target("Open", true).has_value());
  CHECK_FALSE(is_azure_end({"Resolved", "Resolved"}));
  CHECK(is_azure_end({"Removed", "Removed"}));
}

TEST_CASE("a page to sign in is reported as a wrong token, and never as an empty answer") {
  OneAnswer http;
  http.response.status = GENERATE(203, 302, 401);
  http.response.body = "<html>Sign in</html>";
  http.response.headers = {{"content-type", "text/html; charset=utf-8"}};
  const auto tracker = open_azure_tracker(options_for(http));
  REQUIRE(tracker.has_value());
  const auto listed = (*tracker)->list({Instant{}, {"p"}, {"1"}});
  REQUIRE_FALSE(listed.has_value());
  CHECK(listed.error().code == ErrorCode::forbidden);
  NewTicket ticket;
  ticket.marker = std::string(64, 'a');
  const auto made = (*tracker)->create(ticket);
  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == ErrorCode::forbidden);
  const CheckReport report = (*tracker)->check();
  REQUIRE(report.findings.size() == 1);
  CHECK_THAT(report.findings[0].message, Catch::Contains("sign in") || Catch::Contains("401"));
  CHECK_THAT(report.findings[0].help, Catch::Contains("personal access token"));
  for (const auto& [name, value] : http.requests.front().headers) {
    if (name == "Authorization") CHECK(value == "Basic OnNlY3JldA==");
  }
}

TEST_CASE("a public project's answer to nobody is an error") {
  OneAnswer http;
  http.response.status = 200;
  http.response.body = R"({"authenticatedUser": {"id": "AAAAAAAA-aaaa-aaaa-aaaa-aaaaaaaaaaaa"}})";
  const auto listed = (*open_azure_tracker(options_for(http)))->list({Instant{}, {"p"}, {"1"}});
  REQUIRE_FALSE(listed.has_value());
  CHECK(listed.error().code == ErrorCode::forbidden);
}

TEST_CASE("a change by a person between riskd's read and its write is not overwritten") {
  FakeTicket ticket("azure");
  const auto tracker = ticket.tracker();
  ticket.meanwhile = [&] { ticket.move("Jane", "In Progress"); };
  const auto first = tracker->close(ticket.key(), "e", gone, ticket.open());
  REQUIRE_FALSE(first.has_value());
  CHECK(first.error().code == ErrorCode::unavailable);
  CHECK(ticket.writes.empty());
  const auto second = tracker->close(ticket.key(), "e", gone, ticket.open());
  REQUIRE(second.has_value());
  CHECK(second->state == "In Progress");
  CHECK(second->origin.person == "Jane");
  CHECK(ticket.writes.empty());
}

TEST_CASE("a comment whose first try was only slow is there once") {
  FakeTicket ticket("azure");
  const auto tracker = ticket.tracker();
  ticket.meanwhile = [&] { ticket.say(riskd_name, azure_comment(gone, "e")); };
  CHECK_FALSE(tracker->comment(ticket.key(), "e", gone).has_value());
  CHECK(tracker->comment(ticket.key(), "e", gone).has_value());
  CHECK(ticket.comments.size() == 1);
}

TEST_CASE("a priority that is no number is reported before anything is made") {
  OneAnswer http;
  NewTicket ticket;
  ticket.marker = std::string(64, 'a');
  ticket.priority = "Highest";
  const auto made = (*open_azure_tracker(options_for(http)))->create(ticket);
  REQUIRE_FALSE(made.has_value());
  CHECK_THAT(made.error().message, Catch::Contains("priorities = { Highest = \"2\" }"));
  CHECK(http.requests.empty());
}

// Gives all numbers from 1 to 12,000, as many at a time as are asked for.
struct ManyItems final : HttpSender {
  std::vector<std::string> queries;
  Result<HttpResponse> send(HttpRequest request) override {
    HttpResponse response;
    response.status = 200;
    json::array items;
    if (request.url.find("/wiql") != std::string::npos) {
      queries.push_back(std::string(json::parse(request.body).at("query").as_string()));
      const std::string& query = queries.back();
      const int last = std::stoi(query.substr(query.find("[System.Id] > ") + 14));
      for (int id = last + 1; id <= 12'000 && items.size() < 10'000; ++id)
        items.push_back(json::object{{"id", id}});
      response.body = json::serialize(json::object{{"workItems", items}});
    }
    return response;
  }
};

TEST_CASE("a query that finds more than it may give goes on behind the last number") {
  ManyItems http;
  const WebTrackerOptions options = options_for(http);
  AzureSession session(options);
  AzureTypes types(session);
  const auto ids = AzureReader(session, types, options).query("My Shop", "[System.Rev] > 0");
  REQUIRE(ids.has_value());
  CHECK(ids->size() == 12'000);
  CHECK(ids->back() == "12000");
  REQUIRE(http.queries.size() == 2);
  CHECK_THAT(http.queries[0], Catch::Contains("[System.TeamProject] = @project AND "));
  CHECK_THAT(http.queries[1], Catch::Contains("[System.Id] > 10000 ORDER BY [System.Id]"));
}

TEST_CASE("options that do not fit together are refused") {
  OneAnswer http;
  WebTrackerOptions options = options_for(http);
  options.token.clear();
  CHECK_FALSE(open_azure_tracker(options).has_value());
  options = options_for(http);
  options.project = "a/b";
  CHECK_FALSE(open_azure_tracker(options).has_value());
  options = options_for(http);
  options.marker_field = "riskd";
  CHECK_FALSE(open_azure_tracker(options).has_value());
}

}  // namespace riskd::connectors::testing::azure_test
