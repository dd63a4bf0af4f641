// A catalogue before it is Markdown or HTML: pages of blocks. Texts are plain; each writer escapes them.
// Used by doc_*.cpp only.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dsl/catalogue/doc.hpp"

namespace riskd::dsl {

struct Inline {
  enum class Style : std::uint8_t { plain, strong, emphasis, code };
  Style style = Style::plain;
  std::string text;
  std::string target;  // of a link: an anchor of the catalogue, or "https://…"; empty: none
};
using Inlines = std::vector<Inline>;

inline Inline plain_text(std::string text) { return {Inline::Style::plain, std::move(text), {}}; }
inline Inline strong(std::string text) { return {Inline::Style::strong, std::move(text), {}}; }
inline Inline code(std::string text) { return {Inline::Style::code, std::move(text), {}}; }
inline Inline link(std::string text, std::string target) {
  return {Inline::Style::plain, std::move(text), std::move(target)};
}

struct Block {
  enum class Kind : std::uint8_t { heading, paragraph, note, item, table };
  Kind kind = Kind::paragraph;
  int level = 0;       // heading: 2…5; item: its depth, from 0
  std::string anchor;  // heading: what links name; may be empty
  Inlines text;
  std::vector<std::vector<Inlines>> rows;  // table: the first row is its head
};

struct CataloguePage {
  std::string name;  // without its ending: "patterns-web"
  std::string title;
  std::vector<Block> blocks;
};

struct Catalogue {
  std::string title;
  std::vector<CataloguePage> pages;
};

Catalogue make_catalogue(const Compilation& policy);

std::vector<DocPage> write_markdown(const Catalogue& catalogue, bool one_page);
std::vector<DocPage> write_html(const Catalogue& catalogue, bool one_page);

// Where links lead: the name of the page that holds each anchor. A page's own name is an anchor too.
class Anchors {
 public:
  explicit Anchors(const Catalogue& catalogue);
  // "#web.tls" on one page, "patterns-web.html#web.tls" on several, an outside address as it is; empty
  // where the catalogue has no such anchor.
  std::string address(const std::string& target, bool one_page, const std::string& ending) const;

 private:
  std::unordered_map<std::string, std::string> page_of_;
};

}  // namespace riskd::dsl
