#include <catch2/catch.hpp>

#include <boost/json.hpp>

#include "connectors/trackers/adf.hpp"
#include "connectors/trackers/jira_json.hpp"
#include "connectors/trackers/wiki.hpp"

using namespace riskd;
using namespace riskd::connectors;
namespace json = boost::json;

namespace riskd::tests::jira_text_test {

namespace {

TextPiece policy(std::string text) { return {std::move(text), false}; }
TextPiece outside(std::string text) { return {std::move(text), true}; }

std::string wiki(const std::string& text) { return to_wiki({outside(text)}); }

// The document's blocks, in short: "paragraph(text hardBreak text)".
std::string shape(const json::value& node) {
  std::string out(node.at("type").as_string());
  if (out == "text") return node.as_object().contains("marks") ? "code" : "text";
  if (!node.as_object().contains("content")) return out;
  std::string inside;
  for (const json::value& each : node.at("content").as_array())
    inside += (inside.empty() ? "" : " ") + shape(each);
  return out + "(" + inside + ")";
}

std::string adf_shape(const RichText& text) { return shape(to_adf(text)); }

}  // namespace

TEST_CASE("adf: the policy's structure becomes nodes") {
  CHECK(adf_shape({}) == "doc()");
  CHECK(adf_shape({policy("a\nb\n\nc")}) == "doc(paragraph(text hardBreak text) paragraph(text))");
  CHECK(adf_shape({policy("## What\n- one\n- two\n1. x\n")}) ==
        "doc(heading(text) bulletList(listItem(paragraph(text)) listItem(paragraph(text))) "
        "orderedList(listItem(paragraph(text))))");
  CHECK(adf_shape({policy("```sh\n# a\n\n- b\n```\nafter")}) ==
        "doc(codeBlock(text) paragraph(text))");
  CHECK(adf_shape({policy("use `this` or that")}) == "doc(paragraph(text code text))");
  CHECK(adf_shape({policy("an odd ` stays")}) == "doc(paragraph(text))");
  CHECK(to_adf({policy("### x")}).at_pointer("/content/0/attrs/level") == 3);
  CHECK(to_adf({}).at("version") == 1);
}

TEST_CASE("adf: outside text is a text node, whatever it holds") {
  for (const char* text : {"# x", "- x", "1. x", "```", "`x`", "[a](b)", "@all", "*x*"}) {
    INFO(text);
    const json::value document = to_adf({outside(text)});
    CHECK(shape(document) == "doc(paragraph(text))");
    CHECK(document.at_pointer("/content/0/content/0/text") == text);
  }
  CHECK(adf_shape({outside("a\nb\r\n\n- c")}) == "doc(paragraph(text))");
  CHECK(adf_shape({policy("- "), outside("x` y`")}) ==
        "doc(bulletList(listItem(paragraph(text))))");
  CHECK(adf_shape({policy("`"), outside("x`y"), policy("` is it")}) == "doc(paragraph(code text))");
}

TEST_CASE("adf: control characters and halves of characters are out") {
  const std::string text(to_adf({outside(std::string("a\x01\xed\xa0\x80"
                                                     "b\0c",
                                                     8))})
                             .at_pointer("/content/0/content/0/text")
                             .as_string());
  CHECK(text ==
        "a \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
        "b c");
  CHECK(adf_shape({policy("\x01\x02")}) == "doc()");
}

TEST_CASE("adf: a document is read back as its text, and anything else as something") {
  CHECK(plain_of_adf(to_adf({policy("a\nb")}, "last")) == "a\nb\nlast\n");
  for (const char* odd :
       {"null", "5", "[1]", "{\"content\":5}", "{\"content\":[null,{\"text\":[]}]}"}) {
    INFO(odd);
    CHECK(plain_of_adf(json::parse(odd)).empty());
  }
  json::value deep = json::object{{"type", "text"}, {"text", "x"}};
  for (int i = 0; i < 1000; ++i) deep = json::object{{"content", json::array{std::move(deep)}}};
  CHECK(plain_of_adf(deep).empty());
}

TEST_CASE("wiki: the policy's structure becomes markup") {
  CHECK(to_wiki({policy("# What\na\nb\n\n- one\n1. two\n`c{d`")}) ==
        "h1. What\n\na\nb\n\n* one\n\n# two\n\n{{c\\{d}}");
  CHECK(to_wiki({policy("```\n*a*\n```")}) == "{noformat}\n*a*\n{noformat}");
  CHECK(to_wiki({policy("```\n"), outside("{noformat}*x*"), policy("\n```")}) ==
        "\\{noformat\\}\\*x\\*");
}

TEST_CASE("wiki: nothing in outside text is markup") {
  CHECK(wiki("plain, words 1 ü") == "plain, words 1 ü");
  CHECK(wiki("[~admin] [a|http://b]") == "\\[\\~admin\\] \\[a\\|http&#58;&#47;&#47;b\\]");
  CHECK(wiki("{code}x{code}") == "\\{code\\}x\\{code\\}");
  CHECK(wiki("!pic.png! ??c?? +i+ -d- ^u^ ~s~ _e_ *b*") ==
        "\\!pic.png\\! \\?\\?c\\?\\? \\+i\\+ \\-d\\- \\^u\\^ \\~s\\~ \\_e\\_ \\*b\\*");
  CHECK(wiki("h1. x") == "h1&#46; x");
  CHECK(wiki("bq. x") == "bq&#46; x");
  CHECK(wiki("# x") == "\\# x");
  CHECK(wiki("a@b.example www.c.example") == "a&#64;b.example www&#46;c.example");
  CHECK(wiki(":) (x) \\\\ &lt; <b>") ==
        "&#58;&#41; &#40;x&#41; &#92;&#92; &#38;lt&#59; &#60;b&#62;");
  CHECK(wiki("a\n* b") == "a \\* b");
}

TEST_CASE("jira: a title is one line of 255 UTF-16 units") {
  CHECK(jira_summary({policy("a\nb"), outside("c\td")}) == "a bc d");
  CHECK(jira_summary({policy(std::string(255, 'x'))}) == std::string(255, 'x'));
  CHECK(jira_summary({policy(std::string(256, 'x'))}) == std::string(254, 'x') + "…");
  std::string wide;
  for (int i = 0; i < 128; ++i) wide += "\xf0\x9f\x98\x80";
  CHECK(jira_summary({policy(wide)}) == wide.substr(0, 127 * 4) + "…");
}

TEST_CASE("jira: keys have their form") {
  for (const char* good : {"SHOP-1", "A_1-22", "shop-3"}) CHECK(is_jira_key(good));
  for (const char* bad :
       {"", "-", "SHOP", "SHOP-", "1A-1", "SHOP-1x", "SHOP-1/2", "S HOP-1", "\xc3\x84-1"})
    CHECK_FALSE(is_jira_key(bad));
}

TEST_CASE("jira: labels have no blanks and stand once") {
  WebTrackerOptions options;
  NewTicket ticket;
  ticket.marker = std::string(64, 'a');
  ticket.labels = {"two words", "riskd", "",
                   "no\xc2\xa0"
                   "break"};
  CHECK(json::serialize(jira_labels(ticket, options)) ==
        "[\"riskd\",\"riskd-" + std::string(64, 'a') + "\",\"two-words\",\"no-break\"]");
  options.cloud = true;
  CHECK(
      json::serialize(jira_labels(ticket, options)).find("riskd-" + std::string(32, 'a') + "\"") !=
      std::string::npos);
}

TEST_CASE("jira: a transition is one that leads there, without required fields if there is one") {
  const json::value answer = json::parse(R"({"transitions":[
    {"id":"1","name":"Done","to":{"name":"Review"}},
    {"id":"2","name":"Finish","to":{"name":"done"},
     "fields":{"resolution":{"required":true,"hasDefaultValue":false,"name":"Resolution"}}},
    {"id":"3","name":"End","to":{"name":"Done"},"fields":{"x":{"required":true,"hasDefaultValue":true}}},
    {"id":"4","name":"Off","to":{"name":"Off"},"isAvailable":false}, null, {"to":5}]})");
  CHECK(jira_transition(answer, "Done")->id == "3");
  CHECK(jira_transition(answer, "Review")->id == "1");
  CHECK(jira_transition(answer, "Finish")->required == std::vector<std::string>{"Resolution"});
  CHECK_FALSE(jira_transition(answer, "Off").has_value());
  CHECK_FALSE(jira_transition(json::parse("[]"), "Done").has_value());
}

TEST_CASE("jira: credentials are those of RFC 7617 on Cloud, a bearer's on Data Center") {
  WebTrackerOptions options;
  options.user = "Aladdin";
  options.token = "open sesame";
  CHECK(jira_authorization(options) == "Bearer open sesame");
  options.cloud = true;
  CHECK(jira_authorization(options) == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  options.token = "open sesam";
  CHECK(jira_authorization(options) == "Basic QWxhZGRpbjpvcGVuIHNlc2Ft");
  options.token = "open sesa";
  CHECK(jira_authorization(options) == "Basic QWxhZGRpbjpvcGVuIHNlc2E=");
}

}  // namespace riskd::tests::jira_text_test
