#include "dsl/format/format.hpp"

#include <stdexcept>

#include "dsl/format/formatter.hpp"

namespace riskd::dsl {
namespace {

constexpr int line_width = 100;

// What carries meaning: the words but commas, the comments, the texts as the language reads them.
std::vector<std::string> essence(const Sources& sources, const Syntax& syntax) {
  std::vector<std::string> all;
  const Words words = read_words(sources);
  for (std::size_t i = 0; i < words.tokens.size(); ++i) {
    for (const Comment& comment : words.gaps[i].comments) all.push_back(comment.text);
    const std::string_view value = words.text(i);
    const bool comma = words.tokens[i].kind == TokenKind::symbol && value == ",";
    if (!comma && words.tokens[i].kind != TokenKind::long_string) all.emplace_back(value);
  }
  for (const Text& each : syntax.texts) {
    for (const TextPart& part : each.parts)
      all.push_back(part.expr == nothing ? part.text : std::string("{}"));
  }
  return all;
}

}  // namespace

Formatter::Formatter(const Sources& sources, const Syntax& syntax)
    : syntax_(syntax), words_(read_words(sources)) {
  for (const Expr& each : syntax.exprs) {
    if (each.kind == ExprKind::call) calls_.insert(each.name.span.end);
  }
  for (const Clause& each : syntax.clauses) {
    if (const auto* said = each.said<FalsePositiveSyntax>())
      sources_of_tests_.insert(said->test.source.span.end);
  }
}

// Declarations of more than one line stand apart from their neighbours; others as they were.
std::string Formatter::run() {
  std::string out;
  bool tall_before = false;
  const auto commented = [&](bool& apart) {
    const Gap& gap = words_.gaps[next_];
    apart = gap.comments.empty() ? gap.empty_line_before : gap.comments.front().empty_line_before;
    const bool apart_below = !gap.comments.empty() && gap.empty_line_before;
    std::vector<Doc> docs;
    above(docs, true);
    if (docs.empty()) return std::string();
    std::string comments = print(concat(std::move(docs)), line_width) + '\n';
    comments.erase(0, comments.find_first_not_of('\n'));
    return apart_below ? comments + '\n' : comments;
  };
  for (const ClauseId id : syntax_.files.front()) {
    bool apart = false;
    const std::string comments = commented(apart);
    const std::string declaration = print(clause_doc(id), line_width);
    const bool tall = declaration.find('\n') != std::string::npos;
    if (!out.empty() && (apart || tall || tall_before)) out += '\n';
    out += comments + declaration + '\n';
    tall_before = tall;
  }
  bool apart = false;
  std::string comments = commented(apart);
  while (comments.ends_with("\n\n")) comments.pop_back();
  if (!out.empty() && !comments.empty() && (apart || tall_before)) out += '\n';
  return out + comments;
}

Doc Formatter::comment_doc(const Comment& comment) {
  Doc doc;
  doc.kind = comment.own_line ? Doc::Kind::own_comment : Doc::Kind::tail_comment;
  doc.text = comment.text;
  return doc;
}

void Formatter::take_comments(std::vector<Doc>& docs) {
  std::vector<Comment>& comments = words_.gaps[next_].comments;
  for (const Comment& each : comments) {
    docs.push_back(comment_doc(each));
    docs.push_back(hard_line());
  }
  comments.clear();
}

void Formatter::take_tail(std::vector<Doc>& docs) {
  std::vector<Comment>& comments = words_.gaps[next_].comments;
  if (comments.empty() || comments.front().own_line) return;
  docs.push_back(comment_doc(comments.front()));
  comments.erase(comments.begin());
}

void Formatter::above(std::vector<Doc>& docs, bool first) {
  Gap& gap = words_.gaps[next_];
  for (const Comment& each : gap.comments) {
    if (each.empty_line_before && !first) docs.push_back(empty_line());
    docs.push_back(hard_line());
    docs.push_back(comment_doc(each));
    first = false;
  }
  if (gap.empty_line_before && !first) docs.push_back(empty_line());
  gap.comments.clear();
}

Doc Formatter::word() {
  std::vector<Doc> docs;
  take_comments(docs);
  const Token& token = words_.tokens[next_];
  docs.push_back(token.kind == TokenKind::long_string ? long_text(words_.text(next_))
                                                      : text(std::string(words_.text(next_))));
  ++next_;
  // What is written behind an item stands behind its comma.
  if (next_ != end_ && !at(",")) take_tail(docs);
  return docs.size() == 1 ? std::move(docs.front()) : concat(std::move(docs));
}

void Formatter::comma(std::vector<Doc>& docs, bool wanted, std::size_t closing) {
  std::vector<Doc> comments;
  take_tail(comments);
  if (next_ < closing && at(",")) {
    take_comments(comments);
    ++next_;
    take_tail(comments);
  }
  if (!comments.empty() && comments.back().kind == Doc::Kind::hard_line) comments.pop_back();
  if (wanted) docs.push_back(text(","));
  for (Doc& each : comments) docs.push_back(std::move(each));
}

bool Formatter::at(std::string_view value) const {
  const TokenKind kind = words_.tokens[next_].kind;
  return kind != TokenKind::string && kind != TokenKind::long_string && words_.is(next_, value);
}

Doc Formatter::blank(bool match_colon) const {
  // `zap:10202` is one name.
  const Span left = words_.tokens[next_ - 1].span;
  if (at(":") && sources_of_tests_.contains(left.end)) return text("");
  if (words_.is(next_ - 1, ":") && next_ >= 2 &&
      sources_of_tests_.contains(words_.tokens[next_ - 2].span.end))
    return text("");
  const bool call = calls_.contains(words_.tokens[next_ - 1].span.end);
  return between(words_, next_ - 1, call, match_colon);
}

std::optional<std::string> format(const SourceFile& file) {
  const Sources sources{file};
  Diagnostics diagnostics;
  const Syntax syntax = parse(sources, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  std::string laid_out = Formatter(sources, syntax).run();
  // A layout that loses a word would be a bug that eats people's rules: better none.
  const Sources result{SourceFile(file.name(), laid_out)};
  const Syntax again = parse(result, diagnostics);
  if (diagnostics.has_errors() || essence(sources, syntax) != essence(result, again))
    throw std::logic_error("the layout of " + file.name() + " would not keep its words");
  return laid_out;
}

}  // namespace riskd::dsl
