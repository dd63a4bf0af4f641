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

void lower_tickets(Lowering& lowering, Libraries& libraries) {
  each_declaration(
      lowering.policy.syntax, libraries, ClauseKind::ticket, [&](ClauseId id, Library& library) {
        const Clause& declared = lowering.policy.clause(id);
        for (const engine::TicketTemplate& other : lowering.program.tickets) {
          if (other.name == declared.name.text) {
            for (const Library& each : lowering.policy.libraries.all) {
              if (const auto known = each.tickets.find(other.name); known != each.tickets.end()) {
                return once_in_a_policy(lowering.policy, declared.name.span, known->second.second,
                                        "the ticket `" + declared.name.text + "` is declared twice",
                                        "`override ticket " + declared.name.text + " { … }`");
              }
            }
          }
        }
        library.tickets.emplace(
            declared.name.text,
            std::pair{static_cast<std::uint32_t>(lowering.program.tickets.size()),
                      declared.name.span});
        engine::TicketTemplate made;
        made.name = declared.name.text;
        made.place = lowering.policy.place(declared.head);
        for (const Kind kind : {Kind::risk, Kind::weakness, Kind::countermeasure}) {
          if (to_string(kind) == declared.more().kind_word.text) made.kind = kind;
        }
        lowering.program.tickets.push_back(std::move(made));
      });
  std::uint32_t index = 0;
  each_declaration(
      lowering.policy.syntax, libraries, ClauseKind::ticket, [&](ClauseId id, Library& library) {
        const Clause& declared = lowering.policy.clause(id);
        if (index >= lowering.program.tickets.size() ||
            lowering.program.tickets[index].name != declared.name.text)
          return;
        engine::TicketTemplate& made = lowering.program.tickets[index++];
        const Scope declaring = scope_of(made.kind, library);
        std::map<ClauseKind, Span> seen;
        for (const ClauseId child : declared.children) {
          const Clause& each = lowering.policy.clause(child);
          const Scope scope = declaring.from(lowering.policy.library_at(each.head));
          if (const auto [first, fresh] = seen.try_emplace(each.kind, each.head); !fresh) {
            lowering.policy
                .report(Code::repeated_clause, each.head, "this clause stands twice in the ticket")
                .related.push_back({first->second, "first here"});
            continue;
          }
          switch (each.kind) {
            case ClauseKind::open:
              made.open = lower_condition(lowering, each.expr, scope, "`open when`");
              break;
            case ClauseKind::title:
              made.title = lower_template(lowering, each.text, scope);
              break;
            case ClauseKind::body:
              made.body = lower_template(lowering, each.text, scope);
              break;
            case ClauseKind::labels:
              for (const TextId label : each.more().texts)
                made.labels.push_back(lower_template(lowering, label, scope));
              break;
            case ClauseKind::priority:
              made.priority =
                  lower_value(lowering, each.expr, scope, {Base::text, 0}, "`priority`");
              break;
            case ClauseKind::close:
              made.close = lower_condition(lowering, each.expr, scope, "`close when`");
              made.close_text = lower_template(lowering, each.text, scope);
              break;
            case ClauseKind::reopen:
              made.reopen = lower_condition(lowering, each.expr, scope, "`reopen when`");
              break;
            case ClauseKind::update: {
              if (each.expr != nothing)
                made.update_watch = lower_printed(lowering, each.expr, scope);
              made.update_text = lower_template(lowering, each.text, scope);
              break;
            }
            case ClauseKind::relate: {
              if (each.name.text.empty()) break;
              for (std::uint32_t other = 0; other < lowering.program.tickets.size(); ++other) {
                if (lowering.program.tickets[other].name == each.name.text) made.relate_to = other;
              }
              if (made.relate_to == no_index) {
                find_ticket(lowering.policy, lowering.program, each.name);
                break;
              }
              const Kind wanted = lowering.program.tickets[made.relate_to].kind;
              const auto no_ticket = [&](Span span, Kind has) {
                lowering.policy.report(Code::wrong_kind, span,
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
                lowering.policy.report(Code::unknown_name, each.more().name2.span,
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
          missing(lowering.policy, declared, "this ticket does not say when it opens",
                  "add `open when …`");
        }
        if (!seen.contains(ClauseKind::title)) {
          missing(lowering.policy, declared, "this ticket has no title", "add `title \"{title}\"`");
        }
      });
}

}  // namespace riskd::dsl
