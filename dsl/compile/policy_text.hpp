// The text of a policy while it is compiled: its files, their tree, the libraries that they make, and
// where a step tells what it finds. Every step of the compilation has one.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dsl/compile/names.hpp"
#include "dsl/compile/resolved.hpp"
#include "dsl/syntax/syntax.hpp"
#include "dsl/text/diagnostic.hpp"
#include "dsl/text/source.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// Refers to everything; what it refers to must outlive it. A step that declares names gets the libraries
// once more, to write to them.
struct PolicyText {
  const Sources& sources;
  std::size_t given_files;  // the first of the sources: those that can be mended
  const Syntax& syntax;
  const Libraries& libraries;
  Diagnostics& diagnostics;         // what is wrong
  std::vector<ResolvedName>& uses;  // which names were found, for the editor

  const Clause& clause(ClauseId id) const { return syntax.clauses[id]; }
  const Expr& expr(ExprId id) const { return syntax.exprs[id]; }
  // Without the expressions between braces; empty where there is no text.
  std::string plain(TextId text) const { return text == nothing ? "" : syntax.texts[text].plain(); }
  engine::Place place(Span span) const;

  // The library of the file; that file must have one.
  const Library& library_at(Span span) const { return libraries.all[libraries.of_file[span.file]]; }
  const Library& library_of(ClauseId id) const { return library_at(clause(id).head); }

  // Whether a change of another library disables it.
  bool disabled(ClauseId id) const { return clause(id).disabled_by != nothing; }
  // Whether it stands in an `extend` or `override`.
  bool in_change(Span span) const;
  // Whether something there could not be read: that is told.
  bool unreadable(Span span) const;
  bool unread(const Clause& whole) const;

  Diagnostic& report(Code code, Span span, std::string message, std::string help = {}) const {
    return diagnostics.add(code, span, std::move(message), std::move(help));
  }
  // That `name` stands for what is declared at `definition`. `of` is what the part before its dot stands
  // for, where that is no library: a question or a scale.
  void record_use(const Name& name, Span definition, Span of = {}) const;
};

// Calls `visit` with each declaration of this kind that has a name, and with its library, in the order
// of the files.
template <typename AnyLibraries, typename Visit>
void each_declaration(const Syntax& syntax, AnyLibraries& libraries, ClauseKind kind, Visit visit) {
  for (std::uint32_t file = 0; file < syntax.files.size(); ++file) {
    if (libraries.of_file[file] == engine::no_index) continue;
    auto& library = libraries.all[libraries.of_file[file]];
    for (const ClauseId id : syntax.files[file]) {
      if (syntax.clauses[id].kind == kind && !syntax.clauses[id].name.text.empty())
        visit(id, library);
    }
  }
}
template <typename Visit>
void each_declaration(const PolicyText& policy, ClauseKind kind, Visit visit) {
  each_declaration(policy.syntax, policy.libraries, kind, visit);
}

}  // namespace riskd::dsl
