#include "dsl/compile/lower_records.hpp"

#include <map>

#include "dsl/compile/lower_value.hpp"
#include "dsl/compile/reports.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::no_node;
using engine::Type;

namespace {

// Of a type that is no closed list of words.
Type plain_type(engine::FieldType type) {
  switch (type) {
    case engine::FieldType::texts:
      return {Base::texts, 0};
    case engine::FieldType::number:
      return {Base::number, 0};
    case engine::FieldType::truth:
      return {Base::truth, 0};
    case engine::FieldType::text:
    case engine::FieldType::word:
      return {Base::text, 0};
  }
  return {Base::text, 0};
}

engine::NodeId row_condition(Lowering& lowering, const Clause& row,
                             const std::vector<RecordSlot>& slots) {
  Scope scope;
  scope.library = &lowering.policy.library_at(row.span);
  scope.record = &slots;
  return lower_condition(lowering, row.expr, scope, "a row");
}

}  // namespace

// What a row may ask of each source. Each closed list of words is an enumeration of the program.
EvidenceSlots declare_evidence_slots(engine::Program& program) {
  const auto type_of = [&](const engine::SourceField& field) {
    if (field.type != engine::FieldType::word) return plain_type(field.type);
    engine::EnumType words;
    words.name = std::string(field.name);
    words.ordered = field.ordered;
    for (const std::string_view word : field.words)
      words.steps.push_back({std::string(word), {}, static_cast<double>(words.steps.size())});
    program.enums.push_back(std::move(words));
    return Type{Base::choice, static_cast<std::uint32_t>(program.enums.size() - 1)};
  };
  EvidenceSlots all;
  for (const engine::TestSource& source : engine::test_sources()) {
    std::vector<RecordSlot>& slots = all[std::string(source.name)];
    for (std::uint32_t i = 0; i < source.fields.size(); ++i)
      slots.push_back({std::string(source.fields[i].name), i, type_of(source.fields[i])});
  }
  return all;
}

std::vector<Rows> lower_status_maps(Lowering& lowering) {
  std::vector<Rows> blocks;
  std::map<std::string, Span> known;
  each_declaration(lowering.policy, ClauseKind::status_map, [&](ClauseId id, const Library&) {
    const Clause& declared = lowering.policy.clause(id);
    engine::StatusMap map;
    map.tracker_kind = declared.name.text;
    map.name = declared.as<StatusMapSyntax>().map.text;
    const std::string title = map.title();
    const Span at = map.name.empty() ? declared.name.span : declared.as<StatusMapSyntax>().map.span;
    if (const auto [other, fresh] = known.emplace(title, at); !fresh) {
      if (&lowering.policy.library_at(at) == &lowering.policy.library_at(other->second))
        return declared_twice(
            lowering.policy, at, other->second, "the status map `" + title + "` is declared twice",
            std::string("a second one needs ") + (map.name.empty() ? "a" : "another") +
                " name, and a tracker's settings say which they mean: `status-map " +
                map.tracker_kind + " NAME { … }`");
      return once_in_a_policy(lowering.policy, at, other->second,
                              "the status map `" + title + "` is declared twice",
                              "`override status-map " + title + " { … }`; a second one has " +
                                  (map.name.empty() ? "a" : "another") + " name: `status-map " +
                                  map.tracker_kind + " NAME { … }`");
    }
    const engine::TrackerKind* kind = engine::tracker_kind(map.tracker_kind);
    if (kind == nullptr) return;  // told by the parser
    std::vector<RecordSlot> slots;
    for (const engine::StatusField& field : kind->fields)
      slots.push_back({std::string(field.name), static_cast<std::uint32_t>(field.slot),
                       plain_type(field.type)});
    Rows rows;
    for (const ClauseId child : declared.children) {
      const Clause& row = lowering.policy.clause(child);
      if (row.kind != ClauseKind::row || row.name.text.empty()) continue;
      engine::StatusRow made;
      made.place = lowering.policy.place(row.span);
      made.when = row_condition(lowering, row, slots);
      if (row.expr != nothing && made.when == no_node) continue;
      for (const engine::State state : {engine::State::required, engine::State::implemented,
                                        engine::State::rejected, engine::State::not_applicable}) {
        if (engine::to_string(state) == row.name.text) made.state = state;
      }
      rows.push_back({child, made.when});
      map.rows.push_back(made);
    }
    if (declared.children.empty())
      missing(lowering.policy, declared, "this status map is empty",
              "add a row: `otherwise -> required`");
    blocks.push_back(std::move(rows));
    lowering.program.status_maps.push_back(std::move(map));
  });
  return blocks;
}

std::vector<Rows> lower_evidence(Lowering& lowering, const EvidenceSlots& slots_of) {
  std::vector<Rows> blocks;
  std::map<std::string, Span> known;
  each_declaration(lowering.policy, ClauseKind::evidence, [&](ClauseId id, const Library&) {
    const Clause& declared = lowering.policy.clause(id);
    if (const auto other = known.find(declared.name.text); other != known.end()) {
      return once_in_a_policy(lowering.policy, declared.name.span, other->second,
                              "the evidence of `" + declared.name.text + "` is declared twice",
                              "`override evidence " + declared.name.text + " { … }`");
    }
    known.emplace(declared.name.text, declared.name.span);
    const auto found = slots_of.find(declared.name.text);
    if (found == slots_of.end()) return;  // told by the parser
    const std::vector<RecordSlot>& slots = found->second;
    engine::Evidence evidence;
    evidence.source = declared.name.text;
    Rows rows;
    for (const ClauseId child : declared.children) {
      const Clause& row = lowering.policy.clause(child);
      if (row.kind == ClauseKind::stale_after) {
        Scope scope;
        scope.library = &lowering.policy.library_at(row.span);
        scope.record = &slots;
        const engine::NodeId period =
            lower_constant(lowering, row.expr, scope, {Base::duration, 0}, "`stale after`");
        if (period == no_node) continue;
        if (evidence.stale_after != 0)
          lowering.policy.report(Code::repeated_clause, row.head, "a second `stale after`");
        evidence.stale_after = lowering.program.nodes[period].number;
        if (evidence.stale_after <= 0)
          lowering.policy.report(Code::out_of_range, row.span,
                                 "`stale after` needs a time longer than 0");
      }
      if (row.kind != ClauseKind::row || row.name.text.empty()) continue;
      engine::EvidenceRow made;
      made.place = lowering.policy.place(row.span);
      made.absent = row.as<RowSyntax>().absent;
      made.when = row_condition(lowering, row, slots);
      if (row.expr != nothing && made.when == no_node) continue;
      for (const engine::Verdict each : engine::verdicts()) {
        if (to_string(each) == row.name.text) made.verdict = each;
      }
      rows.push_back({child, made.when});
      evidence.rows.push_back(made);
    }
    if (declared.children.empty())
      missing(lowering.policy, declared, "this evidence is empty",
              "add a row: `otherwise -> ignored`");
    blocks.push_back(std::move(rows));
    lowering.program.evidence.push_back(std::move(evidence));
  });
  return blocks;
}

}  // namespace riskd::dsl
