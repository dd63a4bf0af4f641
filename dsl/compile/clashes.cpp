// What several checks report alike: what is missing, declared twice or ambiguous.
#include <algorithm>

#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {

// Whether something there could not be read: that is told.
bool Compiler::unreadable(Span span) const {
  const auto& told = diagnostics_.list();
  return std::any_of(told.begin(), told.end(), [&](const Diagnostic& each) {
    return static_cast<int>(each.code) < 200 && each.span.file == span.file &&
           each.span.begin >= span.begin && each.span.begin < span.end;
  });
}

bool Compiler::unread(const Clause& clause) const {
  return clause.broken || unreadable(clause.span);
}

// A clause that is not there. What could not be read may have been it: then that is the one message.
void Compiler::missing(const Clause& clause, std::string message, std::string help) {
  if (unread(clause)) return;
  diagnostics_.add(Code::missing_clause, clause.head, std::move(message), std::move(help));
}

void Compiler::duplicate(const std::string& what, const Name& name, Span first) {
  declared_twice(name.span, first, what + " `" + name.text + "` is declared twice");
}

void Compiler::declared_twice(Span at, Span first, std::string message, std::string help) {
  const Library& library = library_at(at);
  const Library& other = library_at(first);
  std::string where = "first declared here";
  if (&library != &other) {
    // The one to mend is of the library that imports the other, or among the files that were given.
    const bool shipped = at.file >= given_files_ && first.file < given_files_;
    if (libraries_.imports(other, library) || shipped) std::swap(at, first);
    where = "declared in library `" + library_at(first).name + "`";
  }
  diagnostics_.add(Code::duplicate_name, at, std::move(message), std::move(help))
      .related.push_back({first, std::move(where)});
}

void Compiler::once_in_a_policy(Span at, Span first, std::string message,
                                const std::string& change) {
  const bool alone = &library_at(at) == &library_at(first);
  declared_twice(at, first, std::move(message),
                 alone            ? ""
                 : change.empty() ? "a policy has it once, whatever the library: leave this one out"
                                  : "replace the other: " + change);
}

bool Compiler::in_change(Span span) const {
  const std::vector<ClauseId>& declared = syntax_.files[span.file];
  return std::any_of(declared.begin(), declared.end(), [&](ClauseId id) {
    const Clause& each = clause(id);
    return (each.kind == ClauseKind::extend || each.kind == ClauseKind::override_) &&
           span.begin >= each.span.begin && span.end <= each.span.end && span.end > span.begin;
  });
}

Span Compiler::change_below(engine::NodeId first, Span span) const {
  using engine::Op;
  const Library& reader = library_at(span);
  std::vector<char> seen(program_.nodes.size());
  std::vector<engine::NodeId> open{first};
  while (!open.empty()) {
    const engine::NodeId id = open.back();
    open.pop_back();
    if (id == engine::no_node || seen[id] != 0) continue;
    seen[id] = 1;
    const engine::Node& node = program_.nodes[id];
    ExprId written = nothing;
    if (node.op == Op::let) {
      written = clause(let_clauses_[node.a]).expr;
      open.push_back(program_.lets[node.a].value);
    } else if (node.op == Op::question || node.op == Op::answered) {
      written = clause(question_clauses_[node.a]).expr;
      open.push_back(program_.questions[node.a].ask_when);
    }
    if (written != nothing) {
      const Span at = syntax_.exprs[written].span;
      if (in_change(at) && libraries_.imports(library_at(at), reader)) return at;
    }
    const auto kids = program_.kids_of(node);
    open.insert(open.end(), kids.begin(), kids.end());
  }
  return {};
}

void Compiler::former_taken(const Name& was, Span owner) {
  diagnostics_
      .add(Code::duplicate_name, was.span, "the former name `" + was.text + "` is taken",
           "`was` names what nothing is called any more")
      .related.push_back({owner, "by this"});
}

void Compiler::ambiguous(const Name& name,
                         const std::vector<std::pair<const Library*, Span>>& declared,
                         std::string help) {
  Diagnostic& shown = diagnostics_.add(Code::ambiguous_name, name.span,
                                       "`" + name.full() + "` is ambiguous", std::move(help));
  for (const auto& [library, span] : declared)
    shown.related.push_back({span, "declared in library `" + library->name + "`"});
}

}  // namespace riskd::dsl
