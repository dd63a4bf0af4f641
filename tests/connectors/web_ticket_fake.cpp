#include "web_ticket_fake.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "connectors/trackers/rest_session.hpp"

namespace riskd::connectors::testing {
namespace json = boost::json;

namespace {

constexpr std::int64_t made_at_ms = 1'795'392'000'000;

const std::map<std::string, std::string> accounts{{"riskd", "7"}, {"Jane", "3"}, {"Bob", "4"}};
const std::map<std::string, std::string> statuses{
    {"To Do", "1"}, {"In Progress", "2"}, {"Done", "3"}};

std::string name_of(const std::string& id) {
  for (const auto& [name, each] : statuses) {
    if (each == id) return name;
  }
  return {};
}

json::object status_of(const std::string& name) {
  return {{"id", statuses.at(name)},
          {"name", name},
          {"statusCategory", {{"key", name == "Done" ? "done" : "new"}}}};
}

}  // namespace

FakeTicket::FakeTicket(std::string what) : what_(std::move(what)) {
  status = open();
  close_path = {closed()};
}

void FakeTicket::move(const std::string& by, const std::string& to) {
  now_ += minute;
  status = to;
  changes.push_back({by, now_, to});
}

void FakeTicket::say(const std::string& by, const std::string& text, bool is_private) {
  now_ += minute;
  comments.push_back({by, now_, text, is_private});
}

std::string FakeTicket::key() const {
  if (is_forge()) return "o/r#1";
  return what_ == "redmine" || what_ == "azure" ? "1" : "P-1";
}

TicketView FakeTicket::listed() const {
  TicketView view;
  view.key = key();
  (has_states() ? view.state : view.status) = status;
  return view;
}

std::unique_ptr<Tracker> FakeTicket::tracker() {
  WebTrackerOptions options;
  options.name = "t";
  options.url = "http://t.example";
  options.user = "riskd@example.com";
  options.token = "secret";
  options.project = is_forge() ? "o/r" : "P";
  options.projects = {options.project};
  options.cloud = what_ == "jira cloud";
  options.close_path = close_path;
  options.reopen_path = {open()};
  options.first_wait = options.write_pause = std::chrono::milliseconds(0);
  options.http = this;
  options.clock = [this] { return Instant{made_at_ms + now_ * 1000}; };
  auto opened = open_web_tracker(what_.substr(0, what_.find(' ')), options);
  REQUIRE(opened.has_value());
  return std::move(*opened);
}

Result<HttpResponse> FakeTicket::send(HttpRequest request) {
  const std::string path = request.url.substr(std::string("http://t.example").size());
  HttpResponse response;
  response.status = 200;
  if (request.method == "GET") {
    const json::value body = answer(path);
    if (body.is_null())
      response.status = 403;
    else
      response.body = json::serialize(body);
    return response;
  }
  if (meanwhile) std::exchange(meanwhile, nullptr)();
  const bool dies = ++written_ == dies_at;
  const json::value body = json::parse(request.body);
  if (!dies || carried_out) {
    if (what_ == "azure")
      response.status = carry_out_azure(body.as_array());
    else if (!carry_out(path, body))
      response.status = 404;
  }
  if (dies) return fail(ErrorCode::unavailable, "there is no answer");
  if (response.status == 200 && has_states()) response.body = json::serialize(answer(path));
  return response;
}

bool FakeTicket::carry_out(const std::string& path, const json::value& body) {
  const json::value& change = body.as_object().contains("issue") ? body.at("issue") : body;
  const json::object& sent = change.as_object();
  std::string to;
  if (sent.contains("state")) to = std::string(sent.at("state").as_string());
  if (sent.contains("state_event")) to = sent.at("state_event") == "close" ? "closed" : "open";
  if (sent.contains("transition"))
    to = name_of(std::string(sent.at("transition").at("id").as_string()));
  if (sent.contains("status_id")) to = name_of(std::string(sent.at("status_id").as_string()));
  if (!to.empty()) {
    move(riskd_name, to);
    writes.push_back("status " + to);
    return true;
  }
  const bool of_comment = path.ends_with("/comments") || path.ends_with("/notes") ||
                          path.ends_with("/comment") || sent.contains("notes");
  if (!of_comment) return false;
  const json::value& text = sent.contains("notes") ? sent.at("notes") : sent.at("body");
  say(riskd_name, text.is_string() ? std::string(text.as_string()) : json::serialize(text));
  writes.push_back("comment");
  return true;
}

json::value FakeTicket::answer(const std::string& path) {
  if (what_ == "azure") return azure(path);
  if (what_ == "github") return github(path);
  if (what_ == "gitlab") return gitlab(path);
  return what_ == "redmine" ? redmine(path) : jira(path);
}

std::string FakeTicket::time(std::int64_t at) const {
  return to_string(Instant{made_at_ms + at * 1000});
}

json::value FakeTicket::user(const std::string& name) const {
  const std::string& id = accounts.at(name);
  if (what_ == "jira cloud") return {{"accountId", id}, {"displayName", name}};
  if (what_ == "jira data center") return {{"key", id}, {"name", id}, {"displayName", name}};
  if (what_ == "azure") return {{"id", "0000-" + id}, {"displayName", name}};
  return {{"id", std::stoi(id)}, {what_ == "github" ? "login" : "name", name}};
}

json::value FakeTicket::actor(const std::string& name) const {
  return names_actors ? user(name) : json::value();
}

json::value FakeTicket::text_of(const FakeComment& comment) const {
  if (what_ != "jira cloud") return json::value(comment.text);
  if (comment.text.starts_with("{")) return json::parse(comment.text);
  return {{"type", "doc"},
          {"version", 1},
          {"content",
           {{{"type", "paragraph"}, {"content", {{{"type", "text"}, {"text", comment.text}}}}}}}};
}

json::value FakeTicket::github(const std::string& path) const {
  if (path == "/user") return user(riskd_name);
  json::array list;
  if (path.find("/events") != std::string::npos) {
    if (!names_actors) return nullptr;
    for (const FakeChange& each : changes)
      list.push_back({{"event", each.to == "closed" ? "closed" : "reopened"},
                      {"actor", actor(each.by)},
                      {"created_at", time(each.at)}});
    return list;
  }
  if (path.find("/comments") != std::string::npos) {
    for (const FakeComment& each : comments)
      list.push_back({{"user", user(each.by)}, {"body", each.text}, {"created_at", time(each.at)}});
    return list;
  }
  const bool is_closed = status == "closed";
  return {{"number", 1},
          {"state", status},
          {"state_reason", is_closed ? json::value("completed") : json::value()},
          {"repository_url", "http://t.example/repos/o/r"},
          {"body", "text"},
          {"user", user(riskd_name)},
          {"created_at", time(0)},
          {"updated_at", time(now_)},
          {"closed_by", is_closed ? actor(changes.back().by) : json::value()},
          {"closed_at", is_closed ? json::value(time(changes.back().at)) : json::value()}};
}

json::value FakeTicket::gitlab(const std::string& path) const {
  if (path == "/api/v4/user") return user(riskd_name);
  json::array list;
  if (path.find("/resource_state_events") != std::string::npos) {
    if (!names_actors) return nullptr;
    for (const FakeChange& each : changes)
      list.push_back({{"state", each.to == "closed" ? "closed" : "reopened"},
                      {"user", actor(each.by)},
                      {"created_at", time(each.at)}});
    return list;
  }
  if (path.find("/notes") != std::string::npos) {
    for (const FakeComment& each : comments)
      list.push_back({{"author", user(each.by)},
                      {"body", each.text},
                      {"created_at", time(each.at)},
                      {"system", false},
                      {"internal", each.is_private}});
    list.push_back({{"author", user("Jane")},
                    {"body", "changed the description"},
                    {"created_at", time(now_ + minute)},
                    {"system", true}});
    return list;
  }
  const bool is_closed = status == "closed";
  return {{"iid", 1},
          {"id", 1001},
          {"project_id", 42},
          {"state", is_closed ? "closed" : "opened"},
          {"references", {{"full", "o/r#1"}}},
          {"author", user(riskd_name)},
          {"created_at", time(0)},
          {"updated_at", time(now_)},
          {"closed_by", is_closed ? actor(changes.back().by) : json::value()},
          {"closed_at", is_closed ? json::value(time(changes.back().at)) : json::value()}};
}

json::value FakeTicket::jira(const std::string& path) const {
  if (path.ends_with("/myself")) return user(riskd_name);
  if (path.find("/transitions") != std::string::npos) {
    json::array offered;
    for (const auto& [name, id] : statuses)
      offered.push_back({{"id", id}, {"name", "To " + name}, {"to", status_of(name)}});
    return {{"transitions", offered}};
  }
  if (path.find("/comment") != std::string::npos) {
    json::array list;
    for (const FakeComment& each : comments) {
      json::object comment{
          {"author", user(each.by)}, {"body", text_of(each)}, {"created", time(each.at)}};
      if (each.is_private) comment["visibility"] = {{"type", "role"}, {"value", "Developers"}};
      list.push_back(std::move(comment));
    }
    return {{"comments", list}, {"total", list.size()}};
  }
  json::array log;
  for (const FakeChange& each : changes) {
    json::object item{{"field", "status"},
                      {"to", statuses.at(each.to)},
                      {"toString", renamed ? "Once " + each.to : each.to}};
    log.push_back({{"created", time(each.at)},
                   {"author", actor(each.by)},
                   {"items", {{{"field", "labels"}}, std::move(item)}}});
  }
  if (path.find("/changelog") != std::string::npos) {
    if (!names_actors) return nullptr;
    return {{"values", log}, {"total", log.size()}};
  }
  json::object issue{{"key", "P-1"},
                     {"id", "10"},
                     {"fields",
                      {{"status", status_of(status)},
                       {"creator", user(riskd_name)},
                       {"created", time(0)},
                       {"updated", time(now_)}}}};
  if (path.find("expand=changelog") != std::string::npos && names_actors)
    issue["changelog"] = {{"histories", log}};
  return issue;
}

json::value FakeTicket::redmine(const std::string& path) {
  if (path == "/users/current.json") return {{"user", user(riskd_name)}};
  const auto reported = [&](const std::string& name) {
    json::object one{{"id", std::stoi(statuses.at(name))}, {"name", name}};
    if (tells_closed) one["is_closed"] = name == "Done";
    return one;
  };
  if (path == "/issue_statuses.json") {
    ++status_requests;
    json::array list;
    for (const auto& [name, id] : statuses)
      list.push_back({{"id", std::stoi(id)}, {"name", name}, {"is_closed", name == "Done"}});
    return {{"issue_statuses", list}};
  }
  json::array journals;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const std::string& before = i == 0 ? open() : changes[i - 1].to;
    journals.push_back({{"user", actor(changes[i].by)},
                        {"notes", ""},
                        {"created_on", time(changes[i].at)},
                        {"details",
                         {{{"property", "attr"},
                           {"name", "status_id"},
                           {"old_value", statuses.at(before)},
                           {"new_value", statuses.at(changes[i].to)}}}}});
  }
  for (const FakeComment& each : comments)
    journals.push_back({{"user", user(each.by)},
                        {"notes", each.text},
                        {"private_notes", each.is_private},
                        {"created_on", time(each.at)},
                        {"details", json::array()}});
  json::object issue{{"id", 1},
                     {"status", reported(status)},
                     {"author", user(riskd_name)},
                     {"created_on", time(0)},
                     {"updated_on", time(now_)},
                     {"journals", journals}};
  if (path.starts_with("/issues.json")) return {{"issues", {issue, issue}}, {"total_count", 2}};
  return {{"issue", issue}};
}

json::value FakeTicket::azure(const std::string& path) const {
  if (path.starts_with("/_apis/connectionData")) return {{"authenticatedUser", user(riskd_name)}};
  if (path.find("/updates") != std::string::npos) return {{"value", azure_updates()}};
  if (path.find("/states") != std::string::npos) {
    return {{"value",
             {{{"name", "To Do"}, {"category", "Proposed"}},
              {{"name", "In Progress"}, {"category", "InProgress"}},
              {{"name", "Done"}, {"category", "Completed"}}}}};
  }
  if (path.find("/workitemtypes/") != std::string::npos) return {{"name", "Task"}};
  return {{"id", 1},
          {"rev", azure_updates().size()},
          {"fields",
           {{"System.State", status},
            {"System.TeamProject", "P"},
            {"System.WorkItemType", "Task"},
            {"System.ChangedDate", time(now_)}}}};
}

// Its making, and then what was done, in order. The fields of an update say when it was made; the other
// moment is when the next one came.
json::array FakeTicket::azure_updates() const {
  std::map<std::int64_t, json::object> done;
  done[0] = {{"revisedBy", actor(riskd_name)},
             {"fields", {{"System.State", {{"newValue", open()}}}}}};
  for (const FakeChange& each : changes)
    done[each.at] = {{"revisedBy", actor(each.by)},
                     {"fields", {{"System.State", {{"newValue", each.to}}}}}};
  for (const FakeComment& each : comments)
    done[each.at] = {{"revisedBy", actor(each.by)},
                     {"fields", {{"System.History", {{"newValue", each.text}}}}}};
  json::array updates;
  for (auto& [at, update] : done) {
    update["fields"].as_object()["System.ChangedDate"] = {{"newValue", time(at)}};
    update["revisedDate"] = "9999-01-01T00:00:00Z";
    updates.push_back(std::move(update));
  }
  return updates;
}

// All of it, or nothing.
int FakeTicket::carry_out_azure(const json::array& operations) {
  const auto revision = static_cast<std::int64_t>(azure_updates().size());
  std::string to, text;
  for (const json::value& each : operations) {
    const std::string field(each.at("path").as_string());
    if (field == "/rev" && each.at("value").to_number<std::int64_t>() != revision) return 412;
    if (field == "/fields/System.State") to = std::string(each.at("value").as_string());
    if (field == "/fields/System.History") text = std::string(each.at("value").as_string());
  }
  if (!to.empty()) {
    move(riskd_name, to);
    writes.push_back("status " + to);
  }
  if (!text.empty()) {
    say(riskd_name, text);
    writes.push_back("comment");
  }
  return 200;
}

}  // namespace riskd::connectors::testing
