// Adjustments, status maps, evidence and tickets.
#include <array>

#include "dsl/syntax/policy_reader.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// What a step visits, what it does, or where it stands among the others.
ClauseId PolicyReader::adjust_clause() {
  const Token at = peek();
  if (accept_word("for")) {
    const ClauseId visit = begin(ClauseKind::visit, at);
    clause(visit).as<VisitSyntax>().kind = kind_word({"risk", "weakness", "countermeasure"});
    if (!panic_ && accept_word("when")) clause(visit).expr = expression();
    finish(visit, at);
    return visit;
  }
  if (at_word("after") || at_word("before")) {
    const ClauseId order = begin(at_word("after") ? ClauseKind::after : ClauseKind::before, at);
    next();
    clause(order).name = reference("the name of a step");
    finish(order, at);
    return order;
  }
  ClauseKind kind = ClauseKind::restore;
  if (at_word("reduce"))
    kind = ClauseKind::reduce;
  else if (at_word("raise"))
    kind = ClauseKind::raise_by;
  else if (at_word("cap"))
    kind = ClauseKind::cap;
  else if (!at_word("restore")) {
    error_expected(
        "`for`, `reduce risk by`, `restore risk`, `raise risk by`, `raise risk to`, `cap "
        "risk at`, "
        "`after` or `before` in an adjustment",
        at_word("if") ? "write `when …` after what it visits"
                      : near_word({"for", "reduce", "restore", "raise", "cap", "after", "before"}));
    return nothing;
  }
  next();
  if (!expect_word("risk", "as what the step changes")) return nothing;
  if (kind == ClauseKind::raise_by && at_word("to")) {
    kind = ClauseKind::raise_to;
    next();
  } else if (kind == ClauseKind::raise_by || kind == ClauseKind::reduce) {
    if (!expect_word("by", "and a number")) return nothing;
  } else if (kind == ClauseKind::cap) {
    if (!expect_word("at", "and a number")) return nothing;
  }
  const ClauseId operation = begin(kind, at);
  if (kind != ClauseKind::restore) clause(operation).expr = sum();
  if (kind == ClauseKind::reduce && !panic_ && accept_word("of")) {
    expect_word("inherent", "after `of`");
    clause(operation).as<ReduceSyntax>().of_inherent = true;
  }
  finish(operation, at);
  return operation;
}

ClauseId PolicyReader::adjust() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::adjust, first);
  clause(id).name = name("the step's name");
  clause(id).head = span_from(first);
  if (!panic_) clause(id).text = text_literal("the step's reason", false);
  if (!panic_) {
    body(
        id, [this] { return adjust_clause(); }, "the adjustment");
  }
  finish(id, first);
  return id;
}

ClauseId PolicyReader::row(std::span<const std::string_view> results, bool absent_allowed) {
  const Token first = peek();
  const ClauseId id = begin(ClauseKind::row, first);
  if (absent_allowed && at_word("absent")) {
    next();
    clause(id).as<RowSyntax>().absent = true;
  } else if (at_symbol(",")) {
    error_expected("a row", "nothing stands between rows");
  } else if (at_word("else")) {
    error_expected("a row", "write `otherwise`");
  } else if (!accept_word("otherwise")) {
    clause(id).expr = expression();
  }
  if (!panic_) expect_symbol("->", "and what the row means");
  if (!panic_)
    clause(id).name = kind_word(
        results, absent_allowed
                     ? "behind `->` stands what the result means for the weakness: `-> failed`"
                     : "behind `->` stands what the status means for the countermeasure: "
                       "`-> implemented` where the work is done");
  finish(id, first);
  return id;
}

Name NameReader::tracker() { return kind_word(engine::tracker_names()); }

// In a scenario a statement may follow instead: the word that begins it is no name of a map.
Name NameReader::map_name() {
  const TokenKind next = peek().kind;
  const bool other = at_word("given") || at_word("expect") || at_word("case") ||
                     (next == TokenKind::name && is_reserved(text(peek())));
  const bool there =
      next == TokenKind::name || next == TokenKind::word || next == TokenKind::string;
  return there && !other ? name("the name of the status map") : Name{};
}

Name NameReader::source() { return kind_word(engine::source_names()); }

ClauseId PolicyReader::status_row() {
  static constexpr std::array<std::string_view, 4> states{"implemented", "required", "rejected",
                                                          "not-applicable"};
  return row(states, false);
}

ClauseId PolicyReader::status_map() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::status_map, first);
  clause(id).name = tracker();
  if (!panic_) clause(id).as<StatusMapSyntax>().map = map_name();
  clause(id).head = span_from(first);
  if (!panic_) {
    body(
        id, [this] { return status_row(); }, "the status map");
  }
  finish(id, first);
  return id;
}

// A row, or `stale after`.
ClauseId PolicyReader::evidence_clause() {
  const Token first = peek();
  if (!at_word("stale") || !at_word("after", 1)) {
    std::vector<std::string_view> names;
    for (const engine::Verdict each : engine::verdicts()) names.push_back(to_string(each));
    return row(names, true);
  }
  next();
  next();
  const ClauseId id = begin(ClauseKind::stale_after, first);
  clause(id).expr = sum();
  finish(id, first);
  return id;
}

ClauseId PolicyReader::evidence() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::evidence, first);
  clause(id).name = source();
  clause(id).head = span_from(first);
  if (!panic_) {
    body(
        id, [this] { return evidence_clause(); }, "the evidence block");
  }
  finish(id, first);
  return id;
}

ClauseId PolicyReader::ticket_clause() {
  const Token first = peek();
  const auto started = [&](ClauseKind kind) {
    next();
    return begin(kind, first);
  };
  const auto finished = [&](ClauseId id) {
    finish(id, first);
    return id;
  };
  const auto with = [&](ClauseId id) {
    if (!panic_ && peek().kind == TokenKind::string)
      error_expected("`with` and the note", "write `with \"…\"`");
    if (!panic_ && accept_word("with")) clause(id).text = text_literal("the note", true);
    return finished(id);
  };
  if (at_word("open") || at_word("close") || at_word("reopen")) {
    const ClauseKind kind = at_word("open")    ? ClauseKind::open
                            : at_word("close") ? ClauseKind::close
                                               : ClauseKind::reopen;
    const ClauseId id = started(kind);
    if (expect_word("when", "and a condition")) clause(id).expr = expression();
    return kind == ClauseKind::close ? with(id) : finished(id);
  }
  if (at_word("title") || at_word("body")) {
    const ClauseId id = started(at_word("title") ? ClauseKind::title : ClauseKind::body);
    clause(id).text = text_literal("a text", true);
    return finished(id);
  }
  if (at_word("labels")) {
    const ClauseId id = started(ClauseKind::labels);
    do {
      const TextId label = text_literal("a label in quotes", true);
      if (!panic_) clause(id).as<LabelsSyntax>().labels.push_back(label);
    } while (!panic_ && accept_symbol(","));
    if (!panic_ && peek().kind == TokenKind::string) error_expected("`,` between two labels");
    return finished(id);
  }
  if (at_word("priority")) {
    const ClauseId id = started(ClauseKind::priority);
    clause(id).expr = expression();
    return finished(id);
  }
  if (at_word("relate")) {
    const ClauseId id = started(ClauseKind::relate);
    if (expect_word("to", "after `relate`")) clause(id).name = name("the name of a ticket");
    if (!panic_ && accept_word("of"))
      clause(id).as<RelationSyntax>().list = name("`countermeasures` or `weaknesses`");
    return finished(id);
  }
  if (at_word("update")) {
    const ClauseId id = started(ClauseKind::update);
    if (expect_word("when", "after `update`")) clause(id).expr = sum();
    if (!panic_) expect_word("changes", "after the watched value");
    if (panic_) clause(id).expr = nothing;
    return with(id);
  }
  error_expected(
      "`open`, `title`, `body`, `labels`, `priority`, `relate`, `update`, `close` or `reopen` in a "
      "ticket",
      at_word("with") ? "only `close` and `update` have a note"
                      : near_word({"open", "title", "body", "labels", "priority", "relate",
                                   "update", "close", "reopen"}));
  return nothing;
}

ClauseId PolicyReader::ticket() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::ticket, first);
  clause(id).name = name("the ticket's name");
  clause(id).head = span_from(first);
  if (!panic_) expect_word("for", "and the kind of element");
  if (!panic_)
    clause(id).as<TicketSyntax>().kind = kind_word({"risk", "weakness", "countermeasure"});
  if (!panic_)
    body(
        id, [this] { return ticket_clause(); }, "the ticket");
  finish(id, first);
  return id;
}

}  // namespace riskd::dsl
