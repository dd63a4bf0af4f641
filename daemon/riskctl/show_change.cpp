#include "daemon/riskctl/show_change.hpp"

#include <algorithm>
#include <functional>
#include <map>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/show.hpp"

namespace riskd::riskctl {
namespace {

constexpr std::size_t named_in_short = 3;

using Names = std::vector<std::string>;

// "label: a, b, c" and a line break; nothing where there are no names. Of more than `most` the others are
// counted; 0: all are named.
Text list_line(std::size_t indent, const Text& label, const Names& names, std::size_t most = 0) {
  if (names.empty()) return {};
  const bool is_cut = most > 0 && names.size() > most + 1;
  std::vector<Text> items(names.begin(), names.end());
  if (is_cut) {
    items.resize(most);
    items.back() += text(" and {} more", names.size() - most);
  }
  return text("{}\n", wrapped_list(text("{}{}", std::string(indent, ' '), label), items,
                                   terminal_width(), indent + 2));
}

// What asks for the most comes first; other words follow by their letters.
struct ByUrgency {
  static std::size_t rank(const std::string& word) {
    static const Names order{"required", "recommended", "implemented"};
    return static_cast<std::size_t>(std::find(order.begin(), order.end(), word) - order.begin());
  }
  bool operator()(const std::string& a, const std::string& b) const {
    return std::pair(rank(a), a) < std::pair(rank(b), b);
  }
};
using NamesByWord = std::map<std::string, Names, ByUrgency>;

// What turned, in three: what is new, by its word; what left, by the word that it had; what has another
// word now.
struct Turns {
  NamesByWord begun, left;
  std::vector<Turn> turned;
};
Turns sorted(const std::vector<Turn>& turns) {
  Turns all;
  for (const Turn& each : turns) {
    if (each.now.empty()) {
      all.left[each.before].push_back(each.id);
    } else if (each.before.empty()) {
      all.begun[each.now].push_back(each.id);
    } else {
      all.turned.push_back(each);
    }
  }
  return all;
}

// An untested weakness that is new is not worth a word.
std::vector<Turn> worth_telling(const std::vector<Turn>& tests) {
  std::vector<Turn> shown;
  for (const Turn& each : tests) {
    if (!each.now.empty() && !(each.before.empty() && each.now == "untested"))
      shown.push_back(each);
  }
  return shown;
}

Text paragraph(std::string_view title, const std::vector<Row>& rows) {
  if (rows.empty()) return {};
  return text("\n{}\n{}", strong(title), table(rows, terminal_width()));
}

Row risk_row(const RiskMove& risk) {
  return {text("  {}", strong(risk.id)), arrow(risk.before, risk.now), risk.band, risk.title};
}

Row projected_row(const RiskMove& risk) {
  return {text("  {}", strong(risk.id)), arrow(risk.projected_before, risk.projected), risk.title};
}

Row turn_row(const Turn& turn) {
  return {text("  {}", turn.id),
          turn.before.empty() ? state_word(turn.now)
                              : text("{} → {}", state_word(turn.before), state_word(turn.now))};
}

Text show_countermeasures(const std::vector<Turn>& states) {
  const Turns turns = sorted(states);
  std::vector<Row> rows;
  for (const Turn& each : turns.turned) rows.push_back(turn_row(each));
  Text lines = table(rows, terminal_width());
  for (const auto& [word, names] : turns.begun) lines += list_line(2, state_word(word), names);
  for (const auto& [word, names] : turns.left)
    lines += list_line(2, text("{} no longer", word), names);
  if (lines.empty()) return {};
  return text("\n{}\n{}", strong("countermeasures"), lines);
}

std::map<std::string, Names> by_word(const std::vector<Turn>& turns) {
  std::map<std::string, Names> words;
  for (const Turn& each : turns) words[each.now].push_back(each.id);
  return words;
}

Text show_tickets(const std::vector<Turn>& tickets) {
  Text lines;
  for (const auto& [word, names] : by_word(tickets)) {
    if (!word.empty()) lines += list_line(2, text("{} to be {}", names.size(), word), names);
  }
  if (lines.empty()) return {};
  return text("\n{}\n{}", strong("tickets"), lines);
}

Names renamed(const Change& change) {
  Names names;
  for (const auto& [was, id] : change.renamed) names.push_back(was + " → " + id);
  return names;
}

}  // namespace

Text arrow(std::string_view before, std::string_view now) {
  if (before.empty() || before == now) return now;
  return text("{} → {}", before, now.empty() ? std::string_view("–") : now);
}

Text rating_line(const std::string& product, const Change& change) {
  return text("{}: rating {}{}\n", strong(product), arrow(change.rating_before, change.rating),
              change.band.empty() ? Text() : text(" {}", change.band));
}

Text shown(const Change& change) {
  Text all;
  Text patterns = list_line(2, "begin", change.patterns_begun);
  patterns += list_line(2, "end", change.patterns_ended);
  if (!patterns.empty()) all += text("\n{}\n{}", strong("patterns"), patterns);
  const auto rows_of = [](const std::vector<RiskMove>& risks, Row (*row)(const RiskMove&),
                          bool (*counts)(const RiskMove&)) {
    std::vector<Row> rows;
    for (const RiskMove& risk : risks) {
      if (counts(risk)) rows.push_back(row(risk));
    }
    return rows;
  };
  const auto all_of_them = [](const RiskMove&) { return true; };
  const auto is_rerated = [](const RiskMove& risk) { return risk.before != risk.now; };
  const auto only_projected = [](const RiskMove& risk) { return risk.before == risk.now; };
  const Text names = list_line(2, "renamed", renamed(change));
  if (!names.empty()) all += text("\n{}", names);
  all += paragraph("new risks", rows_of(change.begun, risk_row, all_of_them));
  all += paragraph("risks that are gone", rows_of(change.ended, risk_row, all_of_them));
  all += paragraph("risks rated otherwise", rows_of(change.moved, risk_row, is_rerated));
  all += paragraph("ratings once all that is required is done",
                   rows_of(change.moved, projected_row, only_projected));
  all += show_countermeasures(change.states);
  std::vector<Row> tests;
  for (const Turn& each : worth_telling(change.tests)) tests.push_back(turn_row(each));
  all += paragraph("tests", tests);
  all += show_tickets(change.tickets);
  return all;
}

Text in_short(const Change& change, std::size_t indent) {
  const std::string before(indent, ' ');
  Text all;
  if (change.rating != change.rating_before)
    all += text("{}rating {}\n", before, arrow(change.rating_before, change.rating));
  const auto risks = [&](std::string_view label, const std::vector<RiskMove>& moves,
                         const std::function<std::string(const RiskMove&)>& words) {
    Names names;
    for (const RiskMove& risk : moves) {
      const std::string said = words(risk);
      if (!said.empty()) names.push_back(risk.id + (said == " " ? "" : " " + said));
    }
    all += list_line(indent, label, names, named_in_short);
  };
  const auto number = [](const std::string& was, const std::string& now) {
    return was.empty() ? now : was + " → " + now;
  };
  all += list_line(indent, "renamed", renamed(change), named_in_short);
  risks("new risks", change.begun, [](const RiskMove& risk) { return risk.now; });
  risks("gone", change.ended, [](const RiskMove&) { return std::string(" "); });
  risks("risks", change.moved, [&](const RiskMove& risk) {
    return risk.before == risk.now ? std::string() : number(risk.before, risk.now);
  });
  risks("projected", change.moved, [&](const RiskMove& risk) {
    return risk.before != risk.now ? std::string() : number(risk.projected_before, risk.projected);
  });
  const Turns states = sorted(change.states);
  Names turned;
  for (const Turn& each : states.turned)
    turned.push_back(each.id + " " + each.before + " → " + each.now);
  all += list_line(indent, "countermeasures", turned, named_in_short);
  for (const auto& [word, names] : states.begun)
    all += list_line(indent, state_word(word), names, named_in_short);
  for (const auto& [word, names] : states.left)
    all += list_line(indent, text("{} no longer", word), names, named_in_short);
  Names tests;
  for (const Turn& each : worth_telling(change.tests))
    tests.push_back(each.id + " " + number(each.before, each.now));
  all += list_line(indent, "tests", tests, named_in_short);
  for (const auto& [word, names] : by_word(change.tickets)) {
    if (!word.empty())
      all += list_line(indent, text("tickets to be {}", word), names, named_in_short);
  }
  return all;
}

}  // namespace riskd::riskctl
