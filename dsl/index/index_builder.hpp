// How an index of names is built; used by index*.cpp only.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>

#include "dsl/index/index.hpp"

namespace riskd::dsl {

class IndexBuilder {
 public:
  explicit IndexBuilder(const Compilation& policy) : policy_(policy), syntax_(policy.syntax) {}
  NameIndex build();

 private:
  using Place = std::pair<std::uint32_t, std::uint32_t>;
  static Place place(Span span) { return {span.file, span.begin}; }
  const Clause& clause(ClauseId id) const { return syntax_.clauses[id]; }
  std::string plain(TextId text) const {
    return text == nothing ? "" : syntax_.texts[text].plain();
  }

  // Declarations
  void define_library(std::uint32_t file);
  void define_declaration(const Clause& declared);
  void define_map(const Clause& declared);
  void define_children(const Clause& parent, std::uint32_t owner, const std::string& type);
  std::uint32_t define(NameKind kind, const Clause& declared, std::uint32_t owner = no_definition);
  void define_choices(const Clause& declared, std::uint32_t owner);
  std::string comment_above(const Clause& declared) const;

  // Uses
  void use_resolved();
  void use_headers();
  void use_changed(const Clause& change, std::uint32_t file);
  void use_map(const Name& map, const std::string& tracker, std::uint32_t file);
  void use(Span span, std::uint32_t definition);
  void use_name(const Name& name, std::uint32_t definition);
  void fill_types();
  std::uint32_t named(const Name& name, std::uint32_t file, std::initializer_list<NameKind> kinds,
                      const std::string& of = {},
                      const std::string* component_type = nullptr) const;

  // Scenarios
  void use_scenario(const Clause& scenario, std::uint32_t file);
  void use_statement(const Clause& statement, std::uint32_t file);
  void use_said(const Clause& statement, std::uint32_t file);
  void use_answers(const AnswersSyntax& said, std::uint32_t file);
  void use_answer(const Name& name, ExprId value, std::uint32_t file, const std::string& type);
  void use_steps(ExprId value, std::uint32_t value_of);
  void use_comparison(ExprId id, const std::string& kind, std::uint32_t file);

  const Compilation& policy_;
  const Syntax& syntax_;
  NameIndex index_;
  std::map<Place, std::uint32_t> by_place_;  // definitions
  std::map<std::string, std::vector<std::uint32_t>> by_name_;
  std::vector<std::string> library_of_file_;
  std::map<std::string, std::set<std::string>> imports_;
  std::map<std::string, std::string> component_types_;  // of the components of one scenario
  std::map<std::uint32_t, std::uint32_t> type_of_;      // TypeSyntax of a definition
};

}  // namespace riskd::dsl
