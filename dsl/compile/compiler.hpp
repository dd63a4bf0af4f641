// From syntax to program; used by compile.cpp only. The steps are member functions, in the order in
// which compile() calls them; each is in the file of its subject.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "dsl/compile/builtins.hpp"
#include "dsl/compile/compilation.hpp"
#include "dsl/compile/names.hpp"
#include "dsl/compile/nodes.hpp"
#include "dsl/compile/policy_text.hpp"
#include "dsl/compile/reports.hpp"
#include "dsl/compile/resolved.hpp"
#include "dsl/compile/scope.hpp"
#include "dsl/compile/value_types.hpp"
#include "dsl/conditions/condition_space.hpp"
#include "dsl/syntax/syntax.hpp"
#include "dsl/text/diagnostic.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

class Compiler {
 public:
  Compiler(const Sources& sources, const Syntax& syntax, Diagnostics& diagnostics,
           Libraries& libraries, std::size_t given_files);

  // Of each derived value that a change gave another expression the type that it had before, by its
  // clause. Asked of a compiler of its own, after declare_members(): it lowers what is replaced.
  using LetTypes = std::unordered_map<ClauseId, engine::Type>;
  LetTypes types_before_changes();
  void keep_types(LetTypes types) { kept_types_ = std::move(types); }  // the values must have them

  void declare_types();    // scales, bands, component types
  void declare_members();  // questions, fields, attributes, lets, ratings
  void declare_standards();
  void declare_elements();  // patterns, risks, weaknesses, countermeasures
  void lower_members();     // their expressions
  void lower_elements();
  void lower_adjusts();
  void lower_status_maps();
  void declare_evidence_slots();
  void lower_evidence();
  void lower_tickets();
  void check_cycles();
  void check_monotone();
  void check_conditions();
  void check_warnings();
  bool only_scenarios_unreadable() const;
  void check_scenarios();  // lowers their expectations too; last, since it adds nodes
  const engine::Program& program() const { return program_; }
  std::vector<Lowered> take_lowered();
  std::unordered_map<ClauseId, std::vector<std::string>> take_scenario_ids() {
    return std::move(scenario_ids_);
  }
  ResolvedNames take_names();  // call before take()
  engine::Program take() { return std::move(program_); }

 private:
  // What stands at `span` reads `node`. The expression of a derived value or an `ask when` below it that
  // a library changed which imports the one of `span`; empty: none.
  Span change_below(engine::NodeId node, Span span) const;
  void declare_former();  // of elements
  void declare_former_fields();
  void declare_former_types();

  // Types
  std::optional<engine::Type> type_of(const TypeSyntax& type, const Library& library,
                                      const std::string& owner);
  std::optional<engine::Type> declared_type(const Clause& declared, const Library& library);
  std::uint32_t component_type(const Name& name, const Library& library);
  void add_member(Library& library, const Name& name, Member member);
  void record_step(const Name& name, engine::Type type, Span of = {});

  // Expressions
  Typed lower(ExprId id, const Scope& scope, std::optional<engine::Type> expected = std::nullopt);
  Typed lower_kind(ExprId id, const Scope& scope, std::optional<engine::Type> expected);
  Typed lower_name(const Expr& expr, const Scope& scope, std::optional<engine::Type> expected,
                   bool quiet = false);
  Typed lower_member(const Member& member);
  // What a name may stand for: a value that a library declares, or a built-in one.
  struct Reading {
    Member member;
    const Library* library = nullptr;
    const BuiltinName* builtin = nullptr;
  };
  std::optional<Reading> reading_in(const Library& library, const Name& name, const Scope& scope,
                                    std::size_t kind) const;
  std::vector<Reading> readings_in(const Name& name, const Scope& scope, std::size_t begin,
                                   std::size_t end) const;
  std::vector<Reading> readings_of(const Name& name, const Scope& scope) const;
  Typed lower_step(const Name& name, engine::Type type);
  Typed lower_call(const Expr& expr, const Scope& scope, std::optional<engine::Type> expected);
  Typed lower_aggregate(const Expr& expr, engine::List list, const Scope& scope,
                        std::optional<engine::Type> expected);
  Typed lower_comparison(const Expr& expr, const Scope& scope);
  bool is_decided(const Expr& expr, const Typed& a, const Typed& b, const Scope& scope);
  void check_types_asked(const Expr& expr, const std::vector<engine::NodeId>& parts);
  Typed lower_membership(const Expr& expr, const Scope& scope);
  Typed lower_includes(const Expr& expr, const Scope& scope);
  Typed lower_matches(const Expr& expr, const Scope& scope);
  Typed lower_arithmetic(const Expr& expr, const Scope& scope);
  Typed lower_choose(const Expr& expr, const Scope& scope, std::optional<engine::Type> expected);
  Typed lower_match(const Expr& expr, const Scope& scope, std::optional<engine::Type> expected);
  Typed lower_answered(const Expr& expr, const Scope& scope);
  std::optional<std::pair<Typed, Typed>> lower_pair(ExprId left, ExprId right, const Scope& scope);
  engine::NodeId compare(engine::Op op, const Typed& a, const Typed& b, bool any_case);
  engine::NodeId condition(ExprId id, const Scope& scope, const std::string& what);
  engine::NodeId value_of(ExprId id, const Scope& scope, engine::Type type,
                          const std::string& what);
  engine::NodeId constant(ExprId id, const Scope& scope, engine::Type type,
                          const std::string& what);
  engine::NodeId fit(const Typed& value, engine::Type type, Span span, const std::string& what);
  bool check_range(ExprId id, double most, const std::string& what);
  bool refuse_share(ExprId id, engine::NodeId amount, const std::string& what);
  bool one_or_list(ExprId id, engine::Type type, const std::string& what);
  engine::NodeId template_text(TextId id, const Scope& scope);
  engine::NodeId printed(ExprId id, const Scope& scope);
  std::vector<std::string> names_in(const Scope& scope) const;
  std::string why_not_there(const Name& name, const Scope& scope) const;
  std::string what_it_is(const Name& name, const Scope& scope) const;
  void unknown_name(const Expr& expr, const Scope& scope, std::optional<engine::Type> expected);
  Typed not_logic(const Typed& value);

  // Members
  Typed let_value(std::uint32_t index);
  void circular_let(std::uint32_t index);
  // What an element that is declared in `outer` sees; kept, since most see the same.
  const Scope& scope_within(engine::Kind kind, const Scope& outer);

  // Warnings
  void warn_of_attributes();
  void warn_of_hidden_values();
  void warn_of_cwes();
  void warn_of_standards();
  void warn_of_missing_evidence();
  using Titles = std::map<std::pair<const Library*, std::string>, Span>;
  void warn_of_scenario(ClauseId id, Titles& titles);

  // Elements
  using SharedScope = std::shared_ptr<const Scope>;
  struct Definition {
    ClauseId clause = nothing;
    SharedScope scope;    // one for all that a pattern declares
    bool shared = false;  // declared at top level
    bool used = false;
  };
  void make_room_for_elements();
  void check_cwe(const Clause& weakness);
  void declare_element(ElementKind kind, ClauseId id, Library& library, const SharedScope& scope);
  void declare_children(ClauseId id, Library& library, const SharedScope& scope);
  void declare_child(ClauseId id, Library& library, const SharedScope& scope);
  void lower_pattern(std::uint32_t index);
  void lower_risk(std::uint32_t index, const Scope& scope);
  void lower_weakness(std::uint32_t index);
  void lower_countermeasure(std::uint32_t index);
  void lower_untested(std::uint32_t countermeasure);
  void lower_use(ClauseId id, std::uint32_t weakness, const Scope& scope);
  void lower_setting(const Clause& clause, engine::Kind kind, const Scope& scope,
                     std::vector<engine::Setting>& out);
  std::string why_not_set(const Name& name, engine::Kind kind) const;
  void lower_test(const Clause& clause, std::vector<engine::TestBinding>& out);
  std::optional<std::uint32_t> find_element(ElementKind kind, const Name& name,
                                            const std::string& help);
  bool reads_component(engine::NodeId node, std::vector<char>& seen) const;
  void check_scope(engine::NodeId node, const Scope& defined, const Scope& used, Span span,
                   const std::string& what);

  // Rows
  engine::NodeId row_condition(const Clause& row, const std::vector<RecordSlot>& slots);
  struct Row {
    ClauseId clause = nothing;
    engine::NodeId when = engine::no_node;  // no_node: otherwise, or `absent`
  };
  void check_rows(const std::vector<Row>& rows);
  void order_adjusts(const std::vector<std::pair<std::uint32_t, ClauseId>>& found);
  void unordered_steps(const std::vector<std::pair<std::uint32_t, ClauseId>>& found,
                       std::size_t first, std::size_t second);

  class Circles;  // of check_cycles()

  // Conditions
  struct Judged {
    ExprId expr = nothing;
    engine::NodeId node = engine::no_node;
    Where where;
    std::string never, always;  // what that means: "the pattern `web.p` can never apply"
    std::string help;           // where it is always true
  };
  enum class Verdict : std::uint8_t { never, always, either };
  struct Part {  // of a condition: that it is true, or that it is false
    ExprId expr = nothing;
    engine::NodeId node = engine::no_node;
    bool holds = true;
  };
  struct Contradiction {
    std::vector<Part> parts;
    std::vector<std::uint32_t> questions;  // whose `ask when` is needed too
    bool complete = false;                 // false: too large, nothing was found
  };
  struct Monotone {
    bool decided = false;  // false: something in it is beyond the analysis
    bool found = false;    // a change for the better that moves the rating the wrong way
    std::string
        example;  // "it acts while `tested is failed`, and no longer once `tested is passed`"
  };
  unsigned way_of(engine::NodeId node, std::map<engine::NodeId, unsigned>& known) const;
  bool reads_current(engine::NodeId node) const;
  Span fault_of(const Clause& declared, const engine::Adjust& step) const;
  std::string shown_input(const Input& input, const Case& one) const;
  Monotone decide_monotone(engine::NodeId when, bool lowers);
  ConditionSpace& space();
  bool gave_up();  // whether what was just asked is too large
  Verdict judge(const Judged& judged);
  ExprId pattern_condition(std::size_t pattern) const;
  void check_requirements(const std::vector<char>& pattern_applies);
  void check_requirement(ExprId expr, engine::NodeId node, const std::string& countermeasure,
                         const std::vector<std::uint32_t>& patterns);
  std::string source(ExprId expr) const;
  std::vector<Part> parts_of(const Part& whole, engine::Op op) const;
  Contradiction contradiction(const std::vector<Part>& parts, Where where);
  std::string sentence(const Contradiction& reason, bool is_never) const;
  void note(std::vector<Related>& notes, Span span, std::string message) const;
  void notes_of(const Contradiction& reason, Where where, bool is_never, Span primary,
                std::vector<Related>& notes, std::size_t depth);
  void say(Code code, Span span, const std::string& subject, Where where,
           const std::vector<Part>& parts, std::string help);

  // Scenarios
  struct Scenario {
    const Library* library = nullptr;
    std::map<std::string, std::uint32_t> components;  // those that it has so far, with their types
    std::set<std::string> untyped;                    // those of a type that is none
    bool complete = true;                             // every line so far could be read
  };
  void check_statement(ClauseId id, Scenario& scenario);
  void check_status(const Clause& fact);
  void check_map(const Name& map, const std::string& tracker);
  void check_answers(ClauseId id, Scenario& scenario);
  void check_answer(const Name& asked, ExprId value, engine::Type type, const Library& library);
  void check_decision(ClauseId id, Scenario& scenario);
  void check_result(ClauseId id, Scenario& scenario);
  void check_expectation(ClauseId id, Scenario& scenario);
  std::optional<std::uint32_t> component_named(const Name& name, const Scenario& scenario);
  std::optional<std::uint32_t> ticket_named(const Name& name);
  // The element that a statement names, in the component that it names, of `type`.
  void name_element(ClauseId id, ElementKind kind, const Name& name, const Name& component,
                    std::optional<std::uint32_t> type);
  void check_place(ClauseId id, ElementKind kind, std::uint32_t index, const Name& name,
                   const Name& component, std::uint32_t type);
  void find_places();
  std::string element_id(ElementKind kind, std::uint32_t index) const;

  ResolvedNames resolved_;
  Libraries& libraries_;
  const PolicyText policy_;
  engine::Program program_;
  NodeBuilder nodes_;

  // Beside the program's tables, by the same indices.
  std::vector<ClauseId> question_clauses_, field_clauses_, attribute_clauses_, let_clauses_,
      rating_clauses_;
  std::vector<const Library*> let_libraries_, question_libraries_, rating_libraries_,
      attribute_libraries_;
  enum class LetMark : std::uint8_t { fresh, open, done };
  std::vector<LetMark> let_marks_;
  std::vector<std::uint32_t> let_path_;
  bool before_changes_ = false;  // derived values are what they were before a change
  LetTypes kept_types_;
  std::set<std::string> untyped_;  // names whose declaration has a wrong type: told there
  std::map<std::tuple<engine::Kind, const Library*, std::uint32_t, bool>, Scope> element_scopes_;
  std::vector<Definition> patterns_, risks_, weaknesses_, countermeasures_;
  std::vector<engine::Use> defaults_;  // of each countermeasure: mitigates and required
  std::vector<ExprId> default_conditions_, use_conditions_;  // their `required when`
  std::vector<ClauseId> use_clauses_, step_clauses_;         // of program_.uses, program_.adjusts
  std::vector<Span> bands_span_;
  std::map<std::string, Span> standard_lists_;  // that the policy declares
  bool rated_twice_ = false;                    // `risk.inherent` or `product.rating`: told
  std::vector<Lowered> lowered_;
  std::unordered_map<ClauseId, std::vector<std::string>> scenario_ids_;
  // The types of component whose patterns bring it; no_index is the product. Empty where a change
  // disables something, which may have brought it.
  std::vector<std::set<std::uint32_t>> weakness_places_, countermeasure_places_;
  std::map<std::string, std::vector<RecordSlot>> evidence_slots_;  // by source

  std::map<std::uint32_t, std::vector<Span>> step_spans_;  // of each type that the policy declares

  std::unique_ptr<ConditionSpace> space_;  // made when first asked for: it waits for other checks
  std::size_t large_conditions_ = 0;       // that were too large
  std::vector<char> never_asked_;          // questions already reported as never asked
  std::vector<char> never_applies_;        // patterns already reported as never applying
  std::set<ExprId> never_required_;        // conditions already reported as never true
};

}  // namespace riskd::dsl
