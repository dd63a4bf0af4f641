#include "connectors/trackers/adf.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "connectors/trackers/rest_session.hpp"
#include "connectors/trackers/text_blocks.hpp"

namespace riskd::connectors {
namespace json = boost::json;

namespace {

using Kind = TextBlock::Kind;

constexpr int deepest = 64;  // nodes in nodes

json::object node(std::string_view type, json::array content) {
  return {{"type", type}, {"content", std::move(content)}};
}

void append_line(json::array& content, const TextLine& line) {
  for (const TextRun& run : line) {
    json::object text{{"type", "text"}, {"text", run.text}};
    if (run.code) text["marks"] = json::array{json::object{{"type", "code"}}};
    content.push_back(std::move(text));
  }
}

json::array inline_nodes(const std::vector<TextLine>& lines) {
  json::array content;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) content.push_back(json::object{{"type", "hardBreak"}});
    append_line(content, lines[i]);
  }
  return content;
}

// A code block holds text without marks; line breaks are characters in it.
json::object code_block(const TextBlock& block) {
  std::string code;
  for (const TextLine& line : block.lines) {
    if (!code.empty() || &line != &block.lines.front()) code += '\n';
    for (const TextRun& run : line) code += run.text;
  }
  json::array content;
  if (!code.empty()) content.push_back(json::object{{"type", "text"}, {"text", code}});
  return node("codeBlock", std::move(content));
}

json::object list(std::string_view type, const TextBlock& block) {
  json::array items;
  for (const TextLine& line : block.lines)
    items.push_back(node("listItem", {node("paragraph", inline_nodes({line}))}));
  return node(type, std::move(items));
}

json::object block_node(const TextBlock& block) {
  switch (block.kind) {
    case Kind::code:
      return code_block(block);
    case Kind::bullets:
      return list("bulletList", block);
    case Kind::numbers:
      return list("orderedList", block);
    case Kind::heading: {
      json::object heading = node("heading", inline_nodes(block.lines));
      heading["attrs"] = json::object{{"level", block.level}};
      return heading;
    }
    case Kind::paragraph:
      break;
  }
  return node("paragraph", inline_nodes(block.lines));
}

void collect(const json::value& value, std::string& out, int depth) {
  if (depth > deepest) return;
  if (text_at(value, "type") == "hardBreak") out += '\n';
  out += text_at(value, "text");
  // Mentions, emojis and cards have no content: what they show is an attribute.
  if (const json::value* shown = member(value, "attrs")) {
    const std::string text = text_at(*shown, "text");
    out += text.empty() ? text_at(*shown, "url") : text;
  }
  const json::array& content = array_at(value, "content");
  for (const json::value& each : content) collect(each, out, depth + 1);
  if (!content.empty() && !out.empty() && out.back() != '\n') out += '\n';
}

}  // namespace

json::value to_adf(const RichText& text, const std::string& last_line) {
  json::array content;
  for (const TextBlock& block : text_blocks(text)) content.push_back(block_node(block));
  if (!last_line.empty())
    content.push_back(node("paragraph", {json::object{{"type", "text"}, {"text", last_line}}}));
  json::object document = node("doc", std::move(content));
  document["version"] = 1;
  return document;
}

std::string plain_of_adf(const json::value& document) {
  if (document.is_string()) return std::string(document.get_string());
  std::string out;
  collect(document, out, 0);
  return out;
}

}  // namespace riskd::connectors
