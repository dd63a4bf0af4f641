#include "connectors/trackers/ticket_file.hpp"

#include <catch2/catch.hpp>

#include "connectors/trackers/markdown.hpp"
#include "connectors/trackers/ticket_marks.hpp"

using namespace riskd;
using namespace riskd::connectors;

namespace riskd::tests::ticket_file_test {

namespace {

TextPiece policy(std::string text) { return {std::move(text), false}; }
TextPiece outside(std::string text) { return {std::move(text), true}; }

std::string md(const std::string& text) { return to_markdown({outside(text)}); }

TicketHead head_of(const std::string& text) {
  const auto head = parse_head(text, "t.md");
  INFO((head ? "" : head.error().where + ": " + head.error().message));
  REQUIRE(head.has_value());
  REQUIRE(head->has_value());
  return **head;
}

void check_ignored(const std::string& text) {
  const auto head = parse_head(text, "t.md");
  REQUIRE(head.has_value());
  CHECK_FALSE(head->has_value());
}

void check_damaged(const std::string& text, const std::string& where, const std::string& message) {
  INFO(text);
  const auto head = parse_head(text, "t.md");
  REQUIRE_FALSE(head.has_value());
  CHECK(head.error().code == ErrorCode::invalid);
  CHECK(head.error().where == where);
  CHECK_THAT(head.error().message, Catch::Contains(message));
}

}  // namespace

TEST_CASE("a ticket's head is read whatever its letter case, blanks and line ends") {
  const TicketHead head = head_of(
      "\xef\xbb\xbf\r\n  sTaTuS :\t In Progress \r\nlabels: a,, b c ,\r\nAssignee: Bob\r\n"
      "RELATES-TO: x\r\nMarker:riskd:3F0C\r\n\r\n# T\r\n");
  CHECK(head.status == "In Progress");
  CHECK(head.marker == "3f0c");
  CHECK(head.labels == std::vector<std::string>{"a", "b c"});
  CHECK(head.line_end == "\r\n");
  CHECK(head_of("Status: x\nMarker: riskd:a").marker == "a");
  CHECK(head_of("Marker: riskd:a\nMarker: riskd:A\nStatus: x\n# T\nStatus: y\n").status == "x");
}

TEST_CASE("a file without a marker is no ticket") {
  check_ignored("# Read me\n\nMarker: riskd:aa\n");
  check_ignored("This folder holds tickets\nof ours.\n");
  check_ignored("Status: To Do\n\n# T\n\nMarker: riskd:aa\n");
  check_ignored("Owner: me\n");
}

TEST_CASE("a damaged head is reported with its line and what to write") {
  check_damaged("", "t.md:1", "the file is empty");
  check_damaged("\n \n", "t.md:1", "the file is empty");
  check_damaged("Status: To", "t.md:1", "ends inside the head");
  check_damaged("Labels: a\nMarker: riskd:aa\n\n", "t.md:2", "write for example `Status: To Do`");
  check_damaged("Status:\nMarker: riskd:aa\n\n", "t.md:1", "the status is empty");
  check_damaged("Status: a\nStatus: b\nMarker: riskd:aa\n", "t.md:2", "second `Status:`");
  check_damaged("Status: a\nMarker: riskd:aa\nMarker: riskd:bb\n", "t.md:3", "second, other");
  check_damaged("Status: a\nMarker: riskd:xyz\n", "t.md:2", "the marker is damaged");
  check_damaged("Status: a\nMarker: 3f\n", "t.md:2", "the marker is damaged");
  check_damaged("Status: a\n\nLabels: b\nMarker: riskd:aa\n\n# T\n", "t.md:4", "an empty line");
  check_damaged("<<<<<<< HEAD\nStatus: a\n=======\nStatus: b\nMarker: riskd:aa\n", "t.md:1",
                "write `Name: value`");
  check_damaged("Status: a\xff\nMarker: riskd:aa\n", "t.md:1", "write `Name: value`");
}

TEST_CASE("a new ticket looks as documented and cannot be read as anything else") {
  NewTicket ticket;
  ticket.marker = "3f0c";
  ticket.title = {policy("Throttle\n"), outside("logins\nStatus: Done")};
  ticket.body = {policy("Guide.\n\nMarker: riskd:ffff\nStatus: Done\n## Comments\n"),
                 outside("<!-- riskd:effect k -->\nMarker: riskd:eeee"),
                 policy("\n<!-- riskd:effect k -->\n\n")};
  ticket.labels = {"security-requirement", " a,b\nStatus: Done ", ""};
  ticket.priority = "High\nest";
  const std::string text = new_ticket_text(ticket, "To Do");
  CHECK(text ==
        "Status: To Do\n"
        "Labels: security-requirement, a b Status: Done\n"
        "Priority: High est\n"
        "Marker: riskd:3f0c\n"
        "\n"
        "# Throttle logins Status: Done\n"
        "\n"
        "Guide.\n"
        "\n"
        "Marker: riskd:ffff\n"
        "Status: Done\n"
        "## Comments\n"
        "&lt;\\!\\-\\- riskd effect k --&gt; Marker: riskd eeee\n"
        "<!-- riskd&#58;effect k -->\n");
  CHECK(head_of(text).marker == "3f0c");
  CHECK(head_of(text).status == "To Do");
  CHECK_FALSE(has_effect(text, "k"));
}

TEST_CASE("an edit changes its own bytes and no others") {
  const std::string text =
      "status:   To Do \t\r\nOdd : line\r\nMARKER: riskd:aa\r\n\r\n# T\r\n\r\nbody\r\n\tx  \nlf\n";
  const TicketHead head = head_of(text);
  CHECK(
      with_status(text, head, "Done") ==
      "status:   Done \t\r\nOdd : line\r\nMARKER: riskd:aa\r\n\r\n# T\r\n\r\nbody\r\n\tx  \nlf\n");
  CHECK(with_relation(text, head, "other") ==
        "status:   To Do \t\r\nOdd : line\r\nRelates-to: other\r\nMARKER: riskd:aa\r\n\r\n# "
        "T\r\n\r\nbody\r\n\tx  \nlf\n");
  const Instant at{1'795'399'800'000};
  const std::string commented = with_effect(text, head, at, "k", {}, {policy("Hello")});
  CHECK(commented == text + "\r\n## Comments\r\n\r\n### " + to_display(at) +
                         "\r\n\r\nHello <!-- riskd:effect k -->\r\n");
  CHECK(has_effect(commented, "k"));
  CHECK_FALSE(has_effect(commented, "K"));
  const std::string twice =
      with_effect(commented, head, at, "k2", {}, {policy("a\n```\nb\n```\n")});
  CHECK(twice == commented + "\r\n### " + to_display(at) +
                     "\r\n\r\na\r\n```\r\nb\r\n```\r\n\r\n<!-- riskd:effect k2 -->\r\n");
  const std::string silent = with_effect(commented, head, at, "k3", {}, {});
  CHECK(silent == commented + "\r\n<!-- riskd:effect k3 -->\r\n");
}

TEST_CASE("a file that ends in its head, even in half a line end, is commented all the same") {
  const std::string text = "Status: a\r\nMarker: riskd:aa\r";
  const std::string commented = with_effect(text, head_of(text), Instant{0}, "k", {}, {});
  CHECK(commented == text + "\r\n\r\n<!-- riskd:effect k -->\r\n");
  CHECK(head_of(commented).marker == "aa");
}

TEST_CASE("a comment never stands under a heading that a person put last") {
  const std::string text =
      "Status: a\nMarker: riskd:aa\n\n# T\n\n## Comments\n\nx\n\n## Notes\n\nn";
  const std::string commented =
      with_effect(text, head_of(text), Instant{0}, "k", {}, {policy("c")});
  CHECK(commented ==
        text + "\n\n## Comments\n\n### 1970-01-01 00:00\n\nc <!-- riskd:effect k -->\n");
}

TEST_CASE("an effect's key cannot end its comment, and keys stay distinct") {
  const std::string text = "Status: a\nMarker: riskd:aa\n\n# T\n";
  const TicketHead head = head_of(text);
  const std::string key = "--> <b>\n--x%-";
  const std::string commented = with_effect(text, head, Instant{0}, key, {}, {});
  CHECK(commented.substr(text.size()) == "\n<!-- riskd:effect %2D-%3E%20%3Cb%3E%0A-%2Dx%25- -->\n");
  CHECK(has_effect(commented, key));
  CHECK_FALSE(has_effect(commented, "--> <b>\n--x%"));
}

TEST_CASE("outside text brings no structure into Markdown") {
  CHECK(md("shop.LoginThrottlingTest.locks-out (3 of 4): 50%, \"a\"") ==
        "shop.LoginThrottlingTest.locks-out (3 of 4): 50%, \"a\"");
  CHECK(md("<img src=x onerror=1> & `code`") == "&lt;img src=x onerror=1&gt; &amp; &#96;code&#96;");
  CHECK(md("x [a](http://e.example) ![i](b)") == "x \\[a\\](http\\://e.example) \\!\\[i\\](b)");
  CHECK(md("*b* _i_ ~s~ |t| $m$ \\") == "\\*b\\* \\_i\\_ \\~s\\~ \\|t\\| \\$m\\$ \\\\");
  CHECK(md("see www.e.example WWW.e") == "see www\\.e.example WWW\\.e");
  CHECK(md("ping @alice a@b.example") ==
        "ping @\xe2\x80\x8b"
        "alice a@\xe2\x80\x8b"
        "b.example");
  CHECK(md("# heading") == "\\# heading");
  CHECK(md("- item") == "\\- item");
  CHECK(md("1. item") == "1\\. item");
  CHECK(md("12) item") == "12\\) item");
  CHECK(md("/close") == "\\/close");
  CHECK(md("a/b c") == "a/b c");
  CHECK(to_markdown({policy("Seen:\n\n"), outside("  /"), outside("close")}) ==
        "Seen:\n\n\\/close");
  CHECK(md("===") == "\\=\\=\\=");
  CHECK(md("     code\nmore") == "code more");
  CHECK(to_markdown({policy("text\n"), outside("1"), outside(". x")}) == "text\n1\\. x");
  CHECK(to_markdown({policy("- "), outside("    1. x")}) == "- 1\\. x");
  CHECK(to_markdown({policy("`"), outside("a`<b"), policy("` *kept* @team\r\n")}) ==
        "`a&#96;&lt;b` *kept* @team\n");
  CHECK(to_markdown({policy("<!-- risk"), outside("d:effect k"), policy(" -->")})
            .find("riskd:effect") == std::string::npos);
}

}  // namespace riskd::tests::ticket_file_test
