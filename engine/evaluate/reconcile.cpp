#include "engine/evaluate/reconcile.hpp"

#include <algorithm>
#include <map>

#include "engine/base/limits.hpp"
#include "engine/evaluate/evaluator.hpp"

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
  explicit Reconciler(Evaluator& evaluator, std::vector<TicketNote>* notes = nullptr)
      : program_(evaluator.program()),
        product_(evaluator.product()),
        evaluator_(evaluator),
        notes_(notes) {}

  std::vector<Effect> run() {
    std::map<Kind, std::map<std::string, Context>> elements_by_kind;
    const auto elements_of = [&](Kind kind) -> const std::map<std::string, Context>& {
      const auto [found, fresh] = elements_by_kind.try_emplace(kind);
      if (fresh) {
        for (auto& [id, context] : evaluator_.elements.of_kind(kind))
          found->second.emplace(id, context);
      }
      return found->second;
    };
    for (const TicketRow& row : evaluator_.wanted_tickets.rows()) {
      note(row);
      if (row.definition == no_index) {
        const auto known = evaluator_.known_tickets.find({row.ticket, row.element});
        if (row.is_open) departed(row, *known);
        continue;
      }
      const TicketTemplate& ticket = program_.tickets[row.definition];
      const auto& elements = elements_of(ticket.kind);
      const auto found = elements.find(row.element);
      const bool present = found != elements.end();
      const Context context = present ? found->second : Context{};
      if (!row.known) {
        if (row.desired == Desired::open && present) create(row, ticket, context);
        continue;
      }
      const auto known = evaluator_.known_tickets.find({row.ticket, row.element});
      if (known->newest->value.deleted) {
        // One that is gone from its tracker cannot be reopened: another takes its place.
        if (row.desired == Desired::open && present)
          create(row, ticket, context, since(*known), reason_to_open(row, *known, context));
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
  void note(const TicketRow& row) {
    if (notes_ == nullptr || !row.known || (!row.disputed && row.is_read)) return;
    notes_->push_back({row.ticket, row.element, row.tracker, row.disputed,
                       row.is_read ? "" : shown_status(row.status, row.how)});
  }

  Effect base(const TicketRow& row, EffectKind kind, const std::string& purpose) const {
    Effect effect;
    effect.kind = kind;
    effect.product = product_.id;
    effect.ticket = row.ticket;
    effect.element = row.element;
    effect.name = ticket_name(row.ticket, row.element);
    effect.ticket_key = row.key;
    effect.tracker = row.tracker;
    effect.seen = row.status;
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
              const std::string& purpose = {}, const RichText& reason = {}) {
    Effect effect = base(row, EffectKind::create, purpose);
    effect.ticket_key.clear();
    effect.tracker.clear();
    effect.seen.clear();
    effect.title = evaluator_.texts.of(ticket.title, context);
    effect.body = evaluator_.texts.of(ticket.body, context);
    if (!reason.empty()) {
      if (!effect.body.empty()) effect.body.push_back({"\n\n", false});
      effect.body.insert(effect.body.end(), reason.begin(), reason.end());
    }
    for (const NodeId label : ticket.labels) {
      std::string text = to_plain(evaluator_.texts.of(label, context));
      if (!text.empty()) effect.labels.push_back(std::move(text));
    }
    if (ticket.priority != no_node)
      effect.priority = to_plain(evaluator_.texts.of(ticket.priority, context));
    // A new ticket has told what is watched.
    if (ticket.update_watch != no_node) effect.watched = watched(ticket, context);
    effects_.push_back(std::move(effect));
  }

  // What is compared with what was told last: all of a list, however much of it a text shows.
  std::string watched(const TicketTemplate& ticket, const Context& context) const {
    const Type type = program_.nodes[ticket.update_watch].type;
    if (type.base != Base::texts)
      return to_plain(evaluator_.texts.of(ticket.update_watch, context));
    std::string all;
    for (const std::string& each : evaluator_.texts.list(ticket.update_watch, context))
      all += (all.empty() ? "" : ", ") + each;
    return all;
  }

  void close(const TicketRow& row, const TicketTemplate& ticket, const Context& context,
             bool present, const KnownTicket& known) {
    Effect effect = base(row, EffectKind::close, since(known));
    if (present) effect.text = evaluator_.texts.of(ticket.close_text, context);
    // A closing always says why.
    if (!present) effect.text = {{"No longer applies: " + cause_of_departure(row), false}};
    if (to_plain(effect.text).empty()) effect.text = {{"No longer needed.", false}};
    effects_.push_back(std::move(effect));
  }

  void reopen(const TicketRow& row, const TicketTemplate& ticket, const Context& context,
              const KnownTicket& known) {
    Effect effect = base(row, EffectKind::reopen, since(known));
    RichText update;
    if (ticket.update_text != no_node) {
      update = evaluator_.texts.of(ticket.update_text, context);
      effect.watched = watched(ticket, context);
    }
    // A test that fails is what the template tells of, if it tells anything.
    const bool is_told = newer_failure(known, context) != nullptr && !to_plain(update).empty();
    if (!is_told) effect.text = reason_to_open(row, known, context);
    if (!effect.text.empty() && !update.empty()) effect.text.push_back({" ", false});
    effect.text.insert(effect.text.end(), update.begin(), update.end());
    effects_.push_back(std::move(effect));
  }

  // Why a ticket that was closed is opened again, for those who work on it.
  RichText reason_to_open(const TicketRow& row, const KnownTicket& known,
                          const Context& context) const {
    if (known.is_deleted()) {
      return {{"The ticket for this before, ", false},
              {sanitize_outside(row.key, limits::outside_text_bytes), true},
              {", is gone from the tracker, and the work is still to be done.", false}};
    }
    if (known.closing == nullptr) return {{"Opened again: this is needed again.", false}};
    if (const BoundResult* failed = newer_failure(known, context)) {
      return {{"Opened again: ", false},
              {sanitize_outside(failed->id(), limits::outside_text_bytes), true},
              {" fails.", false}};
    }
    if (const auto* decided = decision_to_open(known, context)) return told_decision(*decided);
    return {
        {"Opened again: it was closed as \"", false},
        {sanitize_outside(shown_status(row.status, row.how), limits::outside_text_bytes), true},
        {"\", which says nothing of the work, and the work is still wanted. Close it as done or "
         "as refused; closed otherwise once more, it stays closed and counts as disputed.",
         false}};
  }

  static RichText told_decision(const Stamped<DecisionFact>& decided) {
    RichText text{{"Opened again: the security team decided `" +
                       std::string(to_string(decided.value.state)) + "`",
                   false}};
    const auto add = [&](const char* before, const std::string& outside) {
      if (outside.empty()) return;
      text.push_back({before, false});
      text.push_back({sanitize_outside(outside, limits::outside_text_bytes), true});
    };
    add(", ", decided.from.poster);
    add(": ", decided.value.reason);
    return text;
  }

  // The newest failure since a person closed the ticket; null where there is none.
  static const BoundResult* newer_failure(const KnownTicket& known, const Context& context) {
    if (known.closing == nullptr) return nullptr;
    const BoundResult* failed = nullptr;
    const auto look = [&](const Results& results) {
      const BoundResult* newest = deciding(results, Tested::failed);
      if (newest == nullptr || !is_older(known.closing->from, newest->from())) return;
      if (failed == nullptr || failed->at < newest->at) failed = newest;
    };
    if (context.countermeasure != nullptr) {
      look(context.countermeasure->results);
    } else if (context.weakness != nullptr) {
      look(context.weakness->results);
    } else if (context.risk != nullptr) {
      for (const WeaknessInstance* weakness : weaknesses_of(*context.risk)) look(weakness->results);
    }
    return failed;
  }

  // The decision because of which a ticket that a person closed is opened: a newer one, or that the work is
  // not done.
  static const Stamped<DecisionFact>* decision_to_open(const KnownTicket& known,
                                                       const Context& context) {
    const Instance* element = context.countermeasure;
    if (element == nullptr) element = context.weakness;
    if (element == nullptr) element = context.risk;
    if (element == nullptr || element->decided == nullptr) return nullptr;
    const Stamped<DecisionFact>* found = nullptr;
    for (const DecisionEntry* each : element->decided->all) {
      const auto& held = each->second;
      const bool opens = is_older(known.closing->from, held.from) ||
                         held.value.state == DecisionState::not_implemented;
      if (opens && (found == nullptr || is_older(found->from, held.from))) found = &held;
    }
    return found;
  }

  void departed(const TicketRow& row, const KnownTicket& known) {
    if (known.facts->told_departed) return;
    Effect effect = base(row, EffectKind::comment, "departed");
    effect.departed = true;
    effect.text = {{"No longer applies: " + cause_of_departure(row), false}};
    effects_.push_back(std::move(effect));
  }

  std::string cause_of_departure(const TicketRow& row) const {
    if (product_.removed.value) return "the product was removed";
    if (row.definition == no_index) return "the policy makes no such tickets any more";
    const std::string bare = row.element.substr(
        row.element.find('/') == std::string::npos ? 0 : row.element.find('/') + 1);
    const bool declared = program_.by_id.countermeasures.contains(bare) ||
                          program_.by_id.weaknesses.contains(bare) ||
                          program_.by_id.risks.contains(bare);
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
      for (const Context& item : evaluator_.aggregates.items(ticket.relate_list, context)) {
        const Instance* element = instance_of(program_.tickets[ticket.relate_to].kind, item);
        if (element != nullptr) elements.push_back(element->id);
      }
    }
    for (const std::string& element : elements) {
      const auto known = evaluator_.known_tickets.find({other, element});
      if (!known || known->newest->value.deleted || known->newest->value.tracker != row.tracker)
        continue;
      const auto own = evaluator_.known_tickets.find({row.ticket, row.element});
      const std::string name = "link:" + other + ":";
      const std::string key = "=" + known->newest->value.key;
      const std::string told = name + element + key;
      // The element may have had another id when the link was made.
      const auto& links = own->facts->links;
      if (std::any_of(links.begin(), links.end(), [&](const std::string& each) {
            return each.starts_with(name) && each.ends_with(key);
          }))
        continue;
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
    const std::string now = watched(ticket, context);
    // A value that has become empty is told by the closing, not by an update.
    if (now.empty()) return;
    const auto& told = known.facts->told;
    if (told && told->value.watched == now) return;
    // What was told before it is part of the key: a value that comes back is told again.
    const std::string after = std::to_string(told ? told->from.seq : 0);
    Effect effect = base(row, EffectKind::comment, "update|" + after + "|" + now);
    effect.watched = now;
    effect.text = evaluator_.texts.of(ticket.update_text, context);
    effects_.push_back(std::move(effect));
  }

  const Program& program_;
  const Product& product_;
  Evaluator& evaluator_;
  std::vector<TicketNote>* const notes_;
  std::vector<Effect> effects_;
};

}  // namespace

std::vector<Effect> reconcile(Evaluator& evaluator, std::vector<TicketNote>* notes) {
  return Reconciler(evaluator, notes).run();
}

std::vector<Effect> reconcile(const Program& program, const Product& product, Instant now,
                              Trace* trace) {
  Evaluator evaluator(program, product, now, nullptr, trace);
  return Reconciler(evaluator).run();
}

}  // namespace riskd::engine
