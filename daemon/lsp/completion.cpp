// Completion: what may stand at the cursor.
#include <algorithm>
#include <initializer_list>
#include <set>

#include "daemon/lsp/completion_place.hpp"
#include "daemon/lsp/features.hpp"
#include "daemon/lsp/words.hpp"
#include "dsl/compile/builtins.hpp"
#include "engine/program/program.hpp"

namespace riskd::lsp {
namespace {

using dsl::NameKind;
using Words = std::vector<std::string_view>;

bool is_any(std::string_view word, const Words& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

const Words states{"recommended", "required", "implemented", "rejected", "not-applicable"};
const Words tested{"untested", "stale", "passed", "failed"};
const Words kinds{"product", "component", "risk", "weakness", "countermeasure"};
const Words elements{"pattern", "risk", "weakness", "countermeasure"};
const Words overridden{"question", "adjust", "rating", "let", "status-map", "evidence", "ticket"};
const Words report_formats = engine::source_names();
const Words trackers = engine::tracker_names();

Words verdicts() {
  Words names;
  for (const engine::Verdict each : engine::verdicts()) names.push_back(to_string(each));
  return names;
}

class Completer {
 public:
  Completer(const Analysis& analysis, const std::string& uri, CursorPlace place)
      : names_(analysis.names), place_(std::move(place)) {
    const auto file = analysis.file(uri);
    const dsl::Syntax& syntax = analysis.compiled.syntax;
    if (!file) return;
    const auto each_header = [&](std::uint32_t of, dsl::ClauseKind kind, auto visit) {
      for (const dsl::ClauseId id : syntax.files[of]) {
        if (syntax.clauses[id].kind == kind) visit(syntax.clauses[id].name.text);
      }
    };
    std::string own;
    each_header(*file, dsl::ClauseKind::library, [&](const std::string& name) { own = name; });
    visible_.insert(own);
    for (std::uint32_t of = 0; of < syntax.files.size(); ++of) {
      bool same = false;
      each_header(of, dsl::ClauseKind::library,
                  [&](const std::string& name) { same = name == own; });
      if (!same) continue;
      each_header(of, dsl::ClauseKind::import,
                  [&](const std::string& name) { visible_.insert(name); });
    }
  }

  json::array complete(const std::vector<std::string>& libraries) {
    if (place_.code) offer(libraries);
    return std::move(items_);
  }

 private:
  void item(const std::string& label, int kind, const std::string& detail,
            const std::string& documentation = {}) {
    if (!offered_.insert(label).second) return;
    json::object made{{"label", label}, {"kind", kind}};
    if (!detail.empty()) made["detail"] = detail;
    if (!documentation.empty()) made["documentation"] = documentation;
    items_.push_back(std::move(made));
  }
  void word(std::string_view text) {
    item(std::string(text), 14, std::string(meaning_of(text)));  // Keyword
  }
  void words(const Words& all) {
    for (const std::string_view each : all) word(each);
  }

  bool sees(const dsl::Definition& definition) const {
    return visible_.contains(definition.library);
  }
  void named(const dsl::Definition& each) {
    const bool step = each.kind == NameKind::step || each.kind == NameKind::choice;
    const int kind = step ? 20 : each.type.empty() ? 7 : 6;  // EnumMember, Class, Variable
    item(each.name, kind, each.type.empty() || step ? each.title : each.type,
         each.type.empty() || step ? each.documentation : each.title);
  }
  void all_of(std::initializer_list<NameKind> wanted) {
    for (const dsl::Definition& each : names_.definitions) {
      if (sees(each) && std::find(wanted.begin(), wanted.end(), each.kind) != wanted.end())
        named(each);
    }
  }
  void elements_called(std::string_view kind) {
    for (const dsl::Definition& each : names_.definitions) {
      if (sees(each) && to_string(each.kind) == kind) named(each);
    }
  }

  void maps_of(std::string_view tracker) {
    for (const dsl::Definition& each : names_.definitions) {
      if (each.kind == NameKind::status_map && each.of == tracker && sees(each)) named(each);
    }
  }

  // Values that an expression may read, and the functions.
  void values() {
    all_of({NameKind::question, NameKind::field, NameKind::let, NameKind::attribute,
            NameKind::rating});
    for (const dsl::Definition& each : dsl::builtin_definitions()) {
      if (each.of != "run") item(each.name, 6, each.type);
    }
    for (const dsl::FunctionName& function : dsl::function_names())
      item(std::string(function.name), 3, std::string(function.meaning));
    words({"not", "if", "match", "yes", "no", "today"});
  }

  // The choices or steps that `value` may have; false where it is none with choices.
  bool steps(const std::string& value) {
    if (const engine::SourceField* field = field_of_source(value)) {
      for (const std::string_view each : field->words) item(std::string(each), 20, "");
      if (field->type == engine::FieldType::truth) words({"yes", "no"});
      return true;
    }
    if (value == "state") return words(states), true;
    if (value == "tested") return words(tested), true;
    if (value == "type") return all_of({NameKind::component_type}), true;
    const std::size_t before = items_.size();
    for (const dsl::Definition& each : names_.definitions) {
      const bool bands = value == "band" && each.kind == NameKind::bands;
      if ((each.name != value && !bands) || each.steps_of == dsl::no_definition) continue;
      for (const std::uint32_t step : names_.steps_of(each.steps_of))
        named(names_.definitions[step]);
    }
    return items_.size() > before;
  }

  // The word after the last `keyword`: which source or tracker the rows are of.
  const std::string& word_after(std::string_view keyword) const {
    static const std::string none;
    for (std::size_t back = 1; back < place_.words.size(); ++back) {
      if (place_.before(back) == keyword) return place_.before(back - 1);
    }
    return none;
  }
  // What a row may ask of the source of the block; null outside of `evidence`.
  const engine::SourceField* field_of_source(std::string_view name) const {
    if (place_.construct() != "evidence") return nullptr;
    const engine::TestSource* source = engine::test_source(word_after("evidence"));
    return source == nullptr ? nullptr : source->field(name);
  }
  void fields_of_rows(const std::string& construct) {
    if (construct == "evidence") {
      if (const auto* source = engine::test_source(word_after("evidence"))) {
        for (const engine::SourceField& each : source->fields)
          item(std::string(each.name), 5, std::string(each.meaning));  // Field
      }
    } else if (construct == "status-map") {
      if (const auto* kind = engine::tracker_kind(word_after("status-map"))) {
        for (const engine::StatusField& each : kind->fields)
          item(std::string(each.name), 5, "of a ticket on " + std::string(kind->title));
      }
    }
  }

  bool truth(const std::string& value) const {
    return std::any_of(names_.definitions.begin(), names_.definitions.end(), [&](const auto& each) {
      return each.name == value && each.type == "yes-no";
    });
  }

  void after_dot(const std::string& qualifier) {
    for (const dsl::Definition& each : names_.definitions) {
      const std::string of = each.kind != NameKind::question ? each.of
                             : each.component_type.empty()   ? "product"
                                                             : "component";
      const bool top = each.owner == dsl::no_definition || each.kind == NameKind::risk ||
                       each.kind == NameKind::weakness || each.kind == NameKind::question ||
                       each.kind == NameKind::countermeasure;
      if (of == qualifier || (each.library == qualifier && top && each.name != qualifier))
        named(each);
    }
    for (const dsl::Definition& each : dsl::builtin_definitions()) {
      // `{risks.title}`: that of each.
      if (each.of == qualifier || each.of + "s" == qualifier || each.of + "es" == qualifier)
        item(each.name, 6, each.type);
    }
    steps(qualifier);
  }

  bool in_scenario() {
    const std::string& last = place_.before();
    const std::string& second = place_.before(1);
    if (is_any(last, {"given", "then", "case"})) {
      all_of({NameKind::question, NameKind::field});
      words({"today", "component"});
      if (last != "given") words({"approve", "decide", "accept", "ticket", "result"});
      return true;
    }
    if (is_any(last, {"expect", "->"})) return words({"pattern", "ticket"}), words(kinds), true;
    if (is_any(last, elements)) return elements_called(last), true;
    if (is_any(last, {"decide", "accept", "for"})) {
      all_of({NameKind::risk, NameKind::weakness, NameKind::countermeasure});
      return true;
    }
    if (last == "ticket") return all_of({NameKind::ticket}), true;
    if (place_.before(3) == "decide" && second == ":") return words({"false-positive"}), true;
    if (second == "decide") {
      words({"required", "recommended", "rejected", "not-applicable", "implemented",
             "not-implemented"});
      all_of({NameKind::attribute});
      return true;
    }
    if (second == "on" && is_any(last, trackers) && !place_.line_begins) return maps_of(last), true;
    if (last == "result") return words(report_formats), true;
    if (place_.before(2) == "result") return words({"failed", "passed", "with", "absent"}), true;
    if (second == "pattern" && place_.before(2) == "expect")
      return words({"applies", "does", "is"}), true;
    if (last == "is") {
      const std::string& kind = place_.before(2);
      if (kind == "countermeasure") return words(states), true;
      if (kind == "weakness") return words(tested), true;
      if (kind == "pattern") return words({"undecided"}), true;
      if (kind == "for") return words({"open", "closed", "absent"}), true;
    }
    if (last == "has" && place_.before(5) == "expect")
      return words({"title", "body", "labels", "priority", "comment"}), true;
    if (last == "=") {
      if (!steps(second)) words({"yes", "no"});
      return true;
    }
    if (last == ",") return all_of({NameKind::question, NameKind::field}), true;
    return false;
  }

  // A word after which only one thing may stand.
  bool by_last_word(const std::string& construct) {
    const std::string& last = place_.before();
    const std::string& second = place_.before(1);
    const bool in_match = !place_.frames.empty() && place_.frames.back().kind == Frame::Kind::match;
    if (last == "." || (last == ":" && !in_match && construct != "scenario")) {
      if (last == ".") return after_dot(second), true;
      words({"yes-no", "one-of", "any-of", "number", "percent", "text", "date", "duration"});
      return all_of({NameKind::scale}), true;
    }
    if (last == "type" && second == "of") return all_of({NameKind::component_type}), true;
    if (last == "->" && construct != "scenario") {
      if (construct == "evidence")
        words(verdicts());
      else
        words({"implemented", "required", "rejected", "not-applicable"});
      return true;
    }
    if (last == "test" || last == "evidence") return words(report_formats), true;
    if (last == "status-map") return words(trackers), true;
    if (is_any(last, {"extend", "override", "disable"})) {
      words(elements);
      return last == "override" ? words(overridden) : word("question"), true;
    }
    if (place_.before(2) == "override" && second == "status-map") return maps_of(last), true;
    if (second == "override" && last == "adjust") return all_of({NameKind::adjust}), true;
    if (second == "override" && is_any(last, {"let", "rating"})) return words(kinds), true;
    if (is_any(second, {"extend", "override", "disable"})) return elements_called(last), true;
    if (is_any(last, {"after", "before"}) && construct == "adjust")
      return all_of({NameKind::adjust}), true;
    if (last == "to" && second == "relate") return all_of({NameKind::ticket}), true;
    if (last == "for") {
      if (construct == "pattern" || construct == "questionnaire")
        word("component");
      else
        words({"risk", "weakness", "countermeasure", "component"});
      return true;
    }
    if (is_any(last, {"let", "rating"})) return words(kinds), true;
    if (last == "field") return words({"product", "component"}), true;
    if (last == "attribute") return words({"risk", "weakness", "countermeasure"}), true;
    if ((last == "weakness" && construct == "risk") ||
        (last == "countermeasure" && construct == "weakness"))
      return elements_called(last), true;
    return false;
  }

  bool compared() {
    const std::string& last = place_.before();
    const bool is_not = last == "not" && place_.before(1) == "is";
    if (!is_not && !is_any(last, {"is", "includes", "<", "<=", ">", ">="})) return false;
    const bool in_row = steps(place_.before(is_not ? 2 : 1)) && place_.construct() == "evidence";
    if (in_row) return true;
    if (last == "is") words({"not", "in", "answered"});
    if (last == "includes") words({"any", "all"});
    values();
    return true;
  }

  bool in_braces() {
    if (place_.frames.empty()) return false;
    const Frame& frame = place_.frames.back();
    const bool item_begins = is_any(place_.before(), {"{", ","});
    if (frame.kind == Frame::Kind::choices) return true;  // new names
    if (frame.kind == Frame::Kind::list && item_begins) {
      if (!steps(frame.word)) values();
      return true;
    }
    if (frame.kind == Frame::Kind::match && item_begins) {
      if (!steps(frame.word) && truth(frame.word)) words({"yes", "no"});
      return word("otherwise"), true;
    }
    return false;
  }

  bool is_attribute(const std::string& name) const {
    return std::any_of(names_.definitions.begin(), names_.definitions.end(), [&](const auto& each) {
      return each.kind == NameKind::attribute && each.name == name;
    });
  }

  bool expression_begins(const std::string& construct) {
    const std::string& last = place_.before();
    const bool element = is_any(construct, {"risk", "weakness", "countermeasure"});
    if (element && is_attribute(last)) return steps(last), values(), true;
    if (last == "default") {
      if (!steps(place_.declared)) words({"yes", "no"});
      return true;
    }
    if (last == "=" && construct == "attribute") return steps(place_.before(1)), true;
    if (is_any(last, {"then", "else", ":"})) {
      // `ease if … then |`: of the attribute that the clause sets.
      for (std::size_t back = 1; back < 40 && back < place_.words.size(); ++back) {
        if (element && is_attribute(place_.before(back)) && steps(place_.before(back))) break;
      }
    }
    if (!is_any(last, {"when", "if", "then", "else", "and",      "or",    "not",       "(",
                       ",",    "+",  "-",    "*",    "/",        "match", "mitigates", "by",
                       "at",   "to", "=",    ":",    "priority", "update"}))
      return false;
    return values(), true;
  }

  // What may follow the type of a field, and the title of a component type.
  bool options_of_declaration() {
    if (place_.before() == "was") return true;  // a name that nothing has
    if (place_.before() == "default") return false;
    bool typed = false;
    for (std::size_t back = 0; back < place_.words.size(); ++back) {
      const std::string& word = place_.before(back);
      typed = typed || word == ":";
      if (word == "field" && typed) return words({"required", "default", "was"}), true;
      if (word == "component-type" && back > 0) return words({"was"}), true;
      if (is_any(word, clause_words(""))) return false;
    }
    return false;
  }

  void clause_begins(const std::string& construct) {
    fields_of_rows(construct);
    for (const std::string_view each : clause_words(construct)) word(each);
    for (const dsl::Definition& each : names_.definitions) {
      if (each.kind == NameKind::attribute && each.of == construct && sees(each)) named(each);
    }
  }

  void offer(const std::vector<std::string>& libraries) {
    if (place_.before() == "import") {
      for (const std::string& each : libraries) item(each, 9, "shipped library");
      for (const dsl::Definition& each : names_.definitions) {
        if (each.kind == NameKind::library) item(each.name, 9, each.title);
      }
      return;
    }
    const std::string construct = place_.construct();
    const bool row = construct == "status-map" || construct == "evidence";
    if (in_braces() || by_last_word(construct)) return;
    if (construct.empty() && !place_.line_begins && options_of_declaration()) return;
    if (construct == "scenario" && in_scenario()) return;
    if (construct == "component") return all_of({NameKind::question, NameKind::field});
    if (compared() || (!row && expression_begins(construct))) return;
    const bool operand =
        !place_.words.empty() && !place_.line_begins && !is_any(place_.before(), {"{", "}"});
    if (operand) words({"is", "in", "includes", "matches", "and", "or", "then", "else"});
    if (construct == "questionnaire" && !place_.declared.empty() && place_.before() != "{")
      words({"ask", "default", "help", "was"});
    clause_begins(construct);
  }

  const dsl::NameIndex& names_;
  CursorPlace place_;
  std::set<std::string> visible_;  // libraries
  std::set<std::string> offered_;
  json::array items_;
};

}  // namespace

json::value completion(const Analysis& analysis, const std::string& uri, const std::string& text,
                       std::uint32_t offset, const std::vector<std::string>& libraries) {
  return json::object{
      {"isIncomplete", false},
      {"items", Completer(analysis, uri, place_at(text, offset)).complete(libraries)}};
}

}  // namespace riskd::lsp
