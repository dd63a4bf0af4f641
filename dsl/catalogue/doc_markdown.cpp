// A catalogue as Markdown, for GitHub, GitLab and whatever reads CommonMark with tables.
#include <algorithm>

#include "dsl/catalogue/doc_blocks.hpp"

namespace riskd::dsl {
namespace {

// Text that means nothing to Markdown; on one line.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
      case '`':
      case '*':
      case '_':
      case '[':
      case ']':
      case '|':
      case '~':
        out += '\\';
        out += c;
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
  }
  return out;
}

// The code between as many backticks as it needs.
std::string code_span(const std::string& text, bool in_table) {
  std::size_t longest = 0;
  std::size_t run = 0;
  std::string out;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    if (c == '|' && in_table) out += '\\';
    out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  const std::string fence(longest + 1, '`');
  const std::string gap = longest > 0 ? " " : "";
  return fence + gap + out + gap + fence;
}

class Writer {
 public:
  Writer(const Catalogue& catalogue, bool one_page)
      : catalogue_(catalogue), anchors_(catalogue), one_page_(one_page) {}

  std::vector<DocPage> run() {
    std::vector<DocPage> pages;
    std::string all = "# " + escaped(catalogue_.title) + "\n";
    for (const CataloguePage& page : catalogue_.pages) {
      std::string text;
      if (one_page_) {
        if (page.name != catalogue_.pages.front().name)
          text += "\n<a id=\"" + page.name + "\"></a>\n\n## " + escaped(page.title) + "\n";
      } else {
        text += "# " + escaped(page.title) + "\n";
        text += "\n" + navigation(page) + "\n";
      }
      for (std::size_t i = 0; i < page.blocks.size(); ++i)
        block(text, page.blocks[i], i > 0 ? &page.blocks[i - 1] : nullptr);
      if (one_page_)
        all += text;
      else
        pages.push_back({page.name + ".md", std::move(text)});
    }
    if (one_page_) pages.push_back({"index.md", std::move(all)});
    return pages;
  }

 private:
  std::string navigation(const CataloguePage& current) const {
    std::string text;
    for (const CataloguePage& page : catalogue_.pages) {
      if (!text.empty()) text += " · ";
      text += page.name == current.name ? "**" + escaped(page.title) + "**"
                                        : "[" + escaped(page.title) + "](" + page.name + ".md)";
    }
    return text;
  }

  std::string address(const std::string& target) const {
    return anchors_.address(target, one_page_, ".md");
  }

  std::string inlines(const Inlines& all, bool in_table = false) const {
    std::string text;
    for (const Inline& each : all) {
      std::string shown =
          each.style == Inline::Style::code ? code_span(each.text, in_table) : escaped(each.text);
      if (each.style == Inline::Style::strong) shown = "**" + shown + "**";
      if (each.style == Inline::Style::emphasis) shown = "*" + shown + "*";
      const std::string to = each.target.empty() ? "" : address(each.target);
      text += to.empty() ? shown : "[" + shown + "](" + to + ")";
    }
    return text;
  }

  // A line must not begin as a list, a heading or a rule would.
  static std::string guarded(std::string line) {
    const std::size_t digits = line.find_first_not_of("0123456789");
    const bool numbered =
        digits != 0 && digits != std::string::npos && (line[digits] == '.' || line[digits] == ')');
    if (numbered) return line.insert(digits, "\\");
    const bool marks = !line.empty() && std::string("#+-=").find(line[0]) != std::string::npos;
    return marks ? "\\" + line : line;
  }

  void block(std::string& out, const Block& block, const Block* before) const {
    switch (block.kind) {
      case Block::Kind::heading: {
        if (!block.anchor.empty()) out += "\n<a id=\"" + block.anchor + "\"></a>\n";
        const int level = block.level + (one_page_ ? 1 : 0);
        out += "\n" + std::string(static_cast<std::size_t>(level), '#') + " " +
               inlines(block.text) + "\n";
        return;
      }
      case Block::Kind::paragraph:
        out += "\n" + guarded(inlines(block.text)) + "\n";
        return;
      case Block::Kind::note:
        out += "\n> " + guarded(inlines(block.text)) + "\n";
        return;
      case Block::Kind::item:
        if (before == nullptr || before->kind != Block::Kind::item) out += "\n";
        out += std::string(2 * static_cast<std::size_t>(block.level), ' ') + "- " +
               guarded(inlines(block.text)) + "\n";
        return;
      case Block::Kind::table:
        out += "\n";
        for (std::size_t row = 0; row < block.rows.size(); ++row) {
          for (const Inlines& cell : block.rows[row]) out += "| " + inlines(cell, true) + " ";
          out += "|\n";
          if (row > 0) continue;
          for (std::size_t i = 0; i < block.rows[row].size(); ++i) out += "|---";
          out += "|\n";
        }
        return;
    }
  }

  const Catalogue& catalogue_;
  Anchors anchors_;
  bool one_page_;
};

}  // namespace

std::vector<DocPage> write_markdown(const Catalogue& catalogue, bool one_page) {
  return Writer(catalogue, one_page).run();
}

}  // namespace riskd::dsl
