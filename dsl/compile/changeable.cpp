#include "dsl/compile/changeable.hpp"

#include <algorithm>
#include <array>

namespace riskd::dsl {
namespace {

constexpr std::array<ChangeableKind, 11> changeable_kinds{{
    {"pattern", "pattern", "of a pattern, `when`", "a pattern by risks"},
    {"risk", "risk", "of a risk, its attributes",
     "a risk by weaknesses and attributes that it does not set"},
    {"weakness", "weakness", "of a weakness, its attributes and tests",
     "a weakness by countermeasures and tests"},
    {"countermeasure", "countermeasure",
     "of a countermeasure, its attributes, tests, standards, `guide`, `untested`, `mitigates` and "
     "`required`",
     "a countermeasure by tests and standards"},
    {"question", "question", "of a question, `ask when`, `default` and `help`",
     "a question by choices"},
    {"adjust", "step", "of a step, `for`, what it does, `after` and `before`", ""},
    {"rating", "rating", "a rating's expression", ""},
    {"let", "derived value", "a derived value's expression", ""},
    {"status-map", "status map", "the rows of a status map", ""},
    {"evidence", "evidence", "the rows of an evidence block and `stale after`", ""},
    {"ticket", "ticket", "the clauses of a ticket", ""},
}};

// Patterns, risks, weaknesses and countermeasures of a library share one name space.
constexpr std::string_view element_table = "element";

std::string_view table_of(std::string_view word) {
  const bool element =
      word == "pattern" || word == "risk" || word == "weakness" || word == "countermeasure";
  return element ? element_table : word;
}

// Empty where the clause is no element.
std::string_view element_word(ClauseKind kind) {
  return kind == ClauseKind::pattern          ? "pattern"
         : kind == ClauseKind::risk           ? "risk"
         : kind == ClauseKind::weakness       ? "weakness"
         : kind == ClauseKind::countermeasure ? "countermeasure"
                                              : "";
}

bool is_operation(ClauseKind kind) {
  return kind == ClauseKind::reduce || kind == ClauseKind::restore ||
         kind == ClauseKind::raise_by || kind == ClauseKind::raise_to || kind == ClauseKind::cap;
}

// What a policy has once: that it is declared twice is told where it is.
bool is_declared_once(std::string_view word) {
  return word == "status-map" || word == "evidence" || word == "ticket";
}

// The name under which a change names something, without its library.
std::string changed_name(const Clause& change) {
  const std::string& word = change.as<ChangeSyntax>().what.text;
  if (word == "rating" || word == "let")
    return change.as<ChangeSyntax>().value_kind.text + "." + change.name.text;
  return word == "status-map" ? status_map_name(change) : change.name.text;
}

std::string name_with_library(const Clause& change) {
  const std::string name = changed_name(change);
  return change.name.qualifier.empty() ? name : change.name.qualifier + "." + name;
}

// "there are `a`, `b` and 3 more"; empty where there is nothing.
std::string shown_names(const std::vector<std::string>& names) {
  constexpr std::size_t shown = 8;
  if (names.empty()) return {};
  std::string all = names.size() == 1 ? "there is only " : "there are ";
  for (std::size_t i = 0; i < names.size() && i < shown; ++i)
    all += (i == 0 ? "`" : ", `") + names[i] + "`";
  if (names.size() > shown) all += " and " + std::to_string(names.size() - shown) + " more";
  return all;
}

// The names of clauses that stand once in a thing, or that are replaced all together.
constexpr std::pair<ClauseKind, std::string_view> clause_keys[] = {
    {ClauseKind::when, "`when`"},
    {ClauseKind::visit, "`for`"},
    {ClauseKind::mitigates, "`mitigates`"},
    {ClauseKind::required, "`required`"},
    {ClauseKind::test, "`test`"},
    {ClauseKind::standard, "`standard`"},
    {ClauseKind::guide, "`guide`"},
    {ClauseKind::untested, "`untested`"},
    {ClauseKind::match_cwe, "`match cwe`"},
    {ClauseKind::ask_when, "`ask when`"},
    {ClauseKind::default_value, "`default`"},
    {ClauseKind::help, "`help`"},
    {ClauseKind::after, "its place among the steps"},
    {ClauseKind::before, "its place among the steps"},
    {ClauseKind::row, "the list of rows"},
    {ClauseKind::stale_after, "`stale after`"},
    {ClauseKind::open, "`open`"},
    {ClauseKind::title, "`title`"},
    {ClauseKind::body, "`body`"},
    {ClauseKind::labels, "`labels`"},
    {ClauseKind::priority, "`priority`"},
    {ClauseKind::close, "`close`"},
    {ClauseKind::relate, "`relate`"},
    {ClauseKind::update, "`update`"},
    {ClauseKind::reopen, "`reopen`"},
};

}  // namespace

const ChangeableKind& changeable_kind(std::string_view word) {
  return *std::find_if(changeable_kinds.begin(), changeable_kinds.end(),
                       [&](const ChangeableKind& each) { return each.word == word; });
}

std::string status_map_name(const Clause& clause) {
  const auto* change = clause.find<ChangeSyntax>();
  const std::string& map =
      (change == nullptr ? clause.as<StatusMapSyntax>().map : change->map).text;
  return map.empty() ? clause.name.text : clause.name.text + " " + map;
}

std::string key_of(const Clause& clause) {
  if (is_operation(clause.kind)) return "what the step does";
  if (clause.kind == ClauseKind::setting) return "`" + clause.name.text + "`";
  for (const auto& [kind, key] : clause_keys) {
    if (kind == clause.kind) return std::string(key);
  }
  return {};
}

bool may_override(std::string_view word, ClauseKind clause) {
  using enum ClauseKind;
  if (word == "pattern") return clause == when;
  if (word == "risk") return clause == setting;
  if (word == "weakness") return clause == setting || clause == test || clause == match_cwe;
  if (word == "countermeasure")
    return clause == setting || clause == test || clause == standard || clause == guide ||
           clause == untested || clause == mitigates || clause == required;
  if (word == "question") return clause == ask_when || clause == default_value || clause == help;
  if (word == "adjust")
    return clause == visit || is_operation(clause) || clause == after || clause == before;
  return true;  // all that can be written in a status map, evidence or a ticket
}

bool may_extend(std::string_view word, ClauseKind clause) {
  using enum ClauseKind;
  if (word == "pattern") return clause == risk;
  if (word == "risk") return clause == weakness || clause == setting;
  if (word == "weakness")
    return clause == countermeasure || clause == test || clause == setting || clause == match_cwe;
  if (word == "countermeasure") return clause == test || clause == standard || clause == setting;
  return clause == choice;  // question
}

Changeable::Changeable(const Syntax& syntax, const Libraries& libraries)
    : syntax_(syntax), libraries_(libraries), all_(libraries.all.size()) {
  for (std::uint32_t file = 0; file < syntax.files.size(); ++file) {
    if (libraries.of_file[file] == engine::no_index) continue;
    for (const ClauseId id : syntax.files[file]) collect(id, all_[libraries.of_file[file]]);
  }
}

void Changeable::collect(ClauseId id, Tables& out) {
  const Clause& declared = syntax_.clauses[id];
  const std::string& name = declared.name.text;
  const auto by_kind = [&] { return kind_said(declared) + "." + name; };
  if (declared.kind == ClauseKind::pattern) collect_element(id, id, out);
  if (declared.kind == ClauseKind::weakness || declared.kind == ClauseKind::countermeasure)
    collect_element(id, nothing, out);
  for (const ClauseId child : declared.children) {
    const Clause& each = syntax_.clauses[child];
    if (declared.kind == ClauseKind::extend && !element_word(each.kind).empty())
      collect_element(child, nothing, out);
    if (declared.kind == ClauseKind::questionnaire && each.kind == ClauseKind::question)
      out["question"][each.name.text].push_back(child);
  }
  if (declared.kind == ClauseKind::adjust) out["adjust"][name].push_back(id);
  if (declared.kind == ClauseKind::rating) out["rating"][by_kind()].push_back(id);
  if (declared.kind == ClauseKind::let) out["let"][by_kind()].push_back(id);
  if (declared.kind == ClauseKind::status_map)
    out["status-map"][status_map_name(declared)].push_back(id);
  if (declared.kind == ClauseKind::evidence) out["evidence"][name].push_back(id);
  if (declared.kind == ClauseKind::ticket) out["ticket"][name].push_back(id);
}

void Changeable::collect_element(ClauseId id, ClauseId pattern, Tables& out) {
  const Clause& declared = syntax_.clauses[id];
  const bool declares = declared.kind == ClauseKind::pattern || declared.kind == ClauseKind::risk ||
                        declared.title != nothing;
  if (declares && !declared.name.text.empty()) {
    out[element_table][declared.name.text].push_back(id);
    if (declared.kind == ClauseKind::risk) pattern_of_[id] = pattern;
  }
  for (const ClauseId child : declared.children) {
    if (!element_word(syntax_.clauses[child].kind).empty()) collect_element(child, pattern, out);
  }
}

ClauseId Changeable::pattern_of(ClauseId risk) const {
  const auto found = pattern_of_.find(risk);
  return found == pattern_of_.end() ? nothing : found->second;
}

const Changeable::Names* Changeable::table(const Library& library, std::string_view word) const {
  const Tables& tables = all_[static_cast<std::size_t>(&library - libraries_.all.data())];
  const auto found = tables.find(table_of(word));
  return found == tables.end() ? nullptr : &found->second;
}

void Changeable::unknown(const Clause& change, const std::string& name,
                         std::vector<std::string> known, Diagnostics& diagnostics) const {
  const std::string& word = change.as<ChangeSyntax>().what.text;
  const std::string& library = change.name.qualifier;
  const Library& from = libraries_.all[libraries_.of_file[change.head.file]];
  std::sort(known.begin(), known.end());
  std::string help;
  if (const std::string near = closest(name, known); !near.empty()) {
    help = "did you mean `" + (library.empty() ? near : library + "." + near) + "`?";
  } else if (!library.empty() && library != from.name && !from.imports.contains(library)) {
    help = "import the library: `import " + library + "`";
  } else if (library.empty()) {
    for (const Library& other : libraries_.all) {
      const Names* names = table(other, word);
      if (help.empty() && names != nullptr && names->contains(name))
        help = "library `" + other.name + "` has it: `import " + other.name + "`";
    }
  }
  if (help.empty()) help = shown_names(known);
  if (help.empty()) help = "a change names what a library declares";
  diagnostics.add(Code::unknown_name, change.name.span,
                  "there is no " + std::string(changeable_kind(word).shown) + " `" +
                      name_with_library(change) + "` to change",
                  std::move(help));
}

ClauseId Changeable::named_by(const Clause& change, Diagnostics& diagnostics) const {
  const std::string& word = change.as<ChangeSyntax>().what.text;
  const Library& from = libraries_.all[libraries_.of_file[change.head.file]];
  const std::string name = changed_name(change);
  std::vector<std::pair<ClauseId, const Library*>> found;
  std::vector<std::string> known;
  for (const Library* library : libraries_.visible(from)) {
    if (!change.name.qualifier.empty() && library->name != change.name.qualifier) continue;
    const Names* names = table(*library, word);
    if (names == nullptr) continue;
    for (const auto& [each, ids] : *names) {
      const std::string_view element = element_word(syntax_.clauses[ids.front()].kind);
      if (element.empty() || element == word) known.push_back(each);
    }
    const auto here = names->find(name);
    if (here == names->end()) continue;
    for (const ClauseId id : here->second) found.emplace_back(id, library);
    if (library == &from) break;
  }
  if (found.empty()) {
    unknown(change, name, std::move(known), diagnostics);
    return nothing;
  }
  if (found.size() > 1) {
    if (is_declared_once(word)) return nothing;
    Diagnostic& shown = diagnostics.add(
        Code::ambiguous_name, change.name.span, "`" + name_with_library(change) + "` is ambiguous",
        found[0].second == found[1].second
            ? ""
            : "say which: `" + found.front().second->name + "." + name + "`");
    for (const auto& each : found)
      shown.related.push_back({syntax_.clauses[each.first].name.span, "declared here"});
    return nothing;
  }
  const Clause& declared = syntax_.clauses[found.front().first];
  const std::string_view element = element_word(declared.kind);
  if (!element.empty() && element != word) {
    diagnostics
        .add(Code::wrong_kind, change.name.span,
             "`" + change.name.full() + "` is a " + std::string(element) + ", not a " + word)
        .related.push_back({declared.name.span, "declared here"});
    return nothing;
  }
  return found.front().first;
}

}  // namespace riskd::dsl
