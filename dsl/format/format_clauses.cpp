// Clauses: what stands on a line of its own, how far in, and in which columns.
#include <algorithm>
#include <iterator>

#include "dsl/format/formatter.hpp"

namespace riskd::dsl {
namespace {

bool has_body(const Clause& clause) {
  static constexpr ClauseKind kinds[] = {
      ClauseKind::scale,      ClauseKind::bands,          ClauseKind::questionnaire,
      ClauseKind::attributes, ClauseKind::pattern,        ClauseKind::risk,
      ClauseKind::weakness,   ClauseKind::countermeasure, ClauseKind::extend,
      ClauseKind::override_,  ClauseKind::adjust,         ClauseKind::status_map,
      ClauseKind::evidence,   ClauseKind::ticket,         ClauseKind::scenario};
  return clause.said<ComponentSyntax>() != nullptr ||
         std::find(std::begin(kinds), std::end(kinds), clause.kind) != std::end(kinds);
}

bool has_steps(ClauseKind kind) { return kind == ClauseKind::scale || kind == ClauseKind::bands; }

// Bodies that may stand on one line, where they are short.
bool may_be_flat(const Clause& clause) {
  return has_steps(clause.kind) || clause.kind == ClauseKind::weakness ||
         clause.kind == ClauseKind::countermeasure || clause.said<ComponentSyntax>() != nullptr;
}

// Clauses whose second parts stand below each other.
bool has_columns(ClauseKind kind) {
  return kind == ClauseKind::setting || kind == ClauseKind::attribute || kind == ClauseKind::row ||
         kind == ClauseKind::step || kind == ClauseKind::choice;
}

// Widens the column of each of `lines`, places in `docs`, to the widest; one that is too wide to be
// followed, or has no column, stands by itself.
void align(std::vector<Doc>& docs, const std::vector<std::size_t>& lines) {
  constexpr int widest_column = 80;
  struct Column {
    Doc* pad;
    int width;
  };
  std::vector<Column> columns;
  int widest = 0;
  for (const std::size_t each : lines) {
    int width = 0;
    for (Doc& part : docs[each].parts) {
      if (part.kind == Doc::Kind::pad) {
        if (width <= widest_column) {
          columns.push_back({&part, width});
          widest = std::max(widest, width);
        }
        break;
      }
      const int flat = flat_width(part);
      width = flat < 0 ? widest_column + 1 : width + flat;
    }
  }
  for (const Column& each : columns)
    each.pad->number = static_cast<std::uint32_t>(widest - each.width + 1);
}

}  // namespace

Formatter::Parts Formatter::parts_of(const Clause& c) const {
  Parts parts;
  const auto add = [&](ExprId id) {
    if (id != nothing) parts.exprs[words_.at(expr(id).span.begin)] = id;
  };
  add(c.expr);
  if (const auto* question = c.find<QuestionSyntax>()) add(question->default_value);
  if (const auto* said = c.find<Statement>()) {
    for (const ExprId id : exprs_of(*said)) add(id);
  }
  for (const ClauseId id : c.children) parts.clauses[words_.at(clause(id).span.begin)] = id;
  parts.type =
      c.type == nothing ? words_.tokens.size() : words_.at(syntax_.types[c.type].span.begin);
  return parts;
}

Doc Formatter::clause_doc(ClauseId id) {
  return has_body(clause(id)) ? body_clause(id) : sequence(id);
}

// A part of a clause that may go to a line of its own, further in.
bool Formatter::opens_option(const Clause& c) const {
  const bool past_type = c.type != nothing && next_ >= past(syntax_.types[c.type].span);
  if (c.said<AnswersSyntax>() != nullptr) return words_.is(next_ - 1, ",");
  if (c.kind == ClauseKind::question)
    return past_type && (at("ask") || at("default") || at("help") || at("was"));
  if (c.kind == ClauseKind::field)
    return past_type && (at("required") || at("default") || at("was"));
  if (c.kind == ClauseKind::component_type) return at("was") && next_ >= past(c.name.span);
  return (c.kind == ClauseKind::close || c.kind == ClauseKind::update) && at("with");
}

// A clause without a body of its own.
Doc Formatter::sequence(ClauseId id) {
  const Clause& c = clause(id);
  const Parts parts = parts_of(c);
  const std::size_t begin = next_;
  const std::size_t end = past(c.span);
  std::vector<Doc> docs;
  std::vector<Doc> options;
  bool column = false;
  const auto out = [&](Doc doc) {
    (options.empty() ? docs : options.back().parts).push_back(std::move(doc));
  };
  while (next_ < end) {
    end_ = end;
    if (c.kind == ClauseKind::attribute && at(",") && next_ + 1 == end) {
      comma(docs, false, end);
      break;
    }
    const bool second = !column && ((c.kind == ClauseKind::row && at("->")) ||
                                    (c.kind == ClauseKind::attribute && at(":")) ||
                                    (c.kind == ClauseKind::setting && next_ == begin + 1));
    if (next_ > begin && opens_option(c)) {
      options.push_back(group({line()}));
    } else if (second) {
      column = true;
      docs.push_back(pad(1));
    } else if (c.kind == ClauseKind::then && next_ == begin + 1) {
      docs.push_back(text("  "));  // so that it ends where `given` and `expect` do
    } else if (next_ > begin) {
      out(blank());
    }
    if (const auto inner = parts.clauses.find(next_); inner != parts.clauses.end()) {
      out(clause_doc(inner->second));
    } else if (const auto value = parts.exprs.find(next_); value != parts.exprs.end()) {
      out(expression(value->second));
    } else if (next_ == parts.type) {
      out(type(syntax_.types[c.type]));
    } else {
      out(word());
    }
  }
  if (!options.empty()) docs.push_back(indent(std::move(options)));
  take_tail(docs);
  return concat(std::move(docs));
}

Doc Formatter::body_clause(ClauseId id) {
  const Clause& c = clause(id);
  const std::size_t end = past(c.span);
  const auto value = parts_of(c).exprs;  // of an overridden rating
  end_ = end;
  std::vector<Doc> docs;
  while (next_ < end && !at("{")) {
    if (!docs.empty()) docs.push_back(blank());
    const auto here = value.find(next_);
    docs.push_back(here == value.end() ? word() : expression(here->second));
  }
  if (next_ < end) {
    const bool short_body = fits_one_line(c, end);
    docs.push_back(space());
    docs.push_back(word());
    std::vector<Doc> inside = children(c, end - 1, short_body);
    if (!inside.empty()) {
      docs.push_back(indent(std::move(inside)));
      docs.push_back(short_body ? line() : hard_line());
    }
    end_ = end;
    docs.push_back(word());
  }
  std::vector<Doc> all{group(std::move(docs))};
  take_tail(all);
  return concat(std::move(all));
}

// Whether a body may stand on the line of its owner, if there is room.
bool Formatter::fits_one_line(const Clause& c, std::size_t end) const {
  if (!may_be_flat(c)) return false;
  if (!has_steps(c.kind) && c.children.size() > 2) return false;
  for (const ClauseId child : c.children) {
    if (has_body(clause(child)) && !clause(child).children.empty()) return false;
  }
  for (std::size_t i = next_ + 1; i < end; ++i) {
    if (!words_.gaps[i].comments.empty()) return false;
    if (words_.tokens[i].kind == TokenKind::long_string) return false;
  }
  return true;
}

std::vector<Doc> Formatter::children(const Clause& c, std::size_t closing, bool short_body) {
  std::vector<Doc> docs;
  std::vector<std::size_t> run;  // lines that share their columns
  const std::size_t count = c.children.size();
  for (std::size_t i = 0; i < count; ++i) {
    const ClauseKind kind = clause(c.children[i]).kind;
    const Gap& gap = words_.gaps[next_];
    const bool follows = i > 0 && kind == clause(c.children[i - 1]).kind &&
                         !gap.empty_line_before && gap.comments.empty();
    if (short_body) {
      docs.push_back(line(i > 0 && !has_steps(c.kind) ? 2 : 1));
    } else {
      above(docs, i == 0);
      docs.push_back(hard_line());
    }
    if (!follows) {
      align(docs, run);
      run.clear();
    }
    if (has_columns(kind)) run.push_back(docs.size());
    docs.push_back(child_doc(c, c.children[i], closing, i + 1 == count));
  }
  align(docs, run);
  if (!words_.gaps[closing].comments.empty()) {
    words_.gaps[closing].empty_line_before = false;
    above(docs, count == 0);
  }
  return docs;
}

Doc Formatter::child_doc(const Clause& owner, ClauseId id, std::size_t closing, bool last) {
  const Clause& child = clause(id);
  const bool step = child.kind == ClauseKind::step;
  if (step || child.kind == ClauseKind::choice) {
    std::size_t end = past(child.span);
    if (words_.is(end - 1, ",")) --end;
    std::vector<Doc> docs{item(end, step ? next_ + 1 < end : titled_at(next_ + 1, end))};
    std::vector<Doc>& parts = docs.front().parts;  // its column is the line's
    comma(parts, step && !last, closing);
    return std::move(docs.front());
  }
  const auto* answers = child.said<AnswersSyntax>();
  if (answers != nullptr && owner.said<ComponentSyntax>() != nullptr)
    return component_answers(*answers, closing);
  return clause_doc(id);
}

// Whether the word there is the title of a choice that ends at `end` at the latest.
bool Formatter::titled_at(std::size_t word, std::size_t end) const {
  if (word >= end) return false;
  const TokenKind kind = words_.tokens[word].kind;
  return kind == TokenKind::string || kind == TokenKind::long_string;
}

// A name and, in the next column, what belongs to it.
Doc Formatter::item(std::size_t end, bool titled) {
  end_ = end;
  std::vector<Doc> docs{word()};
  for (bool first = true; next_ < end; first = false) {
    docs.push_back(first && titled ? pad(1) : blank());
    docs.push_back(word());
  }
  return concat(std::move(docs));
}

// Choices have commas where they are names alone.
Doc Formatter::type(const TypeSyntax& type) {
  const std::size_t end = past(type.span);
  const std::size_t clause_end = end_;
  std::vector<Doc> docs;
  while (next_ < end && !at("{")) {
    if (!docs.empty()) docs.push_back(blank());
    docs.push_back(word());
  }
  if (next_ == end) return concat(std::move(docs));
  docs.push_back(space());
  docs.push_back(word());
  const bool titled = std::all_of(type.choices.begin(), type.choices.end(),
                                  [](const Choice& each) { return each.title != nothing; });
  std::vector<Doc> inside;
  std::vector<std::size_t> lines;
  while (next_ + 1 < end) {
    inside.push_back(line());
    lines.push_back(inside.size());
    const bool has_title = titled_at(next_ + 1, end);
    std::size_t item_end = next_ + (has_title ? 2 : 1);
    while (words_.is(item_end, "was")) item_end += 2;
    inside.push_back(item(item_end, has_title));
    const bool last = next_ + 1 == end || (at(",") && next_ + 2 == end);
    comma(inside.back().parts, !titled && !last, end - 1);
  }
  align(inside, lines);
  end_ = clause_end;
  const bool empty = inside.empty();
  docs.push_back(indent(std::move(inside)));
  if (!empty) docs.push_back(line());
  docs.push_back(word());
  return group(std::move(docs));
}

// A component's answers, with a comma between them.
Doc Formatter::component_answers(const AnswersSyntax& said, std::size_t closing) {
  std::vector<Doc> docs;
  for (std::size_t i = 0; i < said.answers.size(); ++i) {
    if (i > 0) docs.push_back(line());
    const Span value = expr(said.answers[i].value).span;
    end_ = past(value);
    while (next_ < words_.at(value.begin)) {
      docs.push_back(word());
      docs.push_back(blank());
    }
    docs.push_back(expression(said.answers[i].value));
    comma(docs, i + 1 < said.answers.size(), closing);
  }
  return concat(std::move(docs));
}

}  // namespace riskd::dsl
