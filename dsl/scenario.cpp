#include "dsl/scenario.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "engine/apply.hpp"
#include "engine/resolve.hpp"

namespace riskd::dsl {
namespace {

class Runner {
 public:
  Runner(const Compilation& policy, const Clause& scenario, Instant now,
         std::set<std::string>& applied)
      : policy_(policy), syntax_(policy.syntax), scenario_(scenario), now_(now), applied_(applied) {
    live_.facts.id = "scenario";
  }

  ScenarioResult run() {
    result_.title = plain(scenario_.text);
    result_.span = scenario_.head;
    bool evaluated = false;
    for (const ClauseId id : scenario_.children) {
      const Clause& statement = clause(id);
      if (statement.children.empty()) continue;
      const Clause& inner = clause(statement.children.front());
      if (statement.kind == ClauseKind::expect) {
        if (!evaluated) settle();
        evaluated = true;
        expect(inner);
      } else {
        state(inner);
        evaluated = false;
      }
    }
    settle();
    return std::move(result_);
  }

 private:
  const Clause& clause(ClauseId id) const { return syntax_.clauses[id]; }
  const Expr& expr(ExprId id) const { return syntax_.exprs[id]; }
  std::string plain(TextId text) const {
    return text == nothing ? "" : syntax_.texts[text].plain();
  }

  void fail(Span span, std::string message, std::vector<std::string> details = {}) {
    result_.failures.push_back({span, std::move(message), std::move(details)});
  }

  // A literal as it would be posted.
  engine::RawValue raw(ExprId id) const {
    if (id == nothing) return std::monostate{};
    const Expr& value = expr(id);
    switch (value.kind) {
      case ExprKind::yes:
        return true;
      case ExprKind::no:
        return false;
      case ExprKind::number:
      case ExprKind::percent:
        return value.number;
      case ExprKind::date:
        return to_string(Date{static_cast<std::int32_t>(value.number)});
      case ExprKind::duration:
        return engine::print_number(value.number / 60) + " minutes";
      case ExprKind::text:
        return plain(value.text);
      case ExprKind::group:
        return raw(value.kids[0]);
      case ExprKind::in: {
        std::vector<std::string> names;
        for (const ExprId kid : value.kids) names.push_back(expr(kid).name.text);
        return names;
      }
      default:
        return value.name.text;
    }
  }

  void post(engine::FactBody body, Span span) {
    const auto errors = engine::resolve(*policy_.program, live_.facts, body);
    for (const engine::FactError& error : errors) {
      std::vector<std::string> details;
      if (!error.expected.empty()) {
        std::string all;
        for (const std::string& each : error.expected) all += (all.empty() ? "" : ", ") + each;
        details.push_back("expected one of: " + all);
      }
      fail(span, error.message, std::move(details));
    }
    if (!errors.empty()) return;
    ++seq_;
    now_.ms += 1000;  // statements follow each other
    engine::fold(live_.facts, {{seq_, now_, "scenario"}, std::move(body)});
  }

  void answers(const Clause& fact) {
    engine::AnswersFact given;
    engine::FieldsFact fields;
    given.component = fields.component = fact.target.text;
    for (std::size_t i = 0; i < fact.names.size(); ++i) {
      const std::string& name = fact.names[i].text;
      const auto& all = policy_.program->fields;
      const bool field = std::any_of(all.begin(), all.end(),
                                     [&](const engine::Field& each) { return each.name == name; });
      (field ? fields.fields : given.answers)
          .emplace_back(fact.names[i].full(), raw(fact.exprs[i]));
    }
    if (!fields.fields.empty()) post(fields, fact.span);
    if (!given.answers.empty()) post(given, fact.span);
  }

  static std::string in_component(const Clause& fact, const std::string& name) {
    return fact.target.text.empty() ? name : fact.target.text + "/" + name;
  }

  void decide(const Clause& fact) {
    engine::DecisionFact decision;
    decision.element = in_component(fact, fact.name.full());
    decision.reason = plain(fact.text);
    if (fact.expr != nothing && expr(fact.expr).kind == ExprKind::date)
      decision.until = Date{static_cast<std::int32_t>(expr(fact.expr).number)};
    if (fact.kind == ClauseKind::fact_accept) {
      decision.state = engine::DecisionState::accepted;
    } else if (fact.flag) {
      decision.state = engine::DecisionState::set;
      decision.attribute = fact.name2.text;
      decision.value = raw(fact.expr2);
    } else {
      decision.state =
          engine::decision_state(fact.name2.text).value_or(engine::DecisionState::required);
    }
    post(decision, fact.span);
  }

  void state(const Clause& fact) {
    switch (fact.kind) {
      case ClauseKind::fact_today:
        if (expr(fact.expr).kind == ExprKind::date)
          now_ = Instant{start_of(Date{static_cast<std::int32_t>(expr(fact.expr).number)}).ms +
                         43'200'000};
        break;
      case ClauseKind::fact_passes:
        now_.ms += static_cast<std::int64_t>(expr(fact.expr).number * 1000);
        break;
      case ClauseKind::fact_answers:
        answers(fact);
        break;
      case ClauseKind::fact_component: {
        engine::ComponentFact component;
        component.id = fact.name.text;
        component.type = fact.target.full();
        component.removed = fact.flag;
        post(component, fact.span);
        for (const ClauseId child : fact.children) answers(clause(child));
        break;
      }
      case ClauseKind::fact_decide:
      case ClauseKind::fact_accept:
        decide(fact);
        break;
      case ClauseKind::fact_approve: {
        settle();
        post(engine::ApproveFact{engine::approvable(live_.model)}, fact.span);
        break;
      }
      case ClauseKind::fact_ticket: {
        settle();
        engine::TicketFact ticket;
        ticket.ticket = fact.name.text;
        ticket.element = fact.kind_word.text.empty()
                             ? fact.name2.full()
                             : fact.kind_word.text + "/" + fact.name2.full();
        ticket.tracker = ticket.kind = fact.target.text;
        ticket.key = "T-1";
        for (std::size_t i = 0; i < fact.names.size() && i < fact.texts.size(); ++i) {
          const std::string value = plain(fact.texts[i]);
          if (fact.names[i].text == "status") ticket.status = value;
          if (fact.names[i].text == "resolution") ticket.resolution = value;
          if (fact.names[i].text == "state") ticket.state = value;
          if (fact.names[i].text == "reason") ticket.reason = value;
          if (fact.names[i].text == "labels") ticket.labels.push_back(value);
        }
        post(ticket, fact.span);
        break;
      }
      case ClauseKind::fact_result: {
        engine::ResultFact result;
        result.suite = result.source = fact.name.text;
        result.result.id = plain(fact.text);
        if (result.source == "cucumber" && result.result.id.starts_with('@'))
          result.result.tags.push_back(result.result.id);
        result.result.component = fact.target.text;
        result.result.outcome =
            fact.flag ? engine::TestOutcome::failed : engine::TestOutcome::passed;
        post(result, fact.span);
        break;
      }
      default:
        break;
    }
  }

  // Evaluates, and lets a tracker do what it is asked: open and close tickets.
  void settle() {
    engine::apply(*policy_.program, live_, {}, now_);
    for (int round = 0; round < 4; ++round) {
      std::vector<engine::TicketFact> written;
      for (const engine::TicketRow& row : live_.model.tickets) {
        const bool open_now = row.known && row.is_open;
        if (row.known ? (row.desired == engine::Desired::open) == open_now
                      : row.desired != engine::Desired::open)
          continue;
        engine::TicketFact ticket;
        ticket.ticket = row.ticket;
        ticket.element = row.element;
        ticket.tracker = ticket.kind = row.tracker.empty() ? tracker_kind() : row.tracker;
        ticket.key = "T-1";
        ticket.own = true;
        if (row.desired == engine::Desired::open)
          reopen(ticket);
        else
          close(ticket);
        written.push_back(ticket);
      }
      if (written.empty()) break;
      for (const engine::TicketFact& ticket : written)
        engine::fold(live_.facts, {{++seq_, now_, "tracker"}, ticket});
      engine::apply(*policy_.program, live_, {}, now_);
    }
    applied_.insert(live_.model.applying.begin(), live_.model.applying.end());
  }

  std::string tracker_kind() const {
    if (policy_.program->status_map("directory") != nullptr) return "directory";
    return policy_.program->status_maps.empty() ? "directory"
                                                : policy_.program->status_maps.front().tracker_kind;
  }

  static void reopen(engine::TicketFact& ticket) {
    ticket.status = "To Do";
    ticket.state = ticket.kind == "gitlab" ? "opened" : "open";
  }
  static void close(engine::TicketFact& ticket) {
    ticket.status = "Done";
    ticket.resolution = "Done";
    ticket.state = "closed";
    ticket.reason = "completed";
  }

  std::string pattern_id(const Clause& expectation) const {
    for (const engine::Pattern& pattern : policy_.program->patterns) {
      const bool named = pattern.id == expectation.name.full() ||
                         (expectation.name.qualifier.empty() &&
                          pattern.id.substr(pattern.id.find('.') + 1) == expectation.name.text);
      if (named) return in_component(expectation, pattern.id);
    }
    return "";
  }

  void expect(const Clause& expectation) {
    const engine::Model& model = live_.model;
    if (expectation.kind == ClauseKind::expect_pattern) {
      const std::string id = pattern_id(expectation);
      if (id.empty())
        return fail(expectation.span, "there is no pattern `" + expectation.name.full() + "`");
      const bool applies = std::binary_search(model.applying.begin(), model.applying.end(), id);
      const auto undecided = std::find_if(model.undecided.begin(), model.undecided.end(),
                                          [&](const auto& each) { return each.pattern == id; });
      const int seen = applies ? 0 : undecided != model.undecided.end() ? 2 : 1;
      static constexpr const char* words[] = {"applies", "does not apply", "is undecided"};
      if (seen == static_cast<int>(expectation.number)) return;
      std::vector<std::string> details;
      if (seen == 2) {
        for (const std::string& question : undecided->questions)
          details.push_back("waits for `" + question + "`");
      }
      return fail(expectation.span,
                  "expected that `" + id + "` " + words[static_cast<int>(expectation.number)] +
                      ", and it " + words[seen],
                  details);
    }
    if (expectation.kind == ClauseKind::expect_ticket) {
      const std::string element = engine::resolve_element(
          *policy_.program, in_component(expectation, expectation.name2.full()));
      const engine::TicketRow* row = model.ticket(expectation.name.text, element);
      const int seen = row == nullptr ? 2 : row->desired == engine::Desired::open ? 0 : 1;
      static constexpr const char* words[] = {"open", "closed", "absent"};
      if (seen == static_cast<int>(expectation.number)) return;
      std::vector<std::string> details;
      if (row != nullptr) details.push_back(row->cause);
      return fail(expectation.span,
                  "expected the ticket `" + expectation.name.text + "` for `" + element +
                      "` to be " + words[static_cast<int>(expectation.number)] + ", and it is " +
                      words[seen],
                  details);
    }
    value(expectation);
  }

  // The attribute of what is expected, as text and where it has one as a number.
  struct Seen {
    bool known = false;
    std::string text;
    double number = std::nan("");
  };

  Seen attribute(const Clause& expectation, const std::string& id, const std::string& name) const {
    const engine::Model& model = live_.model;
    const auto number = [](double value) { return Seen{true, engine::print_number(value), value}; };
    const auto text = [](std::string_view value) {
      return Seen{true, std::string(value), std::nan("")};
    };
    const std::string& kind = expectation.kind_word.text;
    if (kind == "product") {
      if (name == "rating") return number(model.rating);
      if (name == "band") return text(model.band);
      if (name == "approved") return text(model.approved ? "yes" : "no");
    } else if (kind == "risk") {
      const engine::RiskRow* row = model.risk(id);
      if (row == nullptr) return {};
      if (name == "inherent") return number(row->inherent);
      if (name == "current") return number(row->current);
      if (name == "projected") return number(row->projected);
      if (name == "band") return text(row->band);
      if (name == "approved") return text(row->approved ? "yes" : "no");
      for (const engine::AttributeRow& each : row->attributes) {
        if (each.name == name) return text(each.value);
      }
    } else if (kind == "weakness") {
      const engine::WeaknessRow* row = model.weakness(id);
      if (row == nullptr) return {};
      if (name == "tested") return text(engine::to_string(row->tested));
      if (name == "approved") return text(row->approved ? "yes" : "no");
    } else if (kind == "countermeasure") {
      const engine::CountermeasureRow* row = model.countermeasure(id);
      if (row == nullptr) return {};
      if (name == "state") return text(engine::to_string(row->state));
      if (name == "tested") return text(engine::to_string(row->tested));
      if (name == "mitigates") return number(row->mitigates);
      if (name == "approved") return text(row->approved ? "yes" : "no");
    }
    return {};
  }

  Seen literal(const Clause& expectation, const std::string& id, const Expr& side,
               const Seen& other) const {
    switch (side.kind) {
      case ExprKind::number:
      case ExprKind::percent:
        return {true, engine::print_number(side.number), side.number};
      case ExprKind::yes:
        return {true, "yes", std::nan("")};
      case ExprKind::no:
        return {true, "no", std::nan("")};
      case ExprKind::text:
        return {true, plain(side.text), std::nan("")};
      case ExprKind::group:
        return literal(expectation, id, expr(side.kids[0]), other);
      case ExprKind::name: {
        const Seen value = attribute(expectation, id, side.name.text);
        if (value.known) return value;
        // A step of what the other side is.
        if (!std::isnan(other.number)) return {};
        return {true, side.name.text, std::nan("")};
      }
      default:
        return {};
    }
  }

  void value(const Clause& expectation) {
    const std::string& kind = expectation.kind_word.text;
    std::string id;
    if (kind == "component")
      return fail(expectation.span, "a component's attributes cannot be expected yet",
                  {"expect its patterns, risks and weaknesses instead"});
    if (kind != "product") {
      id = engine::resolve_element(*policy_.program,
                                   in_component(expectation, expectation.name.full()));
      if (id.empty())
        return fail(expectation.span, "there is no " + kind + " `" + expectation.name.full() + "`");
    }
    compare(expectation, id, expr(expectation.expr));
  }

  void compare(const Clause& expectation, const std::string& id, const Expr& comparison) {
    if (comparison.kind == ExprKind::logic_and) {
      for (const ExprId kid : comparison.kids) compare(expectation, id, expr(kid));
      return;
    }
    if (comparison.kids.empty()) return fail(comparison.span, "this is not a comparison");
    const Seen left = literal(expectation, id, expr(comparison.kids[0]), {});
    const std::string shown = id.empty() ? "the product" : "`" + id + "`";
    const std::string asked(text_of(policy_.sources, expr(comparison.kids[0]).span));
    const std::string attribute_name =
        expr(comparison.kids[0]).name.text.empty() ? asked : expr(comparison.kids[0]).name.text;
    const Seen known = attribute(expectation, id, attribute_name);
    if (!known.known)
      return fail(expectation.span, shown + " has no `" + attribute_name + "` in this model",
                  present(expectation.kind_word.text, id));
    bool holds = false;
    std::string wanted;
    for (std::size_t i = 1; i < comparison.kids.size(); ++i) {
      const Seen right = literal(expectation, id, expr(comparison.kids[i]), left);
      wanted += (wanted.empty() ? "" : ", ") + right.text;
      const bool numbers = !std::isnan(left.number) && !std::isnan(right.number);
      const double a = printed(left.number);
      const double b = printed(right.number);
      const bool same = numbers ? a == b : left.text == right.text;
      switch (comparison.kind) {
        case ExprKind::is:
          holds = same;
          break;
        case ExprKind::is_not:
          holds = !same;
          break;
        case ExprKind::in:
          holds = holds || same;
          break;
        case ExprKind::not_in:
          holds = (i == 1 || holds) && !same;
          break;
        case ExprKind::less:
          holds = numbers && a < b;
          break;
        case ExprKind::less_equal:
          holds = numbers && a <= b;
          break;
        case ExprKind::greater:
          holds = numbers && a > b;
          break;
        case ExprKind::greater_equal:
          holds = numbers && a >= b;
          break;
        default:
          return fail(comparison.span,
                      "an expectation compares with `is`, `in`, `<`, `<=`, `>` or `>=`");
      }
    }
    if (holds) return;
    std::vector<std::string> details = present(expectation.kind_word.text, id);
    fail(expectation.span,
         "expected `" + attribute_name + "` of " + shown + " " + words(comparison.kind) + " " +
             wanted + ", and it is " + left.text,
         details);
  }

  // Numbers compare as they are printed: at two decimals.
  static double printed(double number) {
    return std::strtod(engine::print_number(number).c_str(), nullptr);
  }

  static std::string words(ExprKind kind) {
    switch (kind) {
      case ExprKind::is_not:
        return "not to be";
      case ExprKind::in:
        return "to be one of";
      case ExprKind::not_in:
        return "to be none of";
      case ExprKind::less:
        return "to be less than";
      case ExprKind::less_equal:
        return "to be at most";
      case ExprKind::greater:
        return "to be more than";
      case ExprKind::greater_equal:
        return "to be at least";
      default:
        return "to be";
    }
  }

  // What a reader needs to see why: the waterfall of a risk, the cause of a state.
  std::vector<std::string> present(const std::string& kind, const std::string& id) const {
    std::vector<std::string> lines;
    const engine::Model& model = live_.model;
    if (kind == "risk") {
      if (const engine::RiskRow* row = model.risk(id)) {
        lines.push_back("inherent " + engine::print_number(row->inherent));
        for (const engine::StepRow& step : row->steps) {
          lines.push_back(step.step + " " + step.element + " " + (step.change > 0 ? "+" : "") +
                          engine::print_number(step.change) + " → " +
                          engine::print_number(step.current));
        }
      } else {
        lines.push_back("no pattern that applies has this risk");
      }
    } else if (kind == "countermeasure") {
      if (const engine::CountermeasureRow* row = model.countermeasure(id))
        lines.push_back(row->why);
      else
        lines.push_back("no pattern that applies has this countermeasure");
    } else if (kind == "weakness" && model.weakness(id) == nullptr) {
      lines.push_back("no pattern that applies has this weakness");
    }
    return lines;
  }

  const Compilation& policy_;
  const Syntax& syntax_;
  const Clause& scenario_;
  Instant now_;
  std::set<std::string>& applied_;
  engine::LiveProduct live_;
  std::uint64_t seq_ = 0;
  ScenarioResult result_;
};

}  // namespace

ScenarioRun run_scenarios(const Compilation& policy, const std::string& filter, Instant now) {
  ScenarioRun run;
  std::set<std::string> applied;
  for (const auto& file : policy.syntax.files) {
    for (const ClauseId id : file) {
      const Clause& clause = policy.syntax.clauses[id];
      if (clause.kind != ClauseKind::scenario) continue;
      if (!filter.empty() &&
          policy.syntax.texts[clause.text].plain().find(filter) == std::string::npos)
        continue;
      run.scenarios.push_back(Runner(policy, clause, now, applied).run());
    }
  }
  for (const engine::Pattern& pattern : policy.program->patterns) {
    const bool covered = std::any_of(applied.begin(), applied.end(), [&](const std::string& id) {
      return id == pattern.id || id.ends_with("/" + pattern.id);
    });
    if (!covered) run.uncovered_patterns.push_back(pattern.id);
  }
  return run;
}

}  // namespace riskd::dsl
