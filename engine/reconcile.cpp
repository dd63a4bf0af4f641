#include "engine/reconcile.hpp"

#include <map>

#include "engine/apply.hpp"
#include "engine/evaluator.hpp"
#include "engine/limits.hpp"

namespace riskd::engine {

std::string_view to_string(EffectKind kind) {
  switch (kind) {
    case EffectKind::create:
      return "create";
    case EffectKind::close:
      return "close";
    case EffectKind::reopen:
      return "reopen";
    case EffectKind::comment:
      return "comment";
    case EffectKind::link:
      return "link";
  }
  return "";
}

std::string ticket_name(std::string_view ticket, std::string_view element) {
  std::string name = std::string(ticket) + "--" + std::string(element);
  for (std::size_t at = name.find('/'); at != std::string::npos; at = name.find('/'))
    name.replace(at, 1, "--");
  return name;
}

namespace {

class Reconciler {
 public:
  explicit Reconciler(Evaluator& evaluator)
      : program_(evaluator.program()), product_(evaluator.product()), evaluator_(evaluator) {}

  std::vector<Effect> run() {
    std::map<Kind, std::map<std::string, Context>> elements_by_kind;
    const auto elements_of = [&](Kind kind) -> const std::map<std::string, Context>& {
      const auto [found, fresh] = elements_by_kind.try_emplace(kind);
      if (fresh) {
        for (auto& [id, context] : evaluator_.elements_of(kind)) found->second.emplace(id, context);
      }
      return found->second;
    };
    for (const TicketRow& row : evaluator_.ticket_rows()) {
      if (row.definition == no_index) continue;
      const TicketTemplate& ticket = program_.tickets[row.definition];
      const auto& elements = elements_of(ticket.kind);
      const auto found = elements.find(row.element);
      const bool present = found != elements.end();
      const Context context = present ? found->second : Context{};
      if (!row.known) {
        if (row.desired == Desired::open && present) create(row, ticket, context);
        continue;
      }
      const auto known = evaluator_.known_ticket({row.ticket, row.element});
      if (known->newest->value.deleted) {
        // One that is gone from its tracker cannot be reopened: another takes its place.
        if (row.desired == Desired::open && present) create(row, ticket, context, since(*known));
        continue;
      }
      if (row.desired == Desired::closed && row.is_open)
        close(row, ticket, context, present, *known);
      if (row.desired == Desired::open && !row.is_open) reopen(row, ticket, context, *known);
      if (!present) {
        if (ticket.close == no_node && row.is_open) departed(row, *known);
        continue;
      }
      link(row, ticket, context);
      update(row, ticket, context, *known);
    }
    return std::move(effects_);
  }

 private:
  Effect base(const TicketRow& row, EffectKind kind, const std::string& purpose) const {
    Effect effect;
    effect.kind = kind;
    effect.product = product_.id;
    effect.ticket = row.ticket;
    effect.element = row.element;
    effect.name = ticket_name(row.ticket, row.element);
    effect.ticket_key = row.key;
    effect.cause = row.cause;
    effect.key = product_.id + "|" + row.ticket + "|" + row.element + "|" +
                 std::string(to_string(kind)) + (purpose.empty() ? "" : "|" + purpose);
    return effect;
  }

  // The moment since which the ticket is as it is: a later opening or closing is another effect.
  static std::string since(const KnownTicket& known) {
    return std::to_string(known.newest->from.seq);
  }

  void create(const TicketRow& row, const TicketTemplate& ticket, const Context& context,
              const std::string& purpose = {}) {
    Effect effect = base(row, EffectKind::create, purpose);
    effect.ticket_key.clear();
    effect.title = evaluator_.text(ticket.title, context);
    effect.body = evaluator_.text(ticket.body, context);
    for (const NodeId label : ticket.labels) {
      std::string text = to_plain(evaluator_.text(label, context));
      if (!text.empty()) effect.labels.push_back(std::move(text));
    }
    if (ticket.priority != no_node)
      effect.priority = to_plain(evaluator_.text(ticket.priority, context));
    // A new ticket has told what is watched.
    if (ticket.update_watch != no_node)
      effect.watched = to_plain(evaluator_.text(ticket.update_watch, context));
    effects_.push_back(std::move(effect));
  }

  void close(const TicketRow& row, const TicketTemplate& ticket, const Context& context,
             bool present, const KnownTicket& known) {
    Effect effect = base(row, EffectKind::close, since(known));
    effect.text = present ? evaluator_.text(ticket.close_text, context)
                          : RichText{{"No longer applies: " + cause_of_departure(row), false}};
    effects_.push_back(std::move(effect));
  }

  void reopen(const TicketRow& row, const TicketTemplate& ticket, const Context& context,
              const KnownTicket& known) {
    Effect effect = base(row, EffectKind::reopen, since(known));
    if (ticket.update_text != no_node) {
      effect.text = evaluator_.text(ticket.update_text, context);
      effect.watched = to_plain(evaluator_.text(ticket.update_watch, context));
    }
    effects_.push_back(std::move(effect));
  }

  void departed(const TicketRow& row, const KnownTicket& known) {
    if (known.facts->told_departed) return;
    Effect effect = base(row, EffectKind::comment, "departed");
    effect.departed = true;
    effect.text = {{"No longer applies: " + cause_of_departure(row), false}};
    effects_.push_back(std::move(effect));
  }

  std::string cause_of_departure(const TicketRow& row) const {
    const std::string bare = row.element.substr(
        row.element.find('/') == std::string::npos ? 0 : row.element.find('/') + 1);
    const bool declared = program_.countermeasure_by_id.contains(bare) ||
                          program_.weakness_by_id.contains(bare) ||
                          program_.risk_by_id.contains(bare);
    return declared ? "no pattern that applies to the product needs it any more"
                    : "the policy no longer has it";
  }

  void link(const TicketRow& row, const TicketTemplate& ticket, const Context& context) {
    if (ticket.relate_to == no_index || !row.is_open) return;
    const std::string& other = program_.tickets[ticket.relate_to].name;
    std::vector<std::string> elements;
    if (ticket.relate_list == List::none) {
      elements.push_back(row.element);
    } else {
      for (const Context& item : evaluator_.items(ticket.relate_list, context)) {
        switch (program_.tickets[ticket.relate_to].kind) {
          case Kind::countermeasure:
            if (item.countermeasure) elements.push_back(item.countermeasure->id);
            break;
          case Kind::weakness:
            if (item.weakness) elements.push_back(item.weakness->id);
            break;
          default:
            if (item.risk) elements.push_back(item.risk->id);
        }
      }
    }
    for (const std::string& element : elements) {
      const auto known = evaluator_.known_ticket({other, element});
      if (!known || known->newest->value.deleted || known->newest->value.tracker != row.tracker)
        continue;
      const auto own = product_.tickets.find({row.ticket, row.element});
      const std::string told = "link:" + other + ":" + element + "=" + known->newest->value.key;
      if (own->second.links.contains(told)) continue;
      Effect effect = base(row, EffectKind::link, other + "|" + element);
      effect.other_ticket = other;
      effect.other_element = element;
      effect.other_key = known->newest->value.key;
      effect.watched = told;
      effects_.push_back(std::move(effect));
    }
  }

  void update(const TicketRow& row, const TicketTemplate& ticket, const Context& context,
              const KnownTicket& known) {
    if (ticket.update_watch == no_node || ticket.update_text == no_node || !row.is_open ||
        row.desired != Desired::open)
      return;
    const std::string watched = to_plain(evaluator_.text(ticket.update_watch, context));
    // A value that has become empty is told by the closing, not by an update.
    if (watched.empty()) return;
    const std::string told = known.facts->told ? known.facts->told->value.watched : "";
    if (watched == told) return;
    Effect effect = base(row, EffectKind::comment, "update|" + watched);
    effect.watched = watched;
    effect.text = evaluator_.text(ticket.update_text, context);
    effects_.push_back(std::move(effect));
  }

  const Program& program_;
  const Product& product_;
  Evaluator& evaluator_;
  std::vector<Effect> effects_;
};

}  // namespace

std::vector<Effect> reconcile(const LiveProduct& product) {
  return Reconciler(product.evaluator()).run();
}

std::vector<Effect> reconcile(const Program& program, const Product& product, Instant now,
                              Trace* trace) {
  Evaluator evaluator(program, product, now, nullptr, trace);
  return Reconciler(evaluator).run();
}

}  // namespace riskd::engine
