#include "dsl/compile/resolved.hpp"

#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {

void Compiler::record_step(const Name& name, engine::Type type, Span of) {
  const auto spans = step_spans_.find(type.of);
  if (spans == step_spans_.end()) return;
  const auto& steps = program_.enums[type.of].steps;
  for (std::size_t i = 0; i < steps.size() && i < spans->second.size(); ++i) {
    if (steps[i].name == name.text) return policy_.record_use(name, spans->second[i], of);
  }
}

ResolvedNames Compiler::take_names() {
  for (std::size_t i = 0; i < program_.lets.size(); ++i) {
    const engine::Let& let = program_.lets[i];
    if (let.value == engine::no_node) continue;
    const engine::Base base = let.type.base;
    const bool steps =
        base == engine::Base::choice || base == engine::Base::scale || base == engine::Base::set;
    const auto spans = steps ? step_spans_.find(let.type.of) : step_spans_.end();
    const Span first = spans == step_spans_.end() ? Span{} : spans->second.front();
    resolved_.derived.push_back(
        {policy_.clause(let_clauses_[i]).name.span, show(program_, let.type), first});
  }
  return std::move(resolved_);
}

}  // namespace riskd::dsl
