#include "dsl/analyse/check_rows.hpp"

#include <algorithm>

#include "dsl/analyse/condition_reasons.hpp"

namespace riskd::dsl {

namespace {

// Of the rows of one block, which are read from the top: those that nothing matches, and those that the
// earlier ones leave nothing to.
void check_block(Conditions& conditions, const std::vector<Row>& rows) {
  constexpr const char* help = "move it up, or leave it out";
  enum class Fate : std::uint8_t { matches, never, hidden };
  const Where record{Where::Of::record, engine::no_index};
  std::vector<engine::NodeId> asked;
  for (const Row& row : rows) asked.push_back(row.when);
  std::vector<Fate> fates(rows.size());
  if (conditions.may_ask()) {
    conditions.space.start(record, asked);
    Diagram taken = nowhere;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (conditions.policy.clause(rows[i].clause).as<RowSyntax>().absent) continue;  // absent
      const Diagram matches =
          rows[i].when == engine::no_node ? everywhere : conditions.space.yes(rows[i].when);
      if (matches == nowhere) {
        fates[i] = Fate::never;
      } else if (conditions.space.diagrams().without(matches, taken) == nowhere) {
        fates[i] = Fate::hidden;
      }
      taken = conditions.space.diagrams().either(taken, matches);
    }
    if (conditions.gave_up()) fates.assign(rows.size(), Fate::matches);
  }
  const Clause* absent = nullptr;
  const Clause* otherwise = nullptr;
  std::vector<Part> earlier;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Clause& row = conditions.policy.clause(rows[i].clause);
    const bool is_absent = row.as<RowSyntax>().absent;
    const Clause*& whole = is_absent ? absent : otherwise;
    const bool is_whole = is_absent || row.expr == nothing;
    if (fates[i] == Fate::never) {
      report_condition(conditions, Code::never_true, row.span, "this row can never match", record,
                       parts_of(conditions, {row.expr, rows[i].when, true}, engine::Op::logic_and),
                       "leave it out");
    } else if (whole != nullptr) {
      conditions.policy
          .report(Code::hidden_row, row.span,
                  "this row can never match: an earlier one takes everything that it would", help)
          .related.push_back({whole->span, "this row takes it"});
    } else if (fates[i] == Fate::hidden) {
      std::vector<Part> parts;
      if (!is_whole) parts.push_back({row.expr, rows[i].when, true});
      parts.insert(parts.end(), earlier.begin(), earlier.end());
      const Contradiction reason = contradiction(conditions, parts, record);
      std::vector<Related> notes;
      const auto takers = std::count_if(reason.parts.begin(), reason.parts.end(),
                                        [](const Part& part) { return !part.holds; });
      for (const Part& part : reason.parts) {
        if (!part.holds)
          add_place(notes, conditions.policy.syntax.exprs[part.expr].span,
                    takers == 1 ? "this row takes it" : "this row takes a part of it");
      }
      conditions.policy
          .report(Code::hidden_row, row.span,
                  takers == 1
                      ? "this row can never match: an earlier one takes everything that it would"
                      : "this row can never match: earlier ones take everything that it would",
                  help)
          .related = std::move(notes);
    }
    if (is_whole && whole == nullptr) whole = &row;
    if (!is_whole) earlier.push_back({row.expr, rows[i].when, false});
  }
}

}  // namespace

void check_rows(Conditions& conditions, const std::vector<Rows>& blocks) {
  for (const Rows& rows : blocks) check_block(conditions, rows);
}

}  // namespace riskd::dsl
