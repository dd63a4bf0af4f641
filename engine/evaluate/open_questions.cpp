#include "engine/evaluate/open_questions.hpp"

#include <algorithm>

#include "engine/evaluate/aggregates.hpp"
#include "engine/evaluate/elements.hpp"
#include "engine/evaluate/questions.hpp"
#include "engine/evaluate/scopes.hpp"
#include "engine/evaluate/values.hpp"
#include "engine/program/node_read.hpp"

namespace riskd::engine {
namespace {

constexpr int deepest_wait = 1000, deepest_formula = 100;

std::string list_word(List list) {
  switch (list) {
    case List::product_components:
      return "components";
    case List::product_risks:
    case List::component_risks:
    case List::weakness_risks:
    case List::countermeasure_risks:
      return "risks";
    case List::risk_weaknesses:
    case List::countermeasure_weaknesses:
      return "weaknesses";
    case List::risk_countermeasures:
    case List::weakness_countermeasures:
      return "countermeasures";
    case List::product_undecided:
      return "undecided";
    case List::none:
      break;
  }
  return "";
}

void tidy(std::vector<std::string>& names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
}

}  // namespace

OpenQuestions::OpenQuestions(const Basis& basis, const Scopes& scopes, Questions& questions,
                             Values& values, Aggregates& aggregates)
    : program_(basis.program),
      scopes_(scopes),
      questions_(questions),
      values_(values),
      aggregates_(aggregates) {}

// Follows the parts of a formula that are not known, down to the questions and fields.
class OpenQuestions::Waiting {
 public:
  Waiting(OpenQuestions& of, std::vector<std::string>& out) : of_(of), out_(out) {}

  void visit(NodeId id, const Context& context, int depth = 0) {
    if (id == no_node || depth > deepest_wait) return;
    const Node& node = of_.program_.nodes[id];
    if (node.type.base != Base::text && !of_.values_.eval(id, context).is_unknown()) return;
    std::visit([&](const auto& read) { this->read(read, node, context, depth + 1); },
               read_of(node));
  }

 private:
  // A question that waits for another is not named: the other is.
  void read(const QuestionRead& of, const Node&, const Context& context, int depth) {
    const Question& definition = of_.program_.questions[of.question];
    ScopeInstance* const scope = of_.scopes_.of(definition, context);
    if (scope == nullptr) return;
    const Value is_asked = of_.questions_.asked(of.question, *scope);
    if (is_asked.is_unknown())
      visit(definition.ask_when, context_of(*scope), depth);
    else if (is_asked.is_true() && !of_.scopes_.answered(of.question, *scope))
      out_.push_back(scope->element(definition.id));
  }

  void read(const FieldRead& of, const Node&, const Context& context, int) {
    if (of.answered_only) return;
    const Field& definition = of_.program_.fields[of.field];
    const ScopeInstance* const scope = of_.scopes_.of(definition, context);
    if (scope != nullptr && of_.scopes_.given_field(definition, *scope) == nullptr)
      out_.push_back(field_id(definition, *scope));
  }

  void read(const LetRead& of, const Node&, const Context& context, int depth) {
    const Let& let = of_.program_.lets[of.let];
    visit(let.value, let.kind == Kind::product ? Context{} : context, depth);
  }

  void read(const RatingRead& of, const Node&, const Context& context, int depth) {
    const Rating& rating = of_.program_.ratings[of.rating];
    visit(rating.value, rating.kind == Kind::product ? Context{} : context, depth);
  }

  void read(const AttributeRead& of, const Node&, const Context& context, int depth) {
    const Kind kind = of_.program_.attributes[of.attribute].kind;
    const Instance* const element = instance_of(kind, context);
    if (element == nullptr) return;
    for (const Setting& setting : of_.values_.settings_of(kind, element->definition)) {
      if (setting.attribute == of.attribute)
        visit(setting.value, own_context(kind, context), depth);
    }
  }

  void read(const ListRead& of, const Node& node, const Context& context, int depth) {
    if (of.is_printed) return kids(node, context, depth);
    for (const Context& item : of_.aggregates_.items(of.list, context)) kids(node, item, depth);
  }

  void read(const BuiltinRead&, const Node& node, const Context& context, int depth) {
    kids(node, context, depth);
  }
  void read(const RecordRead&, const Node& node, const Context& context, int depth) {
    kids(node, context, depth);
  }
  void read(const DayRead&, const Node& node, const Context& context, int depth) {
    kids(node, context, depth);
  }
  void read(const Operation&, const Node& node, const Context& context, int depth) {
    kids(node, context, depth);
  }

  void kids(const Node& node, const Context& context, int depth) {
    for (const NodeId kid : of_.program_.kids_of(node)) visit(kid, context, depth);
  }

  OpenQuestions& of_;
  std::vector<std::string>& out_;
};

// Names what a formula is made of, answered or not.
class OpenQuestions::Made {
 public:
  Made(OpenQuestions& of, std::vector<std::string>& out) : of_(of), out_(out) {}

  void visit(NodeId id, const Context& context, int depth = 0) {
    if (id == no_node || depth > deepest_formula) return;
    const Node& node = of_.program_.nodes[id];
    std::visit([&](const auto& read) { this->read(read, node, context, depth + 1); },
               read_of(node));
  }

 private:
  void read(const QuestionRead& of, const Node&, const Context& context, int) {
    const Question& definition = of_.program_.questions[of.question];
    if (const ScopeInstance* scope = of_.scopes_.of(definition, context))
      out_.push_back(scope->element(definition.id));
  }
  void read(const FieldRead& of, const Node&, const Context& context, int) {
    const Field& definition = of_.program_.fields[of.field];
    if (const ScopeInstance* scope = of_.scopes_.of(definition, context))
      out_.push_back(field_id(definition, *scope));
  }
  void read(const LetRead& of, const Node&, const Context& context, int depth) {
    const Let& let = of_.program_.lets[of.let];
    visit(let.value, let.kind == Kind::product ? Context{} : context, depth);
  }
  void read(const RatingRead& of, const Node&, const Context& context, int depth) {
    visit(of_.program_.ratings[of.rating].value, context, depth);
  }
  void read(const ListRead& of, const Node& node, const Context& context, int depth) {
    if (of.is_printed) return kids(node, context, depth);
    out_.push_back(list_word(of.list));
    for (const Context& item : of_.aggregates_.items(of.list, context)) kids(node, item, depth);
  }
  void read(const AttributeRead&, const Node& node, const Context& context, int depth) {
    kids(node, context, depth);
  }
  void read(const BuiltinRead&, const Node& node, const Context& context, int depth) {
    kids(node, context, depth);
  }
  void read(const RecordRead&, const Node& node, const Context& context, int depth) {
    kids(node, context, depth);
  }
  void read(const DayRead&, const Node& node, const Context& context, int depth) {
    kids(node, context, depth);
  }
  void read(const Operation&, const Node& node, const Context& context, int depth) {
    kids(node, context, depth);
  }

  void kids(const Node& node, const Context& context, int depth) {
    for (const NodeId kid : of_.program_.kids_of(node)) visit(kid, context, depth);
  }

  OpenQuestions& of_;
  std::vector<std::string>& out_;
};

std::vector<std::string> OpenQuestions::behind(NodeId id, const Context& context) {
  std::vector<std::string> questions;
  Waiting(*this, questions).visit(id, context);
  // All is answered and it still cannot be computed, as 1 / 0 and the greatest of nothing.
  if (questions.empty()) Made(*this, questions).visit(id, context);
  if (questions.empty()) questions.emplace_back("a value that cannot be computed");
  tidy(questions);
  return questions;
}

}  // namespace riskd::engine
