// A catalogue before it is Markdown or HTML: pages of blocks. Texts are plain; each writer escapes them.
// Used by doc_*.cpp only.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "dsl/doc.hpp"

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

// The page that holds an anchor; empty where none does.
std::string page_of(const Catalogue& catalogue, const std::string& anchor);

}  // namespace riskd::dsl
