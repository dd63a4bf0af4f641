// Declarations beside the model and the scenarios: library, import, scales, fields, questions, lets.
#include "dsl/syntax/parser.hpp"

namespace riskd::dsl {

ClauseId Parser::declaration() {
  if (at_word("library")) return library();
  if (at_word("import")) return import();
  if (at_word("scale")) return scale(ClauseKind::scale);
  if (at_word("bands")) return scale(ClauseKind::bands);
  if (at_word("field")) return field();
  if (at_word("questionnaire")) return questionnaire();
  if (at_word("component-type")) return component_type();
  if (at_word("attribute")) return attributes();
  if (at_word("let")) return let(ClauseKind::let);
  if (at_word("rating")) return let(ClauseKind::rating);
  if (at_word("standard")) return standard_list();
  if (at_word("pattern")) return pattern();
  if (at_word("weakness")) return weakness();
  if (at_word("countermeasure")) return countermeasure();
  if (at_word("adjust")) return adjust();
  if (at_word("status-map")) return status_map();
  if (at_word("evidence")) return evidence();
  if (at_word("ticket")) return ticket();
  if (at_word("scenario")) return scenario();
  if (at_word("extend")) return change(ClauseKind::extend);
  if (at_word("override")) return change(ClauseKind::override_);
  if (at_word("disable")) return change(ClauseKind::disable);
  std::string help;
  if (at_word("question")) help = "a question stands in a `questionnaire`";
  if (at_word("risk")) help = "a risk stands in a `pattern`";
  if (at_word("given") || at_word("then") || at_word("expect") || at_word("case"))
    help = "`" + std::string(text(peek())) + "` stands in a `scenario`";
  if (help.empty()) help = usual_mistake();
  if (help.empty() && (peek().kind == TokenKind::name || peek().kind == TokenKind::word)) {
    const std::string near = closest(
        text(peek()),
        {"library",        "import",    "scale",      "bands",    "field",   "questionnaire",
         "component-type", "attribute", "let",        "rating",   "pattern", "weakness",
         "countermeasure", "adjust",    "status-map", "evidence", "ticket",  "scenario",
         "extend",         "override",  "disable",    "standard"});
    if (!near.empty()) help = "did you mean `" + near + "`?";
  }
  error_expected("a declaration (`pattern`, `questionnaire`, `let` …)", help);
  return nothing;
}

ClauseId DeclarationReader::library() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::library, first);
  clause(id).name = name("the library's name");
  if (!panic_) clause(id).title = text_literal("the library's title", false);
  if (!panic_ && accept_word("version"))
    clause(id).text = text_literal("a version such as \"1.0.0\"", false);
  finish(id, first);
  return id;
}

ClauseId DeclarationReader::import() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::import, first);
  // `import` and, on the next line, a declaration: its keyword is not the name that is missing.
  const bool declares = at_declaration() && peek(1).kind != TokenKind::number &&
                        peek(1).kind != TokenKind::end && !at_declaration(1);
  if (declares && line_of(peek()) > line_of(first)) {
    diagnostics_.add(Code::syntax, first.span,
                     "expected the name of a library, found the end of the line");
    finish(id, first);
    clause(id).broken = true;
    return id;
  }
  clause(id).name = name("the name of a library");
  if (!panic_ && peek().kind == TokenKind::string)
    error_expected("a major version", "it is a number: `import " + clause(id).name.text + " 1`");
  if (!panic_ && peek().kind == TokenKind::number) {
    const ExprId version = number_literal(false, false);
    clause(id).as<ImportSyntax>().major = syntax_.exprs[version].number;
  }
  finish(id, first);
  return id;
}

ClauseId DeclarationReader::scale(ClauseKind kind) {
  const Token first = next();
  const ClauseId id = begin(kind, first);
  clause(id).name = name(kind == ClauseKind::scale ? "the scale's name" : "the bands' name");
  if (!panic_) clause(id).title = optional_text();
  if (!panic_) expect_symbol("{", "and the steps");
  while (!panic_ && !at_symbol("}") && !at_end()) {
    const Token step_first = peek();
    const ClauseId step = begin(ClauseKind::step, step_first);
    clause(step).name = name("the name of a step");
    if (panic_) break;
    if (kind == ClauseKind::scale && !expect_symbol("=", "and the step's number")) break;
    const bool negative = accept_symbol("-");
    if (peek().kind != TokenKind::number && peek().kind != TokenKind::percent) {
      error_expected("the step's number");
      break;
    }
    clause(step).expr = number_literal(negative, false);
    accept_symbol(",");
    finish(step, step_first);
    clause(id).children.push_back(step);
  }
  if (!panic_) expect_symbol("}", "after the last step");
  finish(id, first);
  return id;
}

// A clause that may be given once.
void ClauseReader::once(const Token& at, bool given, const std::string& what) {
  if (given) diagnostics_.add(Code::repeated_clause, at.span, "a second " + what);
}

ClauseId DeclarationReader::field() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::field, first);
  clause(id).as<FieldSyntax>().kind = kind_word({"product", "component"});
  if (!panic_) expect_symbol(".", "and the field's name");
  if (!panic_) clause(id).name = name("the field's name");
  if (!panic_) clause(id).title = optional_text();
  if (!panic_) expect_symbol(":", "and the field's type");
  if (!panic_) clause(id).type = type();
  while (!panic_) {
    const Token at = peek();
    if (accept_word("required")) {
      once(at, clause(id).as<FieldSyntax>().required, "`required`");
      clause(id).as<FieldSyntax>().required = true;
    } else if (accept_word("default")) {
      once(at, clause(id).expr != nothing, "`default`");
      const ExprId standard = sum();
      clause(id).expr = standard;
    } else if (at_word("was")) {
      former_names(clause(id).as<FieldSyntax>().was);
    } else {
      break;
    }
  }
  finish(id, first);
  return id;
}

ClauseId DeclarationReader::questionnaire() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::questionnaire, first);
  clause(id).name = name("the questionnaire's name");
  clause(id).head = span_from(first);
  if (!panic_) clause(id).title = optional_text();
  if (!panic_ && at_word("for"))
    clause(id).as<QuestionnaireSyntax>().component_type = component_type_clause();
  if (!panic_) {
    body(
        id,
        [this] {
          if (at_word("question")) return question();
          std::string help = near_word({"question", "ask", "default", "help", "was"});
          if (at_word("required")) help = "only a field is `required`";
          error_expected("`question` in a questionnaire", help);
          return nothing;
        },
        "the questionnaire");
  }
  finish(id, first);
  return id;
}

ExprId ClauseReader::default_value() {
  if (!at_symbol("{")) return sum();
  const Token first = peek();
  std::vector<ExprId> items;
  if (at_symbol("}", 1)) {
    next(), next();
  } else {
    items = braced_list();
  }
  return make(ExprKind::in, first, std::move(items));
}

void NameReader::former_names(std::vector<Name>& names) {
  while (!panic_ && accept_word("was")) names.push_back(name("the former name"));
}

// `internet "Anyone" was world`
Choice ClauseReader::choice() {
  Choice choice;
  if (at_word("was"))
    error_expected("the name of a choice", "`was` follows the choice that had another name");
  choice.name = name("the name of a choice");
  if (!panic_) choice.title = optional_text();
  former_names(choice.was);
  accept_symbol(",");
  return choice;
}

ClauseId DeclarationReader::question() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::question, first);
  clause(id).name = name("the question's name");
  clause(id).head = span_from(first);
  if (!panic_) clause(id).title = text_literal("the question's text", false);
  if (!panic_) expect_symbol(":", "and the question's type");
  if (!panic_) clause(id).type = type();
  while (!panic_) {
    const Token at = peek();
    if (at_word("ask")) {
      next();
      if (!at_word("when")) error_expected("`when` after `ask`", "write `ask when …`");
      if (!accept_word("when")) break;
      once(at, clause(id).expr != nothing, "`ask when`");
      clause(id).expr = expression();
    } else if (accept_word("default")) {
      once(at, clause(id).as<QuestionSyntax>().default_value != nothing, "`default`");
      clause(id).as<QuestionSyntax>().default_value = default_value();
    } else if (accept_word("help")) {
      once(at, clause(id).text != nothing, "`help`");
      clause(id).text = text_literal("the help text", false);
    } else if (at_word("was")) {
      former_names(clause(id).as<QuestionSyntax>().was);
    } else {
      break;
    }
  }
  finish(id, first);
  return id;
}

ClauseId DeclarationReader::component_type() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::component_type, first);
  clause(id).name = name("the component type's name");
  clause(id).head = span_from(first);
  if (!panic_) clause(id).title = optional_text();
  if (!panic_ && at_word("was")) former_names(clause(id).as<ComponentTypeSyntax>().was);
  if (!panic_ && peek().kind == TokenKind::string && clause(id).title == nothing)
    error_expected("a declaration", "the title stands before `was`");
  finish(id, first);
  return id;
}

// `standard "ACME-SEC" "The handbook of ACME"`: a list that a `standard` of a countermeasure may cite.
ClauseId DeclarationReader::standard_list() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::standard_list, first);
  const Token named = peek();
  const TextId list = text_literal("the list's name in quotes", false);
  if (!panic_) {
    clause(id).name = {{}, syntax_.texts[list].plain(), named.span};
    clause(id).head = span_from(first);
    if (clause(id).name.text.empty())
      diagnostics_.add(Code::out_of_range, named.span, "the list has no name");
  }
  if (!panic_ && peek().kind != TokenKind::string && peek().kind != TokenKind::long_string)
    error_expected("the list's title",
                   "a `standard` at the top of a file declares a list: `standard "
                   "\"ACME-SEC\" \"…\"`; what cites one stands in a countermeasure");
  if (!panic_) clause(id).title = text_literal("the list's title", false);
  finish(id, first);
  return id;
}

ClauseId DeclarationReader::attributes() {
  const Token first = next();
  const ClauseId id = begin(ClauseKind::attributes, first);
  clause(id).as<AttributesSyntax>().kind = kind_word({"risk", "weakness", "countermeasure"});
  if (!panic_) {
    body(
        id,
        [this] {
          const Token at = peek();
          const ClauseId attribute = begin(ClauseKind::attribute, at);
          clause(attribute).name = name("the attribute's name");
          if (!panic_) expect_symbol(":", "and the attribute's type");
          if (!panic_) clause(attribute).type = type();
          if (!panic_ && expect_symbol("=", "and the attribute's default"))
            clause(attribute).expr = sum();
          if (!panic_) clause(attribute).title = optional_text();
          accept_symbol(",");
          finish(attribute, at);
          return attribute;
        },
        "the attributes");
  }
  finish(id, first);
  return id;
}

ClauseId DeclarationReader::let(ClauseKind kind) {
  const Token first = next();
  const ClauseId id = begin(kind, first);
  Name said = kind_word({"product", "component", "risk", "weakness", "countermeasure"});
  if (kind == ClauseKind::let)
    clause(id).as<LetSyntax>().kind = std::move(said);
  else
    clause(id).as<RatingSyntax>().kind = std::move(said);
  if (!panic_) expect_symbol(".", "and a name");
  if (!panic_) clause(id).name = name("a name");
  clause(id).head = span_from(first);
  if (!panic_ && expect_symbol("=", "and the expression")) clause(id).expr = expression();
  // What goes on behind it is told as such, and what stands before that has no type then.
  if (!panic_ && !at_end() && !at_declaration()) clause(id).expr = nothing;
  finish(id, first);
  return id;
}

}  // namespace riskd::dsl
