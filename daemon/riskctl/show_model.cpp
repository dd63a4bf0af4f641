#include "daemon/riskctl/show_model.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/show.hpp"

namespace riskd::riskctl {
namespace {

constexpr std::size_t named_tests = 3;  // of those that fail

Text dim(std::string_view any) { return Text(any).in(Style::faint); }
Text urgent(const Text& any) { return any.in(Style::caution); }

double number_at(const json::value& object, std::string_view name) {
  const json::value& number = member_of(object, name);
  return number.is_number() ? number.to_number<double>() : 0;
}

// "alice, 2026-11-29 14:05".
Text said_by(const json::value& from) {
  return text("{}, {}", text_at(from, "poster"), moment_words(text_at(from, "at")));
}

class Printer {
 public:
  Printer(const json::value& model, bool verbose)
      : model_(model), verbose_(verbose), was_approved_(!member_of(model, "approval").is_null()) {
    for (const json::value& each : list_at(model, "countermeasures"))
      countermeasures_.emplace(text_at(each, "id"), &each);
  }

  void print_all() const {
    head();
    std::vector<const json::value*> risks;
    for (const json::value& each : list_at(model_, "risks")) risks.push_back(&each);
    std::stable_sort(risks.begin(), risks.end(), [](const json::value* a, const json::value* b) {
      const double first = number_at(*a, "current");
      const double second = number_at(*b, "current");
      return first != second ? first > second : text_at(*a, "title") < text_at(*b, "title");
    });
    for (const json::value* each : risks) risk(*each);
    tickets();
    undecided();
    assumed();
    unmatched();
    open_questions();
    lost_answers();
  }

 private:
  static void line(const Text& first, const Text& next, const Text& paragraph) {
    print("{}\n", beside(first, next, paragraph, terminal_width()));
  }
  static void line(const Text& paragraph) { line("  ", "    ", paragraph); }

  void head() const {
    const std::string id = text_at(model_, "product");
    const std::string title = text_at(model_, "title");
    line("", "  ",
         text("{}: rating {} {}",
              title.empty() || title == id ? strong(id) : text("{}  {}", strong(title), dim(id)),
              strong(text_at(model_, "rating")), band_word(text_at(model_, "band"))));
    const std::string missing = text_at(model_, "missing-fields");
    if (!missing.empty())
      line("", "  ", text("{} without a value: {}", urgent("required fields"), missing));
    if (!was_approved_) return print("not approved yet\n");
    std::size_t added = 0, changed = 0;
    const auto count = [&](const json::value& element) {
      added += truth_at(element, "approved") ? 0 : 1;
      changed += list_at(element, "changed-since-approval").empty() ? 0 : 1;
    };
    std::map<std::string, const json::value*> weaknesses;
    for (const json::value& risk : list_at(model_, "risks")) {
      count(risk);
      for (const json::value& each : list_at(risk, "weaknesses"))
        weaknesses.emplace(text_at(each, "id"), &each);
    }
    for (const auto& each : weaknesses) count(*each.second);
    for (const auto& each : countermeasures_) count(*each.second);
    Text since;
    if (added > 0) since += text("; {}", urgent(text("{} new since", added)));
    if (changed > 0) since += text("; {}", urgent(text("{} changed since", changed)));
    line("", "  ", text("approved by {}{}", said_by(member_of(model_, "approval")), since));
  }

  // What the last approval has not seen so.
  Text mark(const json::value& element) const {
    if (!was_approved_) return {};
    if (!truth_at(element, "approved")) return text("  {}", urgent("new"));
    const std::string changed = text_at(element, "changed-since-approval");
    return changed.empty() ? Text()
                           : text("  {}", urgent(text("changed since approval: {}", changed)));
  }

  void acceptance(const json::value& risk) const {
    const json::value& accepted = member_of(risk, "acceptance");
    if (accepted.is_null()) return;
    const std::string until = text_at(accepted, "until");
    line(text("accepted{} by {}: “{}”", until.empty() ? "" : " until " + until, said_by(accepted),
              text_at(accepted, "reason")));
    if (truth_at(accepted, "exceeded"))
      line(urgent(text("its inherent rating has risen from {}, which was accepted, to {}",
                       text_at(accepted, "inherent"), text_at(risk, "inherent"))));
    const std::string failed = text_at(accepted, "failed-since");
    if (!failed.empty()) line(urgent(text("tests that failed since: {}", failed)));
  }

  static void steps(const json::value& risk) {
    std::vector<Row> rows;
    rows.push_back({"  │  inherent", "", text_at(risk, "inherent"), ""});
    for (const json::value& step : list_at(risk, "steps")) {
      const std::string change = text_at(step, "change");
      const std::string sign = !change.empty() && change.front() != '-' ? "+" : "";
      std::string because = text_at(step, "because");
      if (because.empty()) because = text_at(step, "reason");
      const std::string element = text_at(step, "element");
      rows.push_back({text("  │  {}", text_at(step, "step")), sign + change,
                      text_at(step, "current"),
                      text("{}{}", dim(element), because.empty() ? "" : ": " + because)});
    }
    if (rows.size() > 1) print(table(rows, terminal_width()));
  }

  void risk(const json::value& risk) const {
    print("\n");
    line("", "  ",
         text("{}  {}{}", strong(text_at(risk, "title")), dim(text_at(risk, "id")), mark(risk)));
    line(text("{} {}  inherent {}  projected {}", strong(text_at(risk, "current")),
              band_word(text_at(risk, "band")), text_at(risk, "inherent"),
              text_at(risk, "projected")));
    acceptance(risk);
    steps(risk);
    const json::array& weaknesses = list_at(risk, "weaknesses");
    for (std::size_t i = 0; i < weaknesses.size(); ++i)
      weakness(weaknesses[i], i + 1 == weaknesses.size());
  }

  void weakness(const json::value& weakness, bool is_last) const {
    const std::string cwe = text_at(weakness, "cwe");
    const Text next = is_last ? "     " : "  │  ";
    line(is_last ? "  └─ " : "  ├─ ", next,
         text("{}{}, {}  {}{}", text_at(weakness, "title"), cwe.empty() ? "" : ", CWE-" + cwe,
              state_word(text_at(weakness, "tested")), dim(text_at(weakness, "id")),
              mark(weakness)));
    failing(weakness, next);
    const json::array& uses = list_at(weakness, "countermeasures");
    for (std::size_t i = 0; i < uses.size(); ++i) {
      const auto found = countermeasures_.find(text_of(uses[i]));
      if (found != countermeasures_.end())
        countermeasure(*found->second, next, i + 1 == uses.size());
    }
  }

  static void failing(const json::value& weakness, const Text& margin) {
    const json::array& tests = list_at(weakness, "failing-tests");
    std::size_t left = static_cast<std::size_t>(number_at(weakness, "failing"));
    for (std::size_t i = 0; i < std::min(named_tests, tests.size()); ++i, --left) {
      std::string title = text_at(tests[i], "title");
      if (title.empty()) title = text_at(tests[i], "id");
      line(text("{}{} ", margin, Text("✗").in(Style::bad)), text("{}  ", margin),
           text("{}  {}", title, dim(text_at(tests[i], "suite"))));
    }
    if (left > 0) line(margin, margin, text("{} more fail", left));
  }

  void countermeasure(const json::value& row, const Text& margin, bool is_last) const {
    const Text next = text("{}{}", margin, is_last ? "   " : "│  ");
    line(text("{}{}", margin, is_last ? "└─ " : "├─ "), next,
         text("{}: {}, mitigates {}%  {}{}", text_at(row, "title"),
              state_word(text_at(row, "state")),
              text_of(json::value(number_at(row, "mitigates") * 100)), dim(text_at(row, "id")),
              mark(row)));
    const std::string why = text_at(row, "why");
    const std::string reason = text_at(row, "reason");
    const json::value& decided = member_of(row, "decided");
    if (!why.empty())
      line(next, next, decided.is_null() ? Text(why) : text("{} ({})", why, said_by(decided)));
    if (!reason.empty() && why.find(reason) == std::string::npos)
      line(next, next, text("“{}”", reason));
    for (const json::value& each : list_at(model_, "tickets")) {
      // The ticket that decides the state was printed already.
      const std::string by = text_at(each, "by");
      const std::string remark = text_at(each, "remark");
      const bool is_told = why.find(text_at(each, "key")) != std::string::npos && remark == reason;
      if (text_at(each, "for") != text_at(row, "id") || (by.empty() && remark.empty()) || is_told)
        continue;
      line(next, next,
           text("ticket {} {}: {}{}{}", text_at(each, "tracker"), text_at(each, "key"),
                text_at(each, "status"), by.empty() ? "" : ", by " + by,
                remark.empty() ? Text() : text(": “{}”", remark)));
    }
    const std::string place = text_at(row, "place");
    if (verbose_ && !place.empty()) line(next, next, Text(place).in(Style::place));
  }

  void tickets() const {
    std::vector<Text> open, closed;
    std::vector<Text> notes;
    for (const json::value& each : list_at(model_, "tickets")) {
      const std::string name = text_at(each, "ticket") + ":" + text_at(each, "for");
      (text_at(each, "desired") == "open" ? open : closed).push_back(name);
      const std::string by = text_at(each, "by");
      if (truth_at(each, "disputed"))
        notes.push_back(text("{} {}: it should be open, and was closed twice{}", urgent("disputed"),
                             name, by.empty() ? "" : ", last by " + by));
      if (truth_at(each, "unread"))
        notes.push_back(text("{} of {}: no row of its status map reads it",
                             urgent(text("status `{}`", text_at(each, "status"))), name));
    }
    if (open.empty() && closed.empty()) return;
    print("\n{}\n", strong("tickets"));
    if (!open.empty()) print("{}\n", wrapped_list("  to be open", open, terminal_width(), 4));
    if (!closed.empty()) print("{}\n", wrapped_list("  to be closed", closed, terminal_width(), 4));
    for (const Text& note : notes) line(note);
  }

  // "How many users?  door.users".
  Text question(const std::string& id) const {
    const std::string words = text_at(member_of(model_, "question-texts"), id);
    return words.empty() ? Text(id) : text("{}  {}", words, dim(id));
  }

  void waits_for(const Text& what, const json::value& each) const {
    line(text("{} waits for", what));
    for (const json::value& id : list_at(each, "questions"))
      line("    ", "      ", question(text_of(id)));
  }

  void undecided() const {
    const json::array& list = list_at(model_, "undecided");
    if (!list.empty()) print("\n{}\n", strong("undecided"));
    for (const json::value& each : list) waits_for(text_at(each, "pattern"), each);
  }

  void assumed() const {
    const json::array& list = list_at(model_, "assumed");
    if (!list.empty()) print("\n{}\n", strong("assumed"));
    for (const json::value& each : list) {
      const std::string attribute = text_at(each, "attribute");
      const std::string element = text_at(each, "element");
      waits_for(attribute == "applies" ? text("whether {} applies", element)
                                       : text("{} of {}", attribute, element),
                each);
    }
  }

  void unmatched() const {
    const json::array& list = list_at(model_, "unmatched");
    if (!list.empty()) print("\n{}\n", strong("unmatched results"));
    for (const json::value& each : list) {
      const std::string hint = text_at(each, "hint");
      line(text("{}  {} {}: {}{}", text_at(each, "title"), text_at(each, "suite"),
                text_at(each, "id"), text_at(each, "why"),
                hint.empty() ? "" : "; `" + hint + "` would bind it"));
    }
  }

  void open_questions() const {
    const json::array& list = list_at(model_, "open-questions");
    if (!list.empty()) print("\n{}\n", strong("open questions"));
    for (const json::value& each : list) line(question(text_of(each)));
  }

  void lost_answers() const {
    const json::array& list = list_at(model_, "lost-answers");
    if (!list.empty()) print("\n{}\n", strong("answers that no longer fit"));
    for (const json::value& each : list)
      line(text("{}: {}, by {}", question(text_at(each, "question")),
                urgent(text_at(each, "answer")), said_by(each)));
  }

  const json::value& model_;
  const bool verbose_;
  const bool was_approved_;
  std::map<std::string, const json::value*> countermeasures_;
};

}  // namespace

void print_model(const json::value& model, bool verbose) { Printer(model, verbose).print_all(); }

}  // namespace riskd::riskctl
