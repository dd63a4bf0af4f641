// What people wrote in a tracker's markup, as the text that they meant.
#include "connectors/plain_text.hpp"

#include <catch2/catch.hpp>

namespace riskd::connectors::plain_text_test {
namespace {

std::string md(std::string_view text) { return plain_of(Markup::markdown, text); }
std::string wiki_text(std::string_view text) { return plain_of(Markup::wiki, text); }
std::string textile_text(std::string_view text) { return plain_of(Markup::textile, text); }

}  // namespace

TEST_CASE("text without markup stays as it is") {
  for (const char* text : {"", "Fixed in 1.2, see #12 and a_b_c.", "2 * 3 * 4 - 5 = 19 ~ 20",
                           "a < b && c > d", "C:\\dir\\file", "it's well-known: why?",
                           "x = y++ + 1", "5 < 6!", "ümläut – “quoted”", "a\nb\n\nc"}) {
    INFO(text);
    CHECK(md(text) == text);
    CHECK(wiki_text(text) == text);
    CHECK(textile_text(text) == text);
  }
}

TEST_CASE("Markdown: emphasis, code, lists, quotations") {
  CHECK(md("**Done**, _really_, ~~not~~ `x_y`.") == "Done, really, not x_y.");
  CHECK(md("# Why\n\n- one\n* two\n> said\n```sh\nmake\n```") == "Why\n\none\ntwo\nsaid\n\nmake\n");
  CHECK(md("a\\*b\\_c &lt;d&gt; &#64;e &amp;&nbsp;f &bad;") == "a*b_c <d> @e & f &bad;");
  CHECK(md("one<br/>two <b>three</b> <https://e.example/x>") ==
        "one two three https://e.example/x");
  CHECK(md("seen<!-- hidden\nlines -->, twice<!-- open") == "seen, twice");
}

TEST_CASE("Markdown: links keep their text and their address") {
  CHECK(md("see [PR 12](https://e.example/12 \"title\").") == "see PR 12 (https://e.example/12).");
  CHECK(md("[https://e.example](https://e.example)") == "https://e.example");
  CHECK(md("![a picture](x.png) [not a link] [x]") == "a picture [not a link] [x]");
}

TEST_CASE("wiki: macros, links, mentions") {
  CHECK(wiki_text("h2. Why\n* one\n# two\nbq. said") == "Why\none\ntwo\nsaid");
  CHECK(wiki_text("*Done* _by_ [~jane], see [PR|https://e.example/12] and [https://e.example]") ==
        "Done by @jane, see PR (https://e.example/12) and https://e.example");
  CHECK(wiki_text("{code:java}x = 1{code} {{mono}} {color:red}red{color} a\\\\b \\{x\\}") ==
        "x = 1 mono red a b {x}");
  CHECK(wiki_text("!pic.png! Stop! {} [1]") == " Stop! {} [1]");
}

TEST_CASE("Textile: links, code, headings") {
  CHECK(textile_text("h3. Why\n* *Done* by @make@, see \"PR 12\":https://e.example/12.") ==
        "Why\nDone by make, see PR 12 (https://e.example/12).");
  CHECK(textile_text("<pre><code>x &lt; 1</code></pre> \"quoted\" jane@e.example !p.png!") ==
        " x < 1  \"quoted\" jane@e.example ");
}

TEST_CASE("HTML: tags and entities, and nothing else") {
  const auto html = [](std::string_view text) { return plain_of(Markup::html, text); };
  CHECK(html("<p>one</p><p class=\"x\">t<b>w</b>o<br/>three</p>") == " one  two three ");
  CHECK(html("*a* _b_ `c` [d](e) # f - &lt;g&gt; &quot;h&quot; 1 < 2") ==
        "*a* _b_ `c` [d](e) # f - <g> \"h\" 1 < 2");
}

TEST_CASE("text that is no markup at all does no harm") {
  for (const Markup markup : {Markup::markdown, Markup::wiki, Markup::textile, Markup::html}) {
    for (const char* text : {"[", "![", "[]()", "{", "{{", "<", "&", "&#", "&#x;", "&#1114112;",
                             "\\", "**", "\"\":http", "[|]", "!!", "\"", "\xff\xfe[", "<!--"}) {
      INFO(text);
      CHECK(plain_of(markup, text).size() <= std::string_view(text).size() + 4);
    }
    std::string deep;
    for (int i = 0; i < 20'000; ++i) deep += "[{{!\"<&*";
    CHECK(plain_of(markup, deep).size() <= deep.size());
  }
}

}  // namespace riskd::connectors::plain_text_test
