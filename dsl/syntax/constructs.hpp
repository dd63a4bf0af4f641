// What constructs have of their own, beside the name, texts and expressions that many have: a struct for
// each. A name that is not there, or could not be read, is empty.
#pragma once

#include <memory>
#include <variant>
#include <vector>

#include "dsl/syntax/name.hpp"
#include "dsl/syntax/statements.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

enum class ClauseKind : std::uint8_t;

struct ImportSyntax {  // `import core 1`
  double major = -1;   // -1: any version
};

struct FieldSyntax {  // `field product.owner "…" : text required default "…" was …`
  Name kind;          // product or component
  bool required = false;
  std::vector<Name> was;
};

struct QuestionnaireSyntax {  // `questionnaire web "…" for component of type T { … }`
  Name component_type;        // empty: of the product
};

struct QuestionSyntax {  // `question reach "…" : one-of { … } ask when … default … help "…" was …`
  ExprId default_value = nothing;
  std::vector<Name> was;
};

struct ComponentTypeSyntax {  // `component-type database "…" was …`
  std::vector<Name> was;
};

struct AttributesSyntax {  // `attribute risk { … }`
  Name kind;
};

struct LetSyntax {  // `let risk.reachable = …`
  Name kind;
  ExprId before_change = nothing;  // the expression that a change replaced
};

struct RatingSyntax {  // `rating risk.inherent = …`
  Name kind;
};

struct WeaknessSyntax {  // `weakness guessing CWE-307 "…" { … }`
  int cwe = 0;           // 0: none is said
  Span cwe_span;
};

struct CweMatchSyntax {  // `match cwe never`
  engine::CweMatch match = engine::CweMatch::descendants;
};

struct ChangeSyntax {  // `extend`, `override`, `disable`
  Name what;           // pattern, question, rating, status-map, …
  Name value_kind;     // of a rating or a derived value: risk, product, …
  Name map;            // the name of a status map; empty: the tracker's own
};

struct ChoiceSyntax {  // of an extended question
  std::vector<Name> was;
};

struct VisitSyntax {    // `for countermeasure when …`, `for component of type T`
  Name kind;            // of a step: risk, weakness or countermeasure
  Name component_type;  // of a pattern
};

struct ReduceSyntax {  // `reduce risk by 50% of inherent`
  bool of_inherent = false;
};

struct StatusMapSyntax {  // `status-map jira mobile { … }`
  Name map;               // its own name; empty: the tracker's own
};

struct RowSyntax {  // `severity is high -> failed`, `otherwise -> ignored`, `absent -> passed`
  bool absent = false;
};

struct TicketSyntax {  // `ticket implement for countermeasure { … }`
  Name kind;
};

struct LabelsSyntax {  // `labels "a", "b"`
  std::vector<TextId> labels;
};

struct RelationSyntax {  // `relate to NAME of LIST`
  Name list;             // empty: the ticket of the same element
};

// std::monostate: a construct that has nothing of its own.
using Construct =
    std::variant<std::monostate, ImportSyntax, FieldSyntax, QuestionnaireSyntax, QuestionSyntax,
                 ComponentTypeSyntax, AttributesSyntax, LetSyntax, RatingSyntax, WeaknessSyntax,
                 TestSyntax, CweMatchSyntax, ChangeSyntax, ChoiceSyntax, VisitSyntax, ReduceSyntax,
                 StatusMapSyntax, RowSyntax, TicketSyntax, LabelsSyntax, RelationSyntax, Statement>;

// What a clause of this kind has of its own, before it is read; null where it has nothing.
std::unique_ptr<Construct> new_construct(ClauseKind kind);

}  // namespace riskd::dsl
