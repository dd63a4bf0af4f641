#include "dsl/analyse/conditions.hpp"

#include <utility>

#include "engine/base/limits.hpp"

namespace riskd::dsl {

Conditions::Conditions(const PolicyText& text, const engine::Program& made,
                       const Declarations& names)
    : policy(text),
      program(made),
      declared(names),
      space(made),
      never_asked(made.questions.size()) {
  std::vector<char> questions(program.questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i)
    questions[i] = policy.disabled(declared.questions[i].clause) ? 1 : 0;
  std::vector<char> lets(program.lets.size());
  for (std::size_t i = 0; i < lets.size(); ++i) {
    const engine::Let& let = program.lets[i];
    const Clause& written = policy.clause(declared.lets[i].clause);
    const bool changed =
        written.as<LetSyntax>().before_change != nothing && let.value != engine::no_node;
    const engine::Op op = changed ? program.nodes[let.value].op : engine::Op::let;
    lets[i] = op == engine::Op::constant || op == engine::Op::constant_text ? 1 : 0;
  }
  space.set_changed(std::move(questions), std::move(lets));
}

bool Conditions::may_ask() const { return too_large < limits::large_conditions; }

bool Conditions::gave_up() {
  if (space.too_large()) ++too_large;
  return space.too_large();
}

}  // namespace riskd::dsl
