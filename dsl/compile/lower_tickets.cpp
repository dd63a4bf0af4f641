#include "dsl/compile/lower_tickets.hpp"

#include <map>

#include "dsl/compile/builtins.hpp"
#include "dsl/compile/lookup.hpp"
#include "dsl/compile/lower_call.hpp"
#include "dsl/compile/lower_value.hpp"
#include "dsl/compile/reports.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Kind;
using engine::no_index;

namespace {

// Where the ticket of this name is declared; nothing where none is.
std::optional<Span> declared_at(const Libraries& libraries, const std::string& name) {
  for (const Library& each : libraries.all) {
    if (const auto known = each.tickets.find(name); known != each.tickets.end())
      return known->second.second;
  }
  return std::nullopt;
}

void declare_ticket(const PolicyText& policy, engine::Program& program, const Clause& declared,
                    Library& library) {
  if (const auto known = declared_at(policy.libraries, declared.name.text))
    return once_in_a_policy(policy, declared.name.span, *known,
                            "the ticket `" + declared.name.text + "` is declared twice",
                            "`override ticket " + declared.name.text + " { … }`");
  const auto index = static_cast<std::uint32_t>(program.tickets.size());
  library.tickets.emplace(declared.name.text, std::pair{index, declared.name.span});
  engine::TicketTemplate made;
  made.name = declared.name.text;
  made.place = policy.place(declared.head);
  for (const Kind kind : {Kind::risk, Kind::weakness, Kind::countermeasure}) {
    if (to_string(kind) == declared.as<TicketSyntax>().kind.text) made.kind = kind;
  }
  program.tickets.push_back(std::move(made));
}

// `relate to NAME`, or `relate to NAME of LIST`, in the ticket `made` of a `kind_word`.
void lower_relation(const PolicyText& policy, const engine::Program& program,
                    const Clause& relation, const std::string& kind_word, const Scope& scope,
                    engine::TicketTemplate& made) {
  if (relation.name.text.empty()) return;
  const auto other = find_ticket(policy, program, relation.name);
  if (!other) return;
  made.relate_to = *other;
  const Kind wanted = program.tickets[*other].kind;
  const auto no_ticket = [&](Span span, Kind has) {
    policy.report(Code::wrong_kind, span,
                  "`" + relation.name.text + "` is the ticket of a " +
                      std::string(to_string(wanted)) + ", and this is a " +
                      std::string(to_string(has)),
                  "say of which: `relate to " + relation.name.text + " of …`");
  };
  const Name& of = relation.as<RelationSyntax>().list;
  if (of.text.empty()) {
    if (wanted != made.kind) no_ticket(relation.name.span, made.kind);
    return;
  }
  const auto list = list_named(of, scope);
  if (!list) {
    policy.report(Code::unknown_name, of.span, "a " + kind_word + " has no list `" + of.text + "`");
    return;
  }
  for (const ListName& known : list_names()) {
    if (known.list == *list && known.item != wanted) no_ticket(of.span, known.item);
  }
  made.relate_list = *list;
}

void lower_ticket_clause(Lowering& lowering, const Clause& clause, const std::string& kind_word,
                         const Scope& scope, engine::TicketTemplate& made) {
  if (clause.kind == ClauseKind::open)
    made.open = lower_condition(lowering, clause.expr, scope, "`open when`");
  if (clause.kind == ClauseKind::title) made.title = lower_template(lowering, clause.text, scope);
  if (clause.kind == ClauseKind::body) made.body = lower_template(lowering, clause.text, scope);
  if (clause.kind == ClauseKind::labels) {
    for (const TextId label : clause.as<LabelsSyntax>().labels)
      made.labels.push_back(lower_template(lowering, label, scope));
  }
  if (clause.kind == ClauseKind::priority)
    made.priority = lower_value(lowering, clause.expr, scope, {Base::text, 0}, "`priority`");
  if (clause.kind == ClauseKind::close) {
    made.close = lower_condition(lowering, clause.expr, scope, "`close when`");
    made.close_text = lower_template(lowering, clause.text, scope);
  }
  if (clause.kind == ClauseKind::reopen)
    made.reopen = lower_condition(lowering, clause.expr, scope, "`reopen when`");
  if (clause.kind == ClauseKind::update) {
    if (clause.expr != nothing) made.update_watch = lower_printed(lowering, clause.expr, scope);
    made.update_text = lower_template(lowering, clause.text, scope);
  }
  if (clause.kind == ClauseKind::relate)
    lower_relation(lowering.policy, lowering.program, clause, kind_word, scope, made);
}

void lower_ticket(Lowering& lowering, const Clause& declared, const Library& library,
                  engine::TicketTemplate& made) {
  const PolicyText& policy = lowering.policy;
  const Scope declaring = scope_of(made.kind, library);
  std::map<ClauseKind, Span> seen;
  for (const ClauseId child : declared.children) {
    const Clause& each = policy.clause(child);
    if (const auto [first, fresh] = seen.try_emplace(each.kind, each.head); !fresh) {
      policy.report(Code::repeated_clause, each.head, "this clause stands twice in the ticket")
          .related.push_back({first->second, "first here"});
      continue;
    }
    lower_ticket_clause(lowering, each, declared.as<TicketSyntax>().kind.text,
                        declaring.from(policy.library_at(each.head)), made);
  }
  if (!seen.contains(ClauseKind::open))
    missing(policy, declared, "this ticket does not say when it opens", "add `open when …`");
  if (!seen.contains(ClauseKind::title))
    missing(policy, declared, "this ticket has no title", "add `title \"{title}\"`");
}

}  // namespace

void lower_tickets(Lowering& lowering, Libraries& libraries) {
  const PolicyText& policy = lowering.policy;
  engine::Program& program = lowering.program;
  each_declaration(policy.syntax, libraries, ClauseKind::ticket,
                   [&](ClauseId id, Library& library) {
                     declare_ticket(policy, program, policy.clause(id), library);
                   });
  std::uint32_t index = 0;
  each_declaration(policy, ClauseKind::ticket, [&](ClauseId id, const Library& library) {
    const Clause& declared = policy.clause(id);
    const bool entered =
        index < program.tickets.size() && program.tickets[index].name == declared.name.text;
    if (entered) lower_ticket(lowering, declared, library, program.tickets[index++]);
  });
}

}  // namespace riskd::dsl
