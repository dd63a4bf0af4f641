#include "dsl/compile/resolved.hpp"

#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {

// `of` is the name before the dot where that is no library: a question's or a scale's.
void Compiler::record_use(const Name& name, Span definition, Span of) {
  const auto length = static_cast<std::uint32_t>(name.text.size());
  if (definition.begin == definition.end || name.span.end - name.span.begin < length) return;
  const Span& at = name.span;
  resolved_.uses.push_back({{at.file, at.end - length, at.end}, definition});
  if (name.qualifier.empty()) return;
  if (of.begin == of.end) {
    const Library* library = libraries_.find(name.qualifier);
    if (library == nullptr) return;
    of = library->span;
  }
  const auto qualifier = static_cast<std::uint32_t>(name.qualifier.size());
  resolved_.uses.push_back({{at.file, at.begin, at.begin + qualifier}, of});
}

void Compiler::record_step(const Name& name, engine::Type type, Span of) {
  const auto spans = step_spans_.find(type.of);
  if (spans == step_spans_.end()) return;
  const auto& steps = program_.enums[type.of].steps;
  for (std::size_t i = 0; i < steps.size() && i < spans->second.size(); ++i) {
    if (steps[i].name == name.text) return record_use(name, spans->second[i], of);
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
    resolved_.derived.push_back({clause(let_clauses_[i]).name.span, show(let.type), first});
  }
  return std::move(resolved_);
}

}  // namespace riskd::dsl
