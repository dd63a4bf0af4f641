// A catalogue as HTML that is XML too: landmarks, headings in order, one style sheet inside, no script.
#include "dsl/catalogue/doc_blocks.hpp"
#include "dsl/catalogue/doc_style.hpp"

namespace riskd::dsl {
namespace {

std::string html_escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    }
  }
  return out;
}

class HtmlWriter {
 public:
  HtmlWriter(const Catalogue& catalogue, bool one_page)
      : catalogue_(catalogue), anchors_(catalogue), one_page_(one_page) {}

  std::vector<DocPage> run() {
    std::vector<DocPage> pages;
    std::string all;
    for (const CataloguePage& page : catalogue_.pages) {
      std::string text;
      const bool first = page.name == catalogue_.pages.front().name;
      if (one_page_ && !first)
        text += "<section id=\"" + page.name + "\">\n<h2>" + html_escaped(page.title) + "</h2>\n";
      body(text, page);
      if (one_page_ && !first) text += "</section>\n";
      if (one_page_) {
        all += text;
        continue;
      }
      const std::string title = first ? catalogue_.title : page.title + " – " + catalogue_.title;
      pages.push_back({page.name + ".html", document(title, page.title, &page, text)});
    }
    if (one_page_)
      pages.push_back({"index.html", document(catalogue_.title, catalogue_.title, nullptr, all)});
    return pages;
  }

 private:
  std::string document(const std::string& title, const std::string& heading,
                       const CataloguePage* current, const std::string& content) const {
    return "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n"
           "<meta charset=\"utf-8\" />\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n<title>" +
           html_escaped(title) + "</title>\n<style>" + std::string(doc_style) +
           "</style>\n</head>\n<body>\n"
           "<a class=\"skip\" href=\"#content\">Skip to the content</a>\n<div class=\"frame\">\n" +
           navigation(current) + "<main id=\"content\">\n<h1>" + html_escaped(heading) + "</h1>\n" +
           content + "</main>\n</div>\n</body>\n</html>\n";
  }

  std::string navigation(const CataloguePage* current) const {
    std::string text = "<nav aria-label=\"Contents\">\n<ul>\n";
    for (const CataloguePage& page : catalogue_.pages) {
      const bool here = current != nullptr && current->name == page.name;
      const bool first = page.name == catalogue_.pages.front().name;
      const std::string to =
          one_page_ ? (first ? "#content" : "#" + page.name) : page.name + ".html";
      text += "<li><a href=\"" + to + "\"" + (here ? " aria-current=\"page\"" : "") + ">" +
              html_escaped(first ? "Overview" : page.title) + "</a>";
      // On one page the whole outline would be a page of its own: of it only the patterns.
      std::string inner;
      for (const Block& block : page.blocks) {
        const bool shown = one_page_ ? page.name.starts_with("patterns-") : here;
        if (!shown || block.kind != Block::Kind::heading || block.level != 2) continue;
        inner += "<li><a href=\"#" + block.anchor + "\">" + html_escaped(block.text.front().text) +
                 "</a></li>\n";
      }
      if (!inner.empty()) text += "\n<ul>\n" + inner + "</ul>\n";
      text += "</li>\n";
    }
    return text + "</ul>\n</nav>\n";
  }

  std::string address(const std::string& target) const {
    return html_escaped(anchors_.address(target, one_page_, ".html"));
  }

  std::string inlines(const Inlines& all) const {
    std::string text;
    for (const Inline& each : all) {
      std::string shown = html_escaped(each.text);
      const std::string to = each.target.empty() ? "" : address(each.target);
      if (!to.empty()) shown = "<a href=\"" + to + "\">" + shown + "</a>";
      if (each.style == Inline::Style::code) shown = "<code>" + shown + "</code>";
      if (each.style == Inline::Style::strong) shown = "<strong>" + shown + "</strong>";
      if (each.style == Inline::Style::emphasis) shown = "<em>" + shown + "</em>";
      text += shown;
    }
    return text;
  }

  void body(std::string& out, const CataloguePage& page) const {
    std::vector<int> open;  // levels of the sections that are open
    const Block* before = nullptr;
    for (const Block& block : page.blocks) {
      const bool listed = before != nullptr && before->kind == Block::Kind::item;
      if (listed && block.kind != Block::Kind::item) out += "</ul>\n";
      if (!listed && block.kind == Block::Kind::item) out += "<ul>\n";
      before = &block;
      switch (block.kind) {
        case Block::Kind::heading: {
          while (!open.empty() && open.back() >= block.level) {
            out += "</section>\n";
            open.pop_back();
          }
          const bool card = block.level == 2 && page.name.find("s-") != std::string::npos;
          out += std::string("<section") + (card ? " class=\"card\"" : "") +
                 (block.anchor.empty() ? "" : " id=\"" + block.anchor + "\"") + ">\n";
          open.push_back(block.level);
          const bool below = one_page_ && page.name != catalogue_.pages.front().name;
          const std::string tag = "h" + std::to_string(block.level + (below ? 1 : 0));
          out += "<" + tag + ">" + inlines(block.text) + "</" + tag + ">\n";
          break;
        }
        case Block::Kind::paragraph:
          out += "<p>" + inlines(block.text) + "</p>\n";
          break;
        case Block::Kind::note:
          out += "<blockquote><p>" + inlines(block.text) + "</p></blockquote>\n";
          break;
        case Block::Kind::item:
          out += "<li>" + inlines(block.text) + "</li>\n";
          break;
        case Block::Kind::table:
          table(out, block);
          break;
      }
    }
    if (before != nullptr && before->kind == Block::Kind::item) out += "</ul>\n";
    for (std::size_t i = 0; i < open.size(); ++i) out += "</section>\n";
  }

  void table(std::string& out, const Block& block) const {
    out += "<div class=\"table\"><table>\n";
    for (std::size_t row = 0; row < block.rows.size(); ++row) {
      if (row == 0) out += "<thead>\n";
      if (row == 1) out += "<tbody>\n";
      out += "<tr>";
      for (const Inlines& cell : block.rows[row])
        out += (row == 0 ? "<th scope=\"col\">" : "<td>") + inlines(cell) +
               (row == 0 ? "</th>" : "</td>");
      out += "</tr>\n";
      if (row == 0) out += "</thead>\n";
    }
    if (block.rows.size() > 1) out += "</tbody>\n";
    out += "</table></div>\n";
  }

  const Catalogue& catalogue_;
  Anchors anchors_;
  bool one_page_;
};

}  // namespace

std::vector<DocPage> write_html(const Catalogue& catalogue, bool one_page) {
  return HtmlWriter(catalogue, one_page).run();
}

}  // namespace riskd::dsl
