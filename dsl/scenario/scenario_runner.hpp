// One scenario on its way; used by run_scenarios() only. What becomes of facts is in scenario_facts.cpp, expectations
// in scenario_expect.cpp, what a failure shows in scenario_explain.cpp.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dsl/compile/clause_index.hpp"
#include "dsl/scenario/scenario.hpp"
#include "dsl/scenario/statement_facts.hpp"
#include "engine/evaluate/reconcile.hpp"
#include "engine/explain/inspect.hpp"
#include "engine/update/apply.hpp"

namespace riskd::dsl {

class ScenarioRunner {
 public:
  ScenarioRunner(const Compilation& policy, const ClauseIndex& index, Instant now,
                 Reached& reached);

  // Runs the lines of `scenario` before its cases, and then those of `one_case` where there is one.
  ScenarioResult run(const Clause& scenario, const Clause* one_case);

 private:
  const Clause& clause(ClauseId id) const { return syntax_.clauses[id]; }
  const Expr& expr(ExprId id) const { return syntax_.exprs[id]; }
  std::string plain(TextId text) const {
    return text == nothing ? "" : syntax_.texts[text].plain();
  }
  std::string source(Span span) const;  // on one line, cut where it is long
  void fail(Span span, std::string message, std::vector<std::string> details = {});
  void statement(ClauseId id);

  // Facts
  void post(engine::FactBody body, Span span);
  void say(ClauseId id);  // moves the clock, or posts facts
  void settle();          // evaluates, where something was said since
  void write(const std::vector<engine::Effect>& effects);  // keeps the texts of what is written
  engine::Inspection& inspection();                        // of what settle() left
  void choose_tracker(engine::TicketFact& ticket) const;   // where it is, or would be opened

  // Expectations
  void expect(const ExpectedPatternSyntax& said, ClauseId id);
  void expect(const ExpectedTicketSyntax& said, ClauseId id);
  void expect(const ExpectedTextsSyntax& said, ClauseId id);
  void expect(const ExpectedValueSyntax& said, ClauseId id);
  // Whether the expression holds; nullopt: that cannot be told.
  std::optional<bool> holds(ExprId id, engine::Inspection& seen, engine::Subject subject) const;

  // What a failure shows
  struct Line {
    std::size_t depth = 0;
    std::string text, value;
  };
  using Lines = std::vector<Line>;
  std::optional<engine::NodeId> node_of(ExprId id) const;
  // The expression with its value, and below it its parts.
  void values(Lines& lines, std::size_t depth, const std::string& label, ExprId id,
              engine::Inspection& seen, engine::Subject subject) const;
  void parts(Lines& lines, std::size_t depth, ExprId id, engine::Inspection& seen,
             engine::Subject subject) const;
  void let_below(Lines& lines, std::size_t depth, const engine::Node& node,
                 engine::Inspection& seen, engine::Subject subject) const;
  // Says so where a change takes away what is declared there.
  bool disabled(Lines& lines, std::size_t depth, const Clause* declared) const;
  void pattern_values(Lines& lines, std::size_t depth, const std::string& element,
                      engine::Inspection& seen) const;
  void bringing_patterns(Lines& lines, const std::string& element, engine::Inspection& seen) const;
  void risk_values(Lines& lines, const std::string& element, engine::Inspection& seen) const;
  void weakness_values(Lines& lines, const std::string& element) const;
  void countermeasure_values(Lines& lines, const std::string& element,
                             engine::Inspection& seen) const;
  void missing_approval(Lines& lines) const;
  const Clause* declared_at(const engine::Place& place) const { return index_.at(place); }
  static std::vector<std::string> aligned(const Lines& lines);

  const Compilation& policy_;
  const ClauseIndex& index_;
  const Syntax& syntax_;
  const engine::Program& program_;
  Instant now_;
  Reached& reached_;
  struct {
    engine::Product facts;
    engine::Model model;  // as settle() left it
  } live_;
  std::uint64_t seq_ = 0;
  bool settled_ = false;
  std::unique_ptr<engine::Inspection> inspection_;
  std::set<std::string> applied_, opened_;
  // What riskd wrote into a ticket, by template and element: as it was opened, and the newest comment.
  struct WrittenTicket {
    std::string title, body, priority, comment;
    std::vector<std::string> labels;
  };
  std::map<std::pair<std::string, std::string>, WrittenTicket> written_;
  ScenarioResult result_;
  mutable std::set<std::pair<engine::NodeId, engine::Subject>> explained_;  // in this failure
};

}  // namespace riskd::dsl
