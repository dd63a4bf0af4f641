// The marks that riskd leaves in trackers on the web, ways through statuses, and what webhooks name.
#include <catch2/catch.hpp>
#include <set>
#include <string_view>

#include "connectors/trackers/textile.hpp"
#include "connectors/trackers/web_kinds.hpp"
#include "connectors/trackers/web_tracker.hpp"
#include "connectors/trackers/webhook.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::connectors::web_marks_test {

TEST_CASE("a marker is read from the last line alone") {
  const std::string marker(64, 'a');
  CHECK(marker_in("text\n\n" + hidden_marker(marker)) == marker);
  CHECK(marker_in("text\r\n\r\n" + hidden_marker(marker) + "\r\n  \r\n") == marker);
  CHECK(marker_in("text\n" + marker_text(marker)) == marker);
  CHECK(marker_in(marker_text(marker)) == marker);
  CHECK(marker_in(hidden_marker(marker) + "\nsomebody wrote below").empty());
  CHECK(marker_in("see " + marker_text(marker)).empty());
  CHECK(marker_in("riskd:xyz").empty());
  CHECK(marker_in("").empty());
}

TEST_CASE("an effect's mark is its own") {
  CHECK(has_effect_mark("Done.\n\n" + hidden_effect_mark("a/close"), "a/close"));
  CHECK_FALSE(has_effect_mark("Done.\n\n" + hidden_effect_mark("a/close"), "a/close2"));
  CHECK(effect_mark("a") == effect_mark("a"));
}

TEST_CASE("a ticket goes through the statuses that are left") {
  const std::vector<std::string> path{"In Progress", "Resolved", "Closed"};
  CHECK(steps_from(path, "New") == path);
  CHECK(steps_from(path, "in progress") == std::vector<std::string>{"Resolved", "Closed"});
  CHECK(steps_from(path, "Closed").empty());
  CHECK(steps_from({}, "New").empty());
}

TEST_CASE("outside text is code in Textile, and cannot leave it") {
  CHECK(to_textile({{"h2. Why\r\n", false}, {"#1 @x@ </code> {{macro}}", true}}) ==
        "h2. Why\n<code>#1 @x@ &lt;/code&gt; {{macro}}</code>");
}

TEST_CASE("a webhook names its ticket as the tracker does") {
  CHECK(ticket_of_webhook("github",
                          R"({"repository": {"full_name": "a/b"}, "issue": {"number": 7}})") ==
        "a/b#7");
  CHECK(ticket_of_webhook("gitlab",
                          R"({"object_kind": "issue", "project": {"path_with_namespace": "g/s/p"},
      "object_attributes": {"iid": 3}})") == "g/s/p#3");
  CHECK(ticket_of_webhook("gitlab",
                          R"({"object_kind": "note", "project": {"path_with_namespace": "g/p"},
      "object_attributes": {"iid": 99}, "issue": {"iid": 4}})") == "g/p#4");
  CHECK(ticket_of_webhook("jira", R"({"issue": {"key": "SHOP-12"}})") == "SHOP-12");
  CHECK(ticket_of_webhook("azure", R"({"eventType": "workitem.updated", "resource": {
      "id": 2, "workItemId": 12}})") == "12");
  CHECK(ticket_of_webhook("azure", R"({"eventType": "workitem.commented",
      "resource": {"id": 12}})") == "12");
  CHECK_FALSE(ticket_of_webhook("azure", R"({"eventType": "git.push", "resource": {"id": 1}})"));
  CHECK_FALSE(ticket_of_webhook("github", R"({"zen": "Keep it logically awesome."})"));
  CHECK_FALSE(ticket_of_webhook("github", R"({"repository": [], "issue": {"number": {}}})"));
  CHECK_FALSE(ticket_of_webhook("jira", "not JSON"));
  CHECK_FALSE(ticket_of_webhook("redmine", "{}"));
  CHECK_FALSE(webhook_signature("redmine"));
}

TEST_CASE("every kind of tracker but the folder has a row of those on the web") {
  std::set<std::string_view> kinds{"directory"};
  for (const WebKind& kind : web_kinds()) {
    CAPTURE(kind.name);
    CHECK(kinds.insert(kind.name).second);
    CHECK(kind.open != nullptr);
    CHECK(kind.signature.has_value() == (kind.ticket_of_webhook != nullptr));
  }
  const auto names = engine::tracker_names();
  CHECK(kinds == std::set<std::string_view>(names.begin(), names.end()));
}

}  // namespace riskd::connectors::web_marks_test
