#include "dsl/format.hpp"

#include <algorithm>
#include <stdexcept>
#include <unordered_map>
#include <unordered_set>

#include "dsl/format_tokens.hpp"
#include "dsl/syntax.hpp"

namespace riskd::dsl {
namespace {

constexpr int line_width = 100;

// Bodies that may stand on one line, where they are short.
bool may_be_flat(ClauseKind kind) {
  return kind == ClauseKind::weakness || kind == ClauseKind::countermeasure ||
         kind == ClauseKind::scale || kind == ClauseKind::bands ||
         kind == ClauseKind::fact_component;
}

bool has_body(ClauseKind kind) {
  switch (kind) {
    case ClauseKind::scale:
    case ClauseKind::bands:
    case ClauseKind::questionnaire:
    case ClauseKind::attributes:
    case ClauseKind::pattern:
    case ClauseKind::risk:
    case ClauseKind::weakness:
    case ClauseKind::countermeasure:
    case ClauseKind::extend:
    case ClauseKind::override_:
    case ClauseKind::adjust:
    case ClauseKind::status_map:
    case ClauseKind::evidence:
    case ClauseKind::ticket:
    case ClauseKind::scenario:
    case ClauseKind::fact_component:
      return true;
    default:
      return false;
  }
}

// Lays out one file. Walks the words once, from the first to the last: every function takes the words of
// its construct, in their order, so none is lost and none is told twice.
class Formatter {
 public:
  Formatter(const Sources& sources, const Syntax& syntax)
      : syntax_(syntax), words_(read_words(sources)) {
    for (const Expr& expr : syntax.exprs) {
      if (expr.kind == ExprKind::call) calls_.insert(expr.name.span.end);
    }
  }

  std::string run() {
    std::string out;
    bool previous_tall = false;
    for (const ClauseId id : syntax_.files.front()) {
      const Gap gap = words_.gaps[next_];
      const bool first = out.empty();
      bool empty_before = gap.empty_line_before;
      std::vector<Doc> comments;
      if (!gap.comments.empty()) {
        empty_before = own_comments(next_).front().kind == Doc::Kind::empty_line;
        for (Doc& each : own_comments(next_)) comments.push_back(std::move(each));
        if (gap.empty_line_before) comments.push_back(empty_line());
        comments.push_back(hard_line());
      }
      const bool commented = comments.size() > 0;
      words_.gaps[next_].comments.clear();
      std::string shown = print(declaration(id), line_width);
      const bool tall = shown.find('\n') != std::string::npos;
      if (commented) {
        comments.push_back(text("\x01"));
        std::string above = print(concat(std::move(comments)), line_width);
        above.pop_back();
        shown = above + shown;
      }
      while (shown.starts_with('\n')) shown.erase(0, 1);
      if (!first && (empty_before || tall || previous_tall)) out += '\n';
      out += shown + '\n';
      previous_tall = tall;
    }
    const Gap end = words_.gaps[words_.tokens.size() - 1];
    if (!end.comments.empty()) {
      const bool apart = end.comments.front().empty_line_before || previous_tall;
      std::string shown = print(concat(own_comments(words_.tokens.size() - 1)), line_width);
      while (shown.starts_with('\n')) shown.erase(0, 1);
      if (apart && !out.empty()) out += '\n';
      out += shown + '\n';
    }
    return out;
  }

 private:
  const Clause& clause(ClauseId id) const { return syntax_.clauses[id]; }
  const Expr& expr(ExprId id) const { return syntax_.exprs[id]; }
  std::size_t past(Span span) const { return words_.at(span.end); }

  // ── words ──

  // The comments before a word that have lines of their own.
  std::vector<Doc> own_comments(std::size_t index) const {
    std::vector<Doc> docs;
    for (const Comment& each : words_.gaps[index].comments) {
      if (each.empty_line_before) docs.push_back(empty_line());
      if (!docs.empty() && docs.back().kind == Doc::Kind::own_comment) docs.push_back(hard_line());
      if (each.empty_line_before) docs.push_back(hard_line());
      Doc comment;
      comment.kind = each.own_line ? Doc::Kind::own_comment : Doc::Kind::tail_comment;
      comment.text = each.text;
      docs.push_back(std::move(comment));
    }
    return docs;
  }

  // The comment behind a word on its line, which is told with that word.
  void take_tail(std::vector<Doc>& docs) {
    std::vector<Comment>& comments = words_.gaps[next_].comments;
    if (comments.empty() || comments.front().own_line) return;
    Doc comment;
    comment.kind = Doc::Kind::tail_comment;
    comment.text = comments.front().text;
    docs.push_back(std::move(comment));
    comments.erase(comments.begin());
  }

  // The next word.
  Doc word() {
    std::vector<Doc> docs = own_comments(next_);
    if (!docs.empty() && words_.gaps[next_].empty_line_before && clause_begins_) {
      docs.push_back(empty_line());
      docs.push_back(hard_line());
    }
    clause_begins_ = false;
    const Token& token = words_.tokens[next_];
    docs.push_back(token.kind == TokenKind::long_string ? long_text(words_.text(next_))
                                                        : text(std::string(words_.text(next_))));
    ++next_;
    take_tail(docs);
    return docs.size() == 1 ? std::move(docs.front()) : concat(std::move(docs));
  }

  // Leaves the next word out, a comma that the layout does not want; its comments stay.
  Doc skipped() {
    std::vector<Doc> docs = own_comments(next_);
    ++next_;
    take_tail(docs);
    return concat(std::move(docs));
  }

  bool at(std::string_view value) const {
    const TokenKind kind = words_.tokens[next_].kind;
    return kind != TokenKind::string && kind != TokenKind::long_string && words_.is(next_, value);
  }

  Doc blank(bool match_colon = false) const {
    if (next_ == 0) return text("");
    const bool call = calls_.contains(words_.tokens[next_ - 1].span.end);
    return between(words_, next_ - 1, call, match_colon);
  }

  // ── expressions ──

  Doc expression(ExprId id) {
    const Expr& e = expr(id);
    switch (e.kind) {
      case ExprKind::logic_and:
      case ExprKind::logic_or:
      case ExprKind::choose: {
        std::vector<Doc> first;
        if (e.kind == ExprKind::choose)
          first.push_back(indent({operands(id, 0)}));
        else
          first.push_back(operands(id, 0));
        std::vector<Doc> rest;
        for (std::size_t i = 1; i <= e.kids.size(); ++i) {
          if (next_ >= past(e.span)) break;
          rest.push_back(line());
          rest.push_back(operands(id, i));
        }
        first.push_back(indent(std::move(rest)));
        return group(std::move(first));
      }
      case ExprKind::add:
      case ExprKind::subtract:
      case ExprKind::multiply:
      case ExprKind::divide: {
        std::vector<Doc> parts;
        chain(id, e.kind == ExprKind::add || e.kind == ExprKind::subtract, parts);
        Doc first = std::move(parts.front());
        parts.erase(parts.begin());
        return group({std::move(first), indent(std::move(parts))});
      }
      case ExprKind::match:
        return braced(id, true);
      case ExprKind::in:
      case ExprKind::not_in:
      case ExprKind::includes_any:
      case ExprKind::includes_all:
        return braced(id, false);
      case ExprKind::call:
      case ExprKind::group:
        return parenthesised(id);
      default:
        return plain(id);
    }
  }

  // Words and operands of `id` up to the operand `count`, with the words before it: `then x`, `and y`.
  Doc operands(ExprId id, std::size_t count) {
    const Expr& e = expr(id);
    std::vector<Doc> parts;
    const std::size_t end = past(e.span);
    const ExprId kid = count < e.kids.size() ? e.kids[count] : nothing;
    while (next_ < end) {
      if (!parts.empty()) parts.push_back(blank());
      if (kid != nothing && next_ == words_.at(expr(kid).span.begin)) {
        parts.push_back(expression(kid));
        break;
      }
      parts.push_back(word());
    }
    return concat(std::move(parts));
  }

  // a + b - c, one place to break before each operator.
  void chain(ExprId id, bool sums, std::vector<Doc>& parts) {
    const Expr& e = expr(id);
    const bool sum = e.kind == ExprKind::add || e.kind == ExprKind::subtract;
    const bool product = e.kind == ExprKind::multiply || e.kind == ExprKind::divide;
    if ((sums && !sum) || (!sums && !product)) {
      parts.push_back(expression(id));
      return;
    }
    chain(e.kids[0], sums, parts);
    parts.push_back(line());
    std::vector<Doc> tail{word(), space(), expression(e.kids[1])};
    parts.push_back(concat(std::move(tail)));
  }

  // x in { a, b } and match x { a: 1, otherwise: 2 }: what is between the braces breaks as a whole.
  Doc braced(ExprId id, bool match) {
    const Expr& e = expr(id);
    const std::size_t end = past(e.span);
    std::vector<Doc> head;
    std::size_t kid = 0;
    const auto operand = [&](std::vector<Doc>& out) {
      const ExprId here = operand_here(e, kid);
      out.push_back(here != nothing ? expression(here) : word());
    };
    const bool list_alone = at("{");
    while (!at("{") || (!list_alone && head.empty())) {
      operand(head);
      head.push_back(blank());
    }
    head.push_back(word());
    if (at("}")) {
      head.push_back(word());
      return concat(std::move(head));
    }
    std::vector<Doc> inside{line()};
    while (next_ + 1 < end) {
      if (at(",")) {
        const bool last = words_.is(next_ + 1, "}") && next_ + 2 == end;
        inside.push_back(last ? skipped() : word());
        if (!last) inside.push_back(line());
        continue;
      }
      operand(inside);
      if (next_ + 1 < end && !at(",")) inside.push_back(blank(match));
    }
    head.push_back(indent(std::move(inside)));
    head.push_back(line());
    head.push_back(word());
    return group(std::move(head));
  }

  Doc parenthesised(ExprId id) {
    const Expr& e = expr(id);
    const std::size_t end = past(e.span);
    std::vector<Doc> parts;
    while (!at("(")) parts.push_back(word());
    parts.push_back(word());
    if (at(")")) {
      parts.push_back(word());
      return concat(std::move(parts));
    }
    std::vector<Doc> inside{soft_line()};
    std::size_t kid = 0;
    while (next_ + 1 < end) {
      if (at(",")) {
        inside.push_back(word());
        inside.push_back(line());
      } else if (kid < e.kids.size()) {
        inside.push_back(expression(e.kids[kid++]));
      } else {
        inside.push_back(word());
      }
    }
    parts.push_back(indent(std::move(inside)));
    parts.push_back(soft_line());
    parts.push_back(word());
    return group(std::move(parts));
  }

  // The operand that begins at the next word; `kid` counts those that were told. What an expectation
  // leaves out (`expect weakness w is failed`) has no words.
  ExprId operand_here(const Expr& e, std::size_t& kid) const {
    while (kid < e.kids.size() && expr(e.kids[kid]).span.begin >= expr(e.kids[kid]).span.end) ++kid;
    const bool here = kid < e.kids.size() && next_ == words_.at(expr(e.kids[kid]).span.begin);
    return here ? e.kids[kid++] : nothing;
  }

  // Comparisons, names, literals.
  Doc plain(ExprId id) {
    const Expr& e = expr(id);
    const std::size_t end = past(e.span);
    std::vector<Doc> parts;
    std::size_t kid = 0;
    while (next_ < end) {
      if (!parts.empty()) parts.push_back(blank());
      const ExprId here = operand_here(e, kid);
      parts.push_back(here != nothing ? expression(here) : word());
    }
    return concat(std::move(parts));
  }

  // ── types ──

  Doc choices(const std::vector<Choice>& all, std::size_t closing) {
    std::size_t longest = 0;
    bool titled = !all.empty();
    for (const Choice& each : all) {
      longest = std::max(longest, each.name.text.size());
      titled = titled && each.title != nothing;
    }
    std::vector<Doc> inside;
    for (std::size_t i = 0; i < all.size(); ++i) {
      inside.push_back(line());
      inside.push_back(word());
      if (all[i].title != nothing) {
        inside.push_back(pad(longest - all[i].name.text.size() + 1));
        inside.push_back(word());
      }
      const bool last = i + 1 == all.size();
      const bool comma = next_ < closing && at(",");
      if (!titled && !last)
        inside.push_back(comma ? word() : text(","));
      else if (comma)
        inside.push_back(skipped());
    }
    return indent(std::move(inside));
  }

  Doc type(const TypeSyntax& type) {
    std::vector<Doc> parts;
    const std::size_t end = past(type.span);
    while (next_ < end && !at("{")) {
      if (!parts.empty()) parts.push_back(blank());
      parts.push_back(word());
    }
    if (next_ < end) {
      parts.push_back(space());
      parts.push_back(word());
      if (!at("}")) {
        parts.push_back(choices(type.choices, end - 1));
        parts.push_back(line());
      }
      parts.push_back(word());
    }
    return group(std::move(parts));
  }

  // ── clauses ──

  // What is known of a clause beforehand: where its expressions, type and inner clauses begin.
  struct Parts {
    std::unordered_map<std::size_t, ExprId> exprs;
    std::unordered_map<std::size_t, ClauseId> clauses;
    std::size_t type = 0;
  };

  Parts parts_of(const Clause& c) const {
    Parts parts;
    const auto add = [&](ExprId id) {
      if (id != nothing) parts.exprs[words_.at(expr(id).span.begin)] = id;
    };
    add(c.expr);
    add(c.expr2);
    for (const ExprId id : c.exprs) add(id);
    for (const ClauseId id : c.children) parts.clauses[words_.at(clause(id).span.begin)] = id;
    parts.type =
        c.type == nothing ? words_.tokens.size() : words_.at(syntax_.types[c.type].span.begin);
    return parts;
  }

  Doc declaration(ClauseId id) { return clause_doc(id, 0); }

  // `key_width`: of the names in the lines around, where their values stand below each other.
  Doc clause_doc(ClauseId id, std::size_t key_width) {
    const Clause& c = clause(id);
    if (has_body(c.kind)) return body_clause(id);
    return sequence(id, past(c.span), key_width);
  }

  // A clause without a body of its own.
  Doc sequence(ClauseId id, std::size_t end, std::size_t key_width) {
    const Clause& c = clause(id);
    const Parts parts = parts_of(c);
    std::vector<Doc> docs;
    std::vector<Doc> options;  // each begins a line of its own where there is no room
    const auto out = [&](Doc doc) {
      if (options.empty())
        docs.push_back(std::move(doc));
      else
        options.back().parts.push_back(std::move(doc));
    };
    bool first = true;
    while (next_ < end) {
      if (c.kind == ClauseKind::attribute && at(",") && next_ + 1 == end) {
        out(skipped());
        break;
      }
      const bool opens_option =
          (c.kind == ClauseKind::question &&
           (at("ask") || at("default") || at("help") || at("was")) && past_type(c)) ||
          ((c.kind == ClauseKind::close || c.kind == ClauseKind::update) && at("with")) ||
          (c.kind == ClauseKind::field && (at("required") || at("default")) && past_type(c));
      if (opens_option) {
        options.push_back(group({line()}));
      } else if (!first) {
        const bool after_comma = c.kind == ClauseKind::fact_answers && words_.is(next_ - 1, ",");
        const bool arrow = c.kind == ClauseKind::row && at("->");
        const bool colon = c.kind == ClauseKind::attribute && at(":") && !seen_colon_;
        if (after_comma) {
          options.push_back(group({line()}));
        } else if ((key_width > 0 && arrow) || (key_width > 0 && colon)) {
          seen_colon_ = colon;
          std::size_t width = 0;
          for (const Doc& each : docs)
            width += static_cast<std::size_t>(std::max(0, flat_width(each)));
          docs.push_back(pad(key_width > width ? key_width - width + 1 : 1));
        } else if (key_width > 0 && c.kind == ClauseKind::setting && docs.size() == 1) {
          const std::size_t width = c.name.text.size();
          docs.push_back(pad(key_width > width ? key_width - width + 1 : 1));
        } else if (c.kind == ClauseKind::then && docs.size() == 1) {
          docs.push_back(text("  "));  // so that it ends where `given` and `expect` do
        } else {
          out(blank());
        }
      }
      first = false;
      if (const auto inner = parts.clauses.find(next_); inner != parts.clauses.end()) {
        out(clause_doc(inner->second, 0));
      } else if (const auto value = parts.exprs.find(next_); value != parts.exprs.end()) {
        out(expression(value->second));
      } else if (next_ == parts.type) {
        out(type(syntax_.types[c.type]));
      } else {
        out(word());
      }
    }
    seen_colon_ = false;
    if (!options.empty()) docs.push_back(indent(std::move(options)));
    return concat(std::move(docs));
  }

  bool past_type(const Clause& c) const {
    return c.type != nothing && next_ >= past(syntax_.types[c.type].span);
  }

  Doc body_clause(ClauseId id) {
    const Clause& c = clause(id);
    const std::size_t end = past(c.span);
    std::vector<Doc> head;
    while (next_ < end && !at("{")) {
      if (!head.empty()) head.push_back(blank());
      head.push_back(word());
    }
    if (c.kind == ClauseKind::override_ && next_ == end) return concat(std::move(head));
    if (next_ == end) return concat(std::move(head));
    const bool short_body = fits_one_line(c, end);
    head.push_back(space());
    head.push_back(word());
    std::vector<Doc> inside = children(c, end - 1, short_body);
    if (inside.empty()) {
      head.push_back(word());
      return concat(std::move(head));
    }
    head.push_back(indent(std::move(inside)));
    head.push_back(short_body ? line() : hard_line());
    head.push_back(closing_brace());
    return group(std::move(head));
  }

  // The `}`; comments before it were told with the body.
  Doc closing_brace() {
    words_.gaps[next_].comments.clear();
    return word();
  }

  // Whether a body may stand on the line of its owner, if there is room.
  bool fits_one_line(const Clause& c, std::size_t end) const {
    if (!may_be_flat(c.kind)) return false;
    const bool steps = c.kind == ClauseKind::scale || c.kind == ClauseKind::bands;
    if (!steps && c.children.size() > 2) return false;
    for (const ClauseId child : c.children) {
      if (has_body(clause(child).kind) && !clause(child).children.empty()) return false;
    }
    for (std::size_t i = next_ + 1; i < end; ++i) {
      if (!words_.gaps[i].comments.empty()) return false;
      if (words_.tokens[i].kind == TokenKind::long_string) return false;
    }
    return true;
  }

  std::vector<Doc> children(const Clause& c, std::size_t closing, bool short_body) {
    const bool steps = c.kind == ClauseKind::scale || c.kind == ClauseKind::bands;
    std::vector<Doc> docs;
    std::size_t run_end = 0;
    std::size_t key_width = 0;
    for (std::size_t i = 0; i < c.children.size(); ++i) {
      const Clause& child = clause(c.children[i]);
      if (i > 0 && short_body && !steps) {
        docs.push_back(line(2));
      } else if (short_body) {
        docs.push_back(line());
      } else {
        const Gap& gap = words_.gaps[next_];
        const bool apart =
            gap.comments.empty() ? gap.empty_line_before : gap.comments.front().empty_line_before;
        if (apart && i > 0) docs.push_back(empty_line());
        docs.push_back(hard_line());
      }
      if (i >= run_end) {
        run_end = i + 1;
        key_width = width_of_run(c, i, run_end);
      }
      if (i == 0 && !words_.gaps[next_].comments.empty())
        words_.gaps[next_].comments.front().empty_line_before = false;
      clause_begins_ = true;
      if (steps) {
        docs.push_back(step(child, closing, i + 1 == c.children.size(), key_width));
      } else if (child.kind == ClauseKind::fact_answers && c.kind == ClauseKind::fact_component) {
        docs.push_back(component_answers(child, closing));
      } else if (child.kind == ClauseKind::choice) {
        docs.push_back(choice(child, key_width));
      } else {
        docs.push_back(clause_doc(c.children[i], key_width));
      }
    }
    if (!words_.gaps[closing].comments.empty()) {
      const std::vector<Doc> comments = own_comments(closing);
      if (comments.front().kind == Doc::Kind::own_comment) docs.push_back(hard_line());
      docs.insert(docs.end(), comments.begin(), comments.end());
    }
    return docs;
  }

  // The lines from `begin` on that stand below each other, and how wide their first column is; 0 where
  // there is none.
  std::size_t width_of_run(const Clause& c, std::size_t begin, std::size_t& end) {
    const ClauseKind kind = clause(c.children[begin]).kind;
    const bool columns = kind == ClauseKind::setting || kind == ClauseKind::attribute ||
                         kind == ClauseKind::row || kind == ClauseKind::step ||
                         kind == ClauseKind::choice;
    if (!columns) return 0;
    const auto width = [&](const Clause& each) -> std::size_t {
      if (kind != ClauseKind::row) return each.name.text.size();
      const std::size_t from = words_.at(each.span.begin);
      std::size_t arrow = from;
      while (arrow < past(each.span) && !words_.is(arrow, "->")) ++arrow;
      Formatter probe(*this);
      probe.next_ = from;
      for (std::size_t i = from; i <= arrow; ++i) probe.words_.gaps[i].comments.clear();
      const int flat =
          each.expr == nothing ? flat_width(probe.word()) : flat_width(probe.expression(each.expr));
      return flat < 0 || flat > 80 ? 0 : static_cast<std::size_t>(flat);
    };
    std::size_t widest = width(clause(c.children[begin]));
    for (end = begin + 1; end < c.children.size(); ++end) {
      const Clause& each = clause(c.children[end]);
      if (each.kind != kind) break;
      const Gap& gap = words_.gaps[words_.at(each.span.begin)];
      const bool apart = gap.empty_line_before ||
                         std::any_of(gap.comments.begin(), gap.comments.end(),
                                     [](const Comment& comment) { return comment.own_line; });
      if (apart) break;
      widest = std::max(widest, width(each));
    }
    return widest;
  }

  Doc choice(const Clause& child, std::size_t key_width) {
    std::vector<Doc> docs{word()};
    if (child.title != nothing) {
      docs.push_back(pad(key_width - child.name.text.size() + 1));
      docs.push_back(word());
    }
    if (next_ < past(child.span) && at(",")) docs.push_back(skipped());
    return concat(std::move(docs));
  }

  // A step of a scale or of bands, with a comma unless it is the last.
  Doc step(const Clause& child, std::size_t closing, bool last, std::size_t key_width) {
    std::vector<Doc> docs{word(), pad(key_width - child.name.text.size() + 1)};
    while (next_ < past(child.span) && !at(",")) {
      docs.push_back(word());
      if (next_ < past(child.span) && !at(",")) docs.push_back(blank());
    }
    const bool comma = next_ < closing && at(",");
    if (last)
      docs.push_back(comma ? skipped() : text(""));
    else
      docs.push_back(comma ? word() : text(","));
    return concat(std::move(docs));
  }

  // A component's answers, with a comma between them.
  Doc component_answers(const Clause& child, std::size_t closing) {
    std::vector<Doc> docs;
    for (std::size_t i = 0; i < child.names.size(); ++i) {
      if (i > 0) docs.push_back(line());
      const std::size_t value = words_.at(expr(child.exprs[i]).span.begin);
      while (next_ < value) {
        docs.push_back(word());
        docs.push_back(blank());
      }
      docs.push_back(expression(child.exprs[i]));
      const bool comma = next_ < closing && at(",");
      if (i + 1 < child.names.size())
        docs.push_back(comma ? word() : text(","));
      else if (comma)
        docs.push_back(skipped());
    }
    return concat(std::move(docs));
  }

  const Syntax& syntax_;
  Words words_;
  std::size_t next_ = 0;
  bool clause_begins_ = false;
  bool seen_colon_ = false;
  std::unordered_set<std::uint32_t> calls_;  // ends of the names of calls
};

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
