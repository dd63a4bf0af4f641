// Status maps, evidence and tickets.
#include <algorithm>
#include <map>

#include "dsl/compiler.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::EvidenceSlot;
using engine::Kind;
using engine::no_index;
using engine::no_node;
using engine::StatusSlot;
using engine::Type;

engine::NodeId Compiler::row_condition(const Clause& row, const std::vector<RecordSlot>& slots) {
  Scope scope;
  scope.library = &library_at(row.span);
  scope.record = &slots;
  return condition(row.expr, scope, "a row");
}

void Compiler::lower_status_maps() {
  std::map<std::string, Span> known;
  each_declaration(ClauseKind::status_map, [&](ClauseId id, Library&) {
    const Clause& declared = clause(id);
    engine::StatusMap map;
    map.tracker_kind = declared.name.text;
    map.name = declared.more().map.text;
    const std::string title = map.title();
    const Span at = map.name.empty() ? declared.name.span : declared.more().map.span;
    if (const auto [other, fresh] = known.emplace(title, at); !fresh) {
      return once_in_a_policy(at, other->second, "the status map `" + title + "` is declared twice",
                              "`override status-map " + title + " { … }`; a second one has " +
                                  (map.name.empty() ? "a" : "another") + " name: `status-map " +
                                  map.tracker_kind + " NAME { … }`");
    }
    const Type text{Base::text, 0};
    const Type texts{Base::texts, 0};
    const Type truth{Base::truth, 0};
    const auto slot = [](const char* name, StatusSlot which, Type type) {
      return RecordSlot{name, static_cast<std::uint32_t>(which), type};
    };
    std::vector<RecordSlot> slots;
    const std::string& kind = map.tracker_kind;
    if (kind == "jira" || kind == "redmine" || kind == "directory")
      slots.push_back(slot("status", StatusSlot::status, text));
    if (kind == "jira") slots.push_back(slot("resolution", StatusSlot::resolution, text));
    if (kind == "github" || kind == "gitlab")
      slots.push_back(slot("state", StatusSlot::state, text));
    if (kind == "github" || kind == "gitlab")
      slots.push_back(slot("reason", StatusSlot::reason, text));
    if (kind == "jira" || kind == "github" || kind == "gitlab")
      slots.push_back(slot("labels", StatusSlot::labels, texts));
    if (kind == "jira" || kind == "redmine")
      slots.push_back(slot("closed", StatusSlot::closed, truth));
    std::vector<Row> rows;
    for (const ClauseId child : declared.children) {
      const Clause& row = clause(child);
      if (row.kind != ClauseKind::row || row.name.text.empty()) continue;
      engine::StatusRow made;
      made.place = place(row.span);
      made.when = row_condition(row, slots);
      if (row.expr != nothing && made.when == no_node) continue;
      for (const engine::State state : {engine::State::required, engine::State::implemented,
                                        engine::State::rejected, engine::State::not_applicable}) {
        if (engine::to_string(state) == row.name.text) made.state = state;
      }
      rows.push_back({child, made.when});
      map.rows.push_back(made);
    }
    if (declared.children.empty())
      missing(declared, "this status map is empty", "add a row: `otherwise -> required`");
    check_rows(rows);
    program_.status_maps.push_back(std::move(map));
  });
}

void Compiler::lower_evidence() {
  const auto enumeration = [&](const char* name, bool ordered,
                               std::initializer_list<const char*> steps) {
    engine::EnumType type;
    type.name = name;
    type.ordered = ordered;
    for (const char* step : steps)
      type.steps.push_back({step, {}, static_cast<double>(type.steps.size())});
    program_.enums.push_back(std::move(type));
    return Type{Base::choice, static_cast<std::uint32_t>(program_.enums.size() - 1)};
  };
  const Type text{Base::text, 0};
  const Type texts{Base::texts, 0};
  const Type number{Base::number, 0};
  const Type truth{Base::truth, 0};
  const Type outcome = enumeration("outcome", false, {"passed", "failed", "skipped", "error"});
  const Type severity = enumeration("risk", true, {"informational", "low", "medium", "high"});
  const Type confidence =
      enumeration("confidence", true, {"false-positive", "low", "medium", "high", "confirmed"});
  const Type level = enumeration("level", true, {"none", "note", "warning", "error"});
  const Type kind = enumeration(
      "kind", false, {"not-applicable", "pass", "fail", "review", "open", "informational"});
  const Type priority = enumeration("severity", true, {"low", "medium", "high", "critical"});
  const Type wapiti_level =
      enumeration("level", true, {"info", "low", "medium", "high", "critical"});
  const std::map<std::string, std::vector<std::tuple<const char*, EvidenceSlot, Type>>> fields{
      {"junit",
       {{"outcome", EvidenceSlot::outcome, outcome},
        {"class", EvidenceSlot::test_class, text},
        {"name", EvidenceSlot::name, text},
        {"suite", EvidenceSlot::suite, text}}},
      {"cucumber",
       {{"outcome", EvidenceSlot::outcome, outcome},
        {"tags", EvidenceSlot::tags, texts},
        {"feature", EvidenceSlot::feature, text}}},
      {"zap",
       {{"risk", EvidenceSlot::risk, severity},
        {"confidence", EvidenceSlot::confidence, confidence},
        {"alert", EvidenceSlot::alert, text}}},
      {"fortify",
       {{"severity", EvidenceSlot::severity, priority},
        {"confidence", EvidenceSlot::confidence, number},
        {"category", EvidenceSlot::category, text},
        {"suppressed", EvidenceSlot::suppressed, truth}}},
      {"sarif",
       {{"level", EvidenceSlot::level, level},
        {"kind", EvidenceSlot::kind, kind},
        {"severity", EvidenceSlot::severity, priority},
        {"suppressed", EvidenceSlot::suppressed, truth},
        {"rule", EvidenceSlot::rule, text}}},
      {"wapiti",
       {{"level", EvidenceSlot::level, wapiti_level}, {"category", EvidenceSlot::category, text}}},
  };
  std::map<std::string, Span> known;
  each_declaration(ClauseKind::evidence, [&](ClauseId id, Library&) {
    const Clause& declared = clause(id);
    if (const auto other = known.find(declared.name.text); other != known.end()) {
      return once_in_a_policy(declared.name.span, other->second,
                              "the evidence of `" + declared.name.text + "` is declared twice",
                              "`override evidence " + declared.name.text + " { … }`");
    }
    known.emplace(declared.name.text, declared.name.span);
    std::vector<RecordSlot> slots{{"cwe", static_cast<std::uint32_t>(EvidenceSlot::cwe), texts}};
    for (const auto& [name, slot, type] : fields.at(declared.name.text)) {
      slots.push_back({name, static_cast<std::uint32_t>(slot), type});
    }
    evidence_slots_[declared.name.text] = slots;
    engine::Evidence evidence;
    evidence.source = declared.name.text;
    std::vector<Row> rows;
    for (const ClauseId child : declared.children) {
      const Clause& row = clause(child);
      if (row.kind == ClauseKind::stale_after) {
        Scope scope;
        scope.library = &library_at(row.span);
        scope.record = &slots;
        const engine::NodeId duration =
            constant(row.expr, scope, {Base::duration, 0}, "`stale after`");
        if (duration == no_node) continue;
        if (evidence.stale_after != 0)
          diagnostics_.add(Code::repeated_clause, row.head, "a second `stale after`");
        evidence.stale_after = program_.nodes[duration].number;
        if (evidence.stale_after <= 0)
          diagnostics_.add(Code::out_of_range, row.span,
                           "`stale after` needs a time longer than 0");
      }
      if (row.kind != ClauseKind::row || row.name.text.empty()) continue;
      engine::EvidenceRow made;
      made.place = place(row.span);
      made.absent = row.flag;
      made.when = row_condition(row, slots);
      if (row.expr != nothing && made.when == no_node) continue;
      made.verdict = row.name.text == "failed"   ? engine::Verdict::failed
                     : row.name.text == "passed" ? engine::Verdict::passed
                                                 : engine::Verdict::ignored;
      rows.push_back({child, made.when});
      evidence.rows.push_back(made);
    }
    if (declared.children.empty())
      missing(declared, "this evidence is empty", "add a row: `otherwise -> ignored`");
    check_rows(rows);
    program_.evidence.push_back(std::move(evidence));
  });
}

void Compiler::lower_tickets() {
  each_declaration(ClauseKind::ticket, [&](ClauseId id, Library& library) {
    const Clause& declared = clause(id);
    for (const engine::TicketTemplate& other : program_.tickets) {
      if (other.name == declared.name.text) {
        for (const Library& each : libraries_.all) {
          if (const auto known = each.tickets.find(other.name); known != each.tickets.end()) {
            return once_in_a_policy(declared.name.span, known->second.second,
                                    "the ticket `" + declared.name.text + "` is declared twice",
                                    "`override ticket " + declared.name.text + " { … }`");
          }
        }
      }
    }
    library.tickets.emplace(
        declared.name.text,
        std::pair{static_cast<std::uint32_t>(program_.tickets.size()), declared.name.span});
    engine::TicketTemplate made;
    made.name = declared.name.text;
    made.place = place(declared.head);
    for (const Kind kind : {Kind::risk, Kind::weakness, Kind::countermeasure}) {
      if (to_string(kind) == declared.more().kind_word.text) made.kind = kind;
    }
    program_.tickets.push_back(std::move(made));
  });
  std::uint32_t index = 0;
  each_declaration(ClauseKind::ticket, [&](ClauseId id, Library& library) {
    const Clause& declared = clause(id);
    if (index >= program_.tickets.size() || program_.tickets[index].name != declared.name.text)
      return;
    engine::TicketTemplate& made = program_.tickets[index++];
    const Scope declaring = scope_of(made.kind, library);
    std::map<ClauseKind, Span> seen;
    for (const ClauseId child : declared.children) {
      const Clause& each = clause(child);
      const Scope scope = scope_at(each.head, declaring);
      if (const auto [first, fresh] = seen.try_emplace(each.kind, each.head); !fresh) {
        diagnostics_.add(Code::repeated_clause, each.head, "this clause stands twice in the ticket")
            .related.push_back({first->second, "first here"});
        continue;
      }
      switch (each.kind) {
        case ClauseKind::open:
          made.open = condition(each.expr, scope, "`open when`");
          break;
        case ClauseKind::title:
          made.title = template_text(each.text, scope);
          break;
        case ClauseKind::body:
          made.body = template_text(each.text, scope);
          break;
        case ClauseKind::labels:
          for (const TextId label : each.more().texts)
            made.labels.push_back(template_text(label, scope));
          break;
        case ClauseKind::priority:
          made.priority = value_of(each.expr, scope, {Base::text, 0}, "`priority`");
          break;
        case ClauseKind::close:
          made.close = condition(each.expr, scope, "`close when`");
          made.close_text = template_text(each.text, scope);
          break;
        case ClauseKind::reopen:
          made.reopen = condition(each.expr, scope, "`reopen when`");
          break;
        case ClauseKind::update: {
          if (each.expr != nothing) made.update_watch = printed(each.expr, scope);
          made.update_text = template_text(each.text, scope);
          break;
        }
        case ClauseKind::relate: {
          if (each.name.text.empty()) break;
          for (std::uint32_t other = 0; other < program_.tickets.size(); ++other) {
            if (program_.tickets[other].name == each.name.text) made.relate_to = other;
          }
          if (made.relate_to == no_index) {
            ticket_named(each.name);
            break;
          }
          const Kind wanted = program_.tickets[made.relate_to].kind;
          const auto no_ticket = [&](Span span, Kind has) {
            diagnostics_.add(Code::wrong_kind, span,
                             "`" + each.name.text + "` is the ticket of a " +
                                 std::string(to_string(wanted)) + ", and this is a " +
                                 std::string(to_string(has)),
                             "say of which: `relate to " + each.name.text + " of …`");
          };
          if (each.more().name2.text.empty()) {
            if (wanted != made.kind) no_ticket(each.name.span, made.kind);
            break;
          }
          const auto list = list_named(each.more().name2, scope);
          for (const ListName& known : list_names()) {
            if (list && known.list == *list && known.item != wanted)
              no_ticket(each.more().name2.span, known.item);
          }
          if (!list) {
            diagnostics_.add(Code::unknown_name, each.more().name2.span,
                             "a " + declared.more().kind_word.text + " has no list `" +
                                 each.more().name2.text + "`");
            break;
          }
          made.relate_list = *list;
          break;
        }
        default:
          break;
      }
    }
    if (!seen.contains(ClauseKind::open)) {
      missing(declared, "this ticket does not say when it opens", "add `open when …`");
    }
    if (!seen.contains(ClauseKind::title)) {
      missing(declared, "this ticket has no title", "add `title \"{title}\"`");
    }
  });
}

}  // namespace riskd::dsl
