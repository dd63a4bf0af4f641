// Writes the pages of a catalogue, block by block. Used by doc_*.cpp only.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dsl/catalogue/doc_blocks.hpp"

namespace riskd::dsl {

class PageWriter {
 public:
  void entitle(std::string title) { catalogue_.title = std::move(title); }
  void page(std::string name, std::string title);  // what follows stands on it
  void heading(int level, std::string text, std::string anchor = {}, Inlines after = {});
  void paragraph(Inlines text);
  void guide(const std::string& text);  // a note for each paragraph
  void item(Inlines text, int depth = 0);
  void table(std::vector<std::vector<Inlines>> rows);
  Catalogue take();  // without its last page, if nothing stands on that

 private:
  std::vector<Block>& blocks() { return catalogue_.pages.back().blocks; }

  Catalogue catalogue_;
};

// Joins runs of text: `join({plain_text("a "), …}, words)`.
Inlines join(Inlines first, const Inlines& then);

}  // namespace riskd::dsl
