// Patterns, risks, weaknesses, countermeasures, and an organisation's changes to them.
#include "dsl/syntax/parser.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::dsl {
ClauseId ClauseReader::named_expression(ClauseKind kind) {
  const Token first = next();
  const ClauseId id = begin(kind, first);
  clause(id).expr = expression();
  finish(id, first);
  return id;
}

ClauseId ModelReader::setting(std::string_view owner) {
  const Token first = peek();
  const ClauseId id = begin(ClauseKind::setting, first);
  if (at_symbol(",")) error_expected("a clause or an attribute", "nothing stands between them");
  clause(id).name = name("a clause or an attribute");
  clause(id).head = span_from(first);
  const std::string word = clause(id).name.text;
  const std::string home = home_of(word);
  if (!panic_ && (at_symbol("=") || at_symbol(":"))) {
    error_expected("the value of `" + word + "`",
                   "an attribute and its value stand side by side: `" + word + " high`");
  } else if (!panic_ && (at_symbol("}") || peek().kind == TokenKind::end)) {
    error_expected("the value of `" + word + "`", home);
  }
  if (!panic_) clause(id).expr = expression();
  const bool cwe = peek().kind == TokenKind::word && text(peek()).starts_with("CWE-");
  if (!panic_ && (at_symbol("{") || peek().kind == TokenKind::string || cwe)) {
    // An attribute has no body and no title: this is to be something else.
    panic_ = true;
    const std::string near =
        closest(word, {"when", "risk", "weakness", "countermeasure", "test", "match", "required",
                       "mitigates", "standard", "guide", "untested", "was", "for"});
    diagnostics_.add(Code::syntax, first.span,
                     "`" + word + "` is no clause of a " + std::string(owner),
                     !home.empty() || near.empty() ? home : "did you mean `" + near + "`?");
  }
  if (panic_) clause(id).name.text.clear();
  finish(id, first);
  return id;
}

ClauseId ModelReader::required() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::required, first);
  const bool condition =  // with which no clause begins, or none goes on
      (peek().kind == TokenKind::name && is_reserved(text(peek())) && !at_word("match")) ||
      (peek().kind == TokenKind::name && !at_word("required") &&
       (at_symbol("}", 1) || at_word("is", 1) || at_word("and", 1) || at_word("or", 1) ||
        at_word("in", 1) || at_word("includes", 1)));
  if (accept_word("when"))
    clause(id).expr = expression();
  else if (condition)
    error_expected("`when` and a condition, or nothing", "write `required when …`");
  finish(id, first);
  return id;
}

ClauseId ModelReader::test() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::test, first);
  clause(id).as<TestSyntax>() = named_test();
  finish(id, first);
  return id;
}

TestSyntax ModelReader::named_test() {
  TestSyntax test;
  test.source = name("the source of the test: " + engine::listed(engine::source_names()));
  if (!panic_) test.name = test_name();
  if (!panic_ && accept_word("by")) {
    const TextId tool = text_literal("the tool's name in quotes", false);
    if (!panic_) test.tool = tool;
  }
  return test;
}

// A text, a number, or a word without blanks: what a source calls its tests.
TextId ModelReader::test_name() {
  const Token& value = peek();
  if (value.kind == TokenKind::string) return text_literal("the test's name", false);
  if (value.kind == TokenKind::number || value.kind == TokenKind::word ||
      value.kind == TokenKind::name) {
    next();
    // ZAP's alert references are a number with a suffix: 10202-1.
    Text literal;
    literal.span = value.span;
    literal.parts.push_back({std::string(text(value)), nothing});
    if (value.kind == TokenKind::number && at_symbol("-") && !peek().blank_before &&
        peek(1).kind == TokenKind::number && !peek(1).blank_before) {
      next();
      literal.parts.back().text += "-" + std::string(text(next()));
    }
    // Nuclei's tests are a template and its matcher: tech-detect:nginx.
    if (at_symbol(":") && !peek().blank_before)
      error_expected("the end of the test's name", "with such signs it stands in quotes");
    syntax_.texts.push_back(std::move(literal));
    return static_cast<TextId>(syntax_.texts.size() - 1);
  }
  error_expected("the test's name or number",
                 at_symbol("*") || at_symbol("/") ? "with such signs it stands in quotes" : "");
  return nothing;
}

// A clause of a pattern, risk, weakness or countermeasure.
ClauseId ModelReader::element_clause(std::string_view owner) {
  const Token first = peek();
  if (at_word("was")) {
    next();
    const ClauseId id = begin(ClauseKind::was, first);
    clause(id).name = name("the former name");
    finish(id, first);
    return id;
  }
  if (owner == "pattern") {
    if (at_word("when")) return named_expression(ClauseKind::when);
    if (at_word("risk")) return risk();
    if (at_word("for")) {
      const ClauseId id = begin(ClauseKind::visit, first);
      clause(id).as<VisitSyntax>().component_type = component_type_clause();
      finish(id, first);
      return id;
    }
    std::string help = home_of(text(peek()));
    if (help.empty()) help = near_word({"when", "risk", "for", "was"});
    if (at_word("if")) help = "write `when`";
    error_expected("`when`, `risk` or `for component of type` in a pattern", help);
    return nothing;
  }
  if (owner == "risk" && at_word("weakness")) return weakness();
  if (owner == "risk" && at_word("countermeasure")) {
    error_expected("`weakness` or an attribute in a risk",
                   "a countermeasure stands in the weakness that it mends");
    return nothing;
  }
  if (owner == "weakness" && at_word("countermeasure")) return countermeasure();
  if (owner == "weakness" && at_word("match") && at_word("cwe", 1)) {
    next();
    next();
    const ClauseId id = begin(ClauseKind::match_cwe, first);
    if (kind_word({"descendants", "never"}).text == "never")
      clause(id).as<CweMatchSyntax>().match = engine::CweMatch::never;
    finish(id, first);
    return id;
  }
  if ((owner == "weakness" || owner == "countermeasure") && at_word("test")) return test();
  if (owner == "countermeasure") {
    if (at_word("required")) return required();
    if (at_word("mitigates")) return named_expression(ClauseKind::mitigates);
    if (at_word("untested")) {
      next();
      const ClauseId id = begin(ClauseKind::untested, first);
      clause(id).text = text_literal("the reason in quotes", false);
      finish(id, first);
      return id;
    }
    if (at_word("standard") || at_word("guide")) {
      const bool guide = at_word("guide");
      next();
      const ClauseId id = begin(guide ? ClauseKind::guide : ClauseKind::standard, first);
      clause(id).text = text_literal(guide ? "the guidance" : "the standard's id in quotes", false);
      finish(id, first);
      return id;
    }
  }
  if (at_word("match"))
    error_expected("a clause or an attribute",
                   owner == "weakness" ? "write `match cwe descendants` or `match cwe never`"
                                       : home_of("match"));
  return setting(owner);
}

ClauseId ModelReader::pattern() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::pattern, first);
  clause(id).name = name("the pattern's name");
  clause(id).head = span_from(first);
  if (!panic_) clause(id).title = text_literal("the pattern's title", false);
  if (!panic_)
    body(
        id, [this] { return element_clause("pattern"); }, "the pattern");
  finish(id, first);
  return id;
}

ClauseId ModelReader::risk() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::risk, first);
  clause(id).name = name("the risk's name");
  clause(id).head = span_from(first);
  if (!panic_) clause(id).title = text_literal("the risk's title", false);
  if (!panic_)
    body(
        id, [this] { return element_clause("risk"); }, "the risk");
  finish(id, first);
  return id;
}

ClauseId ModelReader::weakness() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::weakness, first);
  clause(id).name = reference("the weakness' name");
  clause(id).head = span_from(first);
  if (clause(id).name.text.empty()) panic_ = true;  // told
  const bool lower = peek().kind == TokenKind::name && text(peek()).starts_with("cwe-") &&
                     peek(1).kind == TokenKind::string && at_symbol("{", 2);
  if (!panic_ && (peek().kind == TokenKind::number || lower)) {
    error_expected("a CWE id such as `CWE-307` or the weakness' title");
  } else if (!panic_ && peek().kind == TokenKind::word) {
    const std::string_view external = text(peek());
    int number = 0;
    const bool digits = external.starts_with("CWE-") && external.size() > 4 &&
                        external.size() <= 10 &&
                        external.find_first_not_of("0123456789", 4) == std::string_view::npos;
    if (!digits) {
      error_expected("a CWE id such as `CWE-307` or the weakness' title");
    } else {
      for (const char c : external.substr(4)) number = number * 10 + (c - '0');
      if (number == 0)
        diagnostics_.add(Code::out_of_range, peek().span, "the ids of CWE begin at 1");
      clause(id).as<WeaknessSyntax>() = {number, peek().span};
      next();
    }
  }
  if (!panic_) clause(id).title = optional_text();
  if (!panic_ && peek().kind == TokenKind::string)
    error_expected("`{` or the next weakness", "there is one title; a CWE stands without quotes");
  if (panic_) clause(id).name.text.clear();
  if (!panic_ && at_symbol("{"))
    body(
        id, [this] { return element_clause("weakness"); }, "the weakness");
  finish(id, first);
  return id;
}

ClauseId ModelReader::countermeasure() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::countermeasure, first);
  clause(id).name = reference("the countermeasure's name");
  clause(id).head = span_from(first);
  if (!panic_) clause(id).title = optional_text();
  if (!panic_ && at_symbol("{")) {
    body(
        id, [this] { return element_clause("countermeasure"); }, "the countermeasure");
  }
  finish(id, first);
  return id;
}

// `override rating risk.inherent = E`, `override let web.risk.reach = E`; the words before it are read.
ClauseId Parser::changed_value(ClauseId id, const Token& first) {
  const Token at = peek();
  Name library;
  if (at_symbol(".", 1) && at_symbol(".", 3)) {
    library = name("the name of a library");
    next();
  }
  if (!panic_) {
    clause(id).as<ChangeSyntax>().value_kind =
        kind_word({"product", "component", "risk", "weakness", "countermeasure"});
  }
  if (!panic_) expect_symbol(".", "and a name");
  if (!panic_) clause(id).name = name("a name");
  if (!library.text.empty()) {
    clause(id).name.qualifier = library.text;
    clause(id).name.span = span_from(at);
  }
  clause(id).head = span_from(first);
  if (!panic_ && expect_symbol("=", "and the expression")) clause(id).expr = expression();
  finish(id, first);
  return id;
}

// An extended question has more choices, an overridden one other clauses.
ClauseId ModelReader::changed_question_clause(ClauseKind change) {
  const Token first = peek();
  if (change == ClauseKind::extend) {
    const ClauseId id = begin(ClauseKind::choice, first);
    Choice read = choice();
    clause(id).name = std::move(read.name);
    clause(id).title = read.title;
    clause(id).as<ChoiceSyntax>().was = std::move(read.was);
    finish(id, first);
    return id;
  }
  if (at_word("ask")) {
    next();
    const ClauseId id = begin(ClauseKind::ask_when, first);
    if (expect_word("when", "after `ask`")) clause(id).expr = expression();
    finish(id, first);
    return id;
  }
  if (at_word("default")) {
    next();
    const ClauseId id = begin(ClauseKind::default_value, first);
    clause(id).expr = default_value();
    finish(id, first);
    return id;
  }
  if (at_word("help")) {
    next();
    const ClauseId id = begin(ClauseKind::help, first);
    clause(id).text = text_literal("the help text", false);
    finish(id, first);
    return id;
  }
  error_expected("`ask when`, `default` or `help` of a question");
  return nothing;
}

ClauseId Parser::change(ClauseKind kind) {
  const Token first = next();
  const ClauseId id = begin(kind, first);
  const bool overrides = kind == ClauseKind::override_;
  clause(id).as<ChangeSyntax>().what =
      overrides ? kind_word({"pattern", "risk", "weakness", "countermeasure", "question", "let",
                             "adjust", "rating", "status-map", "evidence", "ticket"})
                : kind_word({"pattern", "risk", "weakness", "countermeasure", "question"});
  const std::string owner = clause(id).as<ChangeSyntax>().what.text;
  if (!panic_ && (owner == "rating" || owner == "let")) return changed_value(id, first);
  if (!panic_) {
    clause(id).name = owner == "status-map" ? tracker()
                      : owner == "evidence" ? source()
                                            : reference("the name of what is changed");
  }
  if (!panic_ && owner == "status-map") clause(id).as<ChangeSyntax>().map = map_name();
  clause(id).head = span_from(first);
  if (!panic_ && kind == ClauseKind::disable) {
    clause(id).text = text_literal("the reason", false);
  } else if (!panic_) {
    body(
        id,
        [this, owner, kind] {
          if (owner == "question") return changed_question_clause(kind);
          if (owner == "adjust") return adjust_clause();
          if (owner == "status-map") return status_row();
          if (owner == "evidence") return evidence_clause();
          return owner == "ticket" ? ticket_clause() : element_clause(owner);
        },
        "the change");
  }
  finish(id, first);
  return id;
}

}  // namespace riskd::dsl
