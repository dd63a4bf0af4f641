#include "dsl/compile/reports.hpp"

#include <set>

#include "dsl/compile/declared_names.hpp"

namespace riskd::dsl {

void missing(const PolicyText& policy, const Clause& clause, std::string message,
             std::string help) {
  if (policy.unread(clause)) return;
  policy.report(Code::missing_clause, clause.head, std::move(message), std::move(help));
}

void duplicate(const PolicyText& policy, const std::string& what, const Name& name, Span first) {
  declared_twice(policy, name.span, first, what + " `" + name.text + "` is declared twice");
}

void declared_twice(const PolicyText& policy, Span at, Span first, std::string message,
                    std::string help) {
  const Library& library = policy.library_at(at);
  const Library& other = policy.library_at(first);
  std::string where = "first declared here";
  if (&library != &other) {
    // The one to mend is of the library that imports the other, or among the files that were given.
    const bool shipped = at.file >= policy.given_files && first.file < policy.given_files;
    if (policy.libraries.imports(other, library) || shipped) std::swap(at, first);
    where = "declared in library `" + policy.library_at(first).name + "`";
  }
  policy.report(Code::duplicate_name, at, std::move(message), std::move(help))
      .related.push_back({first, std::move(where)});
}

void once_in_a_policy(const PolicyText& policy, Span at, Span first, std::string message,
                      const std::string& change) {
  const bool alone = &policy.library_at(at) == &policy.library_at(first);
  declared_twice(policy, at, first, std::move(message),
                 alone            ? ""
                 : change.empty() ? "a policy has it once, whatever the library: leave this one out"
                                  : "replace the other: " + change);
}

void former_taken(const PolicyText& policy, const Name& was, Span owner) {
  policy
      .report(Code::duplicate_name, was.span, "the former name `" + was.text + "` is taken",
              "`was` names what nothing is called any more")
      .related.push_back({owner, "by this"});
}

void ambiguous(const PolicyText& policy, const Name& name,
               const std::vector<std::pair<const Library*, Span>>& declared, std::string help) {
  Diagnostic& shown = policy.report(Code::ambiguous_name, name.span,
                                    "`" + name.full() + "` is ambiguous", std::move(help));
  for (const auto& [library, span] : declared)
    shown.related.push_back({span, "declared in library `" + library->name + "`"});
}

// Those of the policy first: they need no file of their own.
std::string import_for(const PolicyText& policy, NameSpace of, const std::string& name,
                       const Library& from) {
  std::set<std::string> found;
  const DeclaredNames all = declared_names(policy.syntax);
  if (const auto known = all.find({of, name}); known != all.end()) found = known->second;
  std::erase_if(found, [&](const std::string& each) {
    return each.empty() || each == from.name || from.imports.contains(each);
  });
  if (found.empty() && policy.libraries.shipped_with) {
    for (const std::string& each : policy.libraries.shipped_with(of, name)) {
      if (each != from.name && !from.imports.contains(each)) found.insert(each);
    }
  }
  if (found.empty()) return {};
  const std::string first = found.contains("core") ? "core" : *found.begin();
  return "library `" + first + "` has it: `import " + first + "`";
}

}  // namespace riskd::dsl
