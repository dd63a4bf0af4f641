#include "dsl/catalogue/doc_pages.hpp"

#include <algorithm>
#include <utility>

namespace riskd::dsl {

void PageWriter::page(std::string name, std::string title) {
  catalogue_.pages.push_back({std::move(name), std::move(title), {}});
}

void PageWriter::heading(int level, std::string text, std::string anchor, Inlines after) {
  Block block;
  block.kind = Block::Kind::heading;
  block.level = level;
  block.anchor = std::move(anchor);
  block.text = join({plain_text(std::move(text))}, after);
  blocks().push_back(std::move(block));
}

void PageWriter::paragraph(Inlines text) {
  Block block;
  block.text = std::move(text);
  blocks().push_back(std::move(block));
}

void PageWriter::guide(const std::string& text) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    std::size_t end = text.find("\n\n", begin);
    if (end == std::string::npos) end = text.size();
    std::string part = text.substr(begin, end - begin);
    std::replace(part.begin(), part.end(), '\n', ' ');
    if (part.find_first_not_of(' ') != std::string::npos) {
      Block block;
      block.kind = Block::Kind::note;
      block.text = {plain_text(std::move(part))};
      blocks().push_back(std::move(block));
    }
    begin = end + 2;
  }
}

void PageWriter::item(Inlines text, int depth) {
  Block block;
  block.kind = Block::Kind::item;
  block.level = depth;
  block.text = std::move(text);
  blocks().push_back(std::move(block));
}

void PageWriter::table(std::vector<std::vector<Inlines>> rows) {
  Block block;
  block.kind = Block::Kind::table;
  block.rows = std::move(rows);
  blocks().push_back(std::move(block));
}

Catalogue PageWriter::take() {
  if (blocks().empty()) catalogue_.pages.pop_back();
  return std::move(catalogue_);
}

Inlines join(Inlines first, const Inlines& then) {
  first.insert(first.end(), then.begin(), then.end());
  return first;
}

}  // namespace riskd::dsl
