#include "dsl/compile/policy_text.hpp"

#include <algorithm>

namespace riskd::dsl {

engine::Place PolicyText::place(Span span) const {
  const LineColumn at = sources[span.file].locate(span.begin);
  return {span.file, at.line, at.column};
}

bool PolicyText::in_change(Span span) const {
  const std::vector<ClauseId>& declared = syntax.files[span.file];
  return std::any_of(declared.begin(), declared.end(), [&](ClauseId id) {
    const Clause& each = clause(id);
    return (each.kind == ClauseKind::extend || each.kind == ClauseKind::override_) &&
           span.begin >= each.span.begin && span.end <= each.span.end && span.end > span.begin;
  });
}

bool PolicyText::unreadable(Span span) const {
  const auto& told = diagnostics.list();
  return std::any_of(told.begin(), told.end(), [&](const Diagnostic& each) {
    return static_cast<int>(each.code) < 200 && each.span.file == span.file &&
           each.span.begin >= span.begin && each.span.begin < span.end;
  });
}

bool PolicyText::unread(const Clause& whole) const {
  return whole.broken || unreadable(whole.span);
}

void PolicyText::record_use(const Name& name, Span definition, Span of) const {
  const auto length = static_cast<std::uint32_t>(name.text.size());
  if (definition.begin == definition.end || name.span.end - name.span.begin < length) return;
  const Span& at = name.span;
  uses.push_back({{at.file, at.end - length, at.end}, definition});
  if (name.qualifier.empty()) return;
  if (of.begin == of.end) {
    const Library* library = libraries.find(name.qualifier);
    if (library == nullptr) return;
    of = library->span;
  }
  const auto qualifier = static_cast<std::uint32_t>(name.qualifier.size());
  uses.push_back({{at.file, at.begin, at.begin + qualifier}, of});
}

}  // namespace riskd::dsl
