// Status maps, evidence and tickets.
#include <algorithm>
#include <map>

#include "dsl/compile/compiler.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Kind;
using engine::no_index;
using engine::no_node;
using engine::Type;

namespace {

// Of what is no closed list of words.
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

}  // namespace

engine::NodeId Compiler::row_condition(const Clause& row, const std::vector<RecordSlot>& slots) {
  Scope scope;
  scope.library = &policy_.library_at(row.span);
  scope.record = &slots;
  return condition(row.expr, scope, "a row");
}

void Compiler::lower_status_maps() {
  std::map<std::string, Span> known;
  each_declaration(policy_, ClauseKind::status_map, [&](ClauseId id, const Library&) {
    const Clause& declared = policy_.clause(id);
    engine::StatusMap map;
    map.tracker_kind = declared.name.text;
    map.name = declared.more().map.text;
    const std::string title = map.title();
    const Span at = map.name.empty() ? declared.name.span : declared.more().map.span;
    if (const auto [other, fresh] = known.emplace(title, at); !fresh) {
      if (&policy_.library_at(at) == &policy_.library_at(other->second))
        return declared_twice(
            policy_, at, other->second, "the status map `" + title + "` is declared twice",
            std::string("a second one needs ") + (map.name.empty() ? "a" : "another") +
                " name, and a tracker's settings say which they mean: `status-map " +
                map.tracker_kind + " NAME { … }`");
      return once_in_a_policy(policy_, at, other->second,
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
    std::vector<Row> rows;
    for (const ClauseId child : declared.children) {
      const Clause& row = policy_.clause(child);
      if (row.kind != ClauseKind::row || row.name.text.empty()) continue;
      engine::StatusRow made;
      made.place = policy_.place(row.span);
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
      missing(policy_, declared, "this status map is empty", "add a row: `otherwise -> required`");
    check_rows(rows);
    program_.status_maps.push_back(std::move(map));
  });
}

// What a row may ask of each source. Each closed list of words is an enumeration of the program.
void Compiler::declare_evidence_slots() {
  const auto type_of = [&](const engine::SourceField& field) {
    if (field.type != engine::FieldType::word) return plain_type(field.type);
    engine::EnumType words;
    words.name = std::string(field.name);
    words.ordered = field.ordered;
    for (const std::string_view word : field.words)
      words.steps.push_back({std::string(word), {}, static_cast<double>(words.steps.size())});
    program_.enums.push_back(std::move(words));
    return Type{Base::choice, static_cast<std::uint32_t>(program_.enums.size() - 1)};
  };
  for (const engine::TestSource& source : engine::test_sources()) {
    std::vector<RecordSlot>& slots = evidence_slots_[std::string(source.name)];
    for (std::uint32_t i = 0; i < source.fields.size(); ++i)
      slots.push_back({std::string(source.fields[i].name), i, type_of(source.fields[i])});
  }
}

void Compiler::lower_evidence() {
  declare_evidence_slots();
  std::map<std::string, Span> known;
  each_declaration(policy_, ClauseKind::evidence, [&](ClauseId id, const Library&) {
    const Clause& declared = policy_.clause(id);
    if (const auto other = known.find(declared.name.text); other != known.end()) {
      return once_in_a_policy(policy_, declared.name.span, other->second,
                              "the evidence of `" + declared.name.text + "` is declared twice",
                              "`override evidence " + declared.name.text + " { … }`");
    }
    known.emplace(declared.name.text, declared.name.span);
    const auto found = evidence_slots_.find(declared.name.text);
    if (found == evidence_slots_.end()) return;  // told by the parser
    const std::vector<RecordSlot>& slots = found->second;
    engine::Evidence evidence;
    evidence.source = declared.name.text;
    std::vector<Row> rows;
    for (const ClauseId child : declared.children) {
      const Clause& row = policy_.clause(child);
      if (row.kind == ClauseKind::stale_after) {
        Scope scope;
        scope.library = &policy_.library_at(row.span);
        scope.record = &slots;
        const engine::NodeId period =
            constant(row.expr, scope, {Base::duration, 0}, "`stale after`");
        if (period == no_node) continue;
        if (evidence.stale_after != 0)
          policy_.report(Code::repeated_clause, row.head, "a second `stale after`");
        evidence.stale_after = program_.nodes[period].number;
        if (evidence.stale_after <= 0)
          policy_.report(Code::out_of_range, row.span, "`stale after` needs a time longer than 0");
      }
      if (row.kind != ClauseKind::row || row.name.text.empty()) continue;
      engine::EvidenceRow made;
      made.place = policy_.place(row.span);
      made.absent = row.flag;
      made.when = row_condition(row, slots);
      if (row.expr != nothing && made.when == no_node) continue;
      for (const engine::Verdict each : engine::verdicts()) {
        if (to_string(each) == row.name.text) made.verdict = each;
      }
      rows.push_back({child, made.when});
      evidence.rows.push_back(made);
    }
    if (declared.children.empty())
      missing(policy_, declared, "this evidence is empty", "add a row: `otherwise -> ignored`");
    check_rows(rows);
    program_.evidence.push_back(std::move(evidence));
  });
}

void Compiler::lower_tickets() {
  each_declaration(
      policy_.syntax, libraries_, ClauseKind::ticket, [&](ClauseId id, Library& library) {
        const Clause& declared = policy_.clause(id);
        for (const engine::TicketTemplate& other : program_.tickets) {
          if (other.name == declared.name.text) {
            for (const Library& each : policy_.libraries.all) {
              if (const auto known = each.tickets.find(other.name); known != each.tickets.end()) {
                return once_in_a_policy(policy_, declared.name.span, known->second.second,
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
        made.place = policy_.place(declared.head);
        for (const Kind kind : {Kind::risk, Kind::weakness, Kind::countermeasure}) {
          if (to_string(kind) == declared.more().kind_word.text) made.kind = kind;
        }
        program_.tickets.push_back(std::move(made));
      });
  std::uint32_t index = 0;
  each_declaration(
      policy_.syntax, libraries_, ClauseKind::ticket, [&](ClauseId id, Library& library) {
        const Clause& declared = policy_.clause(id);
        if (index >= program_.tickets.size() || program_.tickets[index].name != declared.name.text)
          return;
        engine::TicketTemplate& made = program_.tickets[index++];
        const Scope declaring = scope_of(made.kind, library);
        std::map<ClauseKind, Span> seen;
        for (const ClauseId child : declared.children) {
          const Clause& each = policy_.clause(child);
          const Scope scope = declaring.from(policy_.library_at(each.head));
          if (const auto [first, fresh] = seen.try_emplace(each.kind, each.head); !fresh) {
            policy_
                .report(Code::repeated_clause, each.head, "this clause stands twice in the ticket")
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
                policy_.report(Code::wrong_kind, span,
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
                policy_.report(Code::unknown_name, each.more().name2.span,
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
          missing(policy_, declared, "this ticket does not say when it opens", "add `open when …`");
        }
        if (!seen.contains(ClauseKind::title)) {
          missing(policy_, declared, "this ticket has no title", "add `title \"{title}\"`");
        }
      });
}

}  // namespace riskd::dsl
