#include "dsl/changes.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace riskd::dsl {
namespace {

using Names = std::unordered_map<std::string, std::vector<ClauseId>>;

// What of a library can be changed: elements and questions by name, steps, and ratings as `risk.inherent`.
struct Changeable {
  Names elements, questions, steps, ratings;
};

std::string_view word_of(ClauseKind kind) {
  switch (kind) {
    case ClauseKind::pattern:
      return "pattern";
    case ClauseKind::risk:
      return "risk";
    case ClauseKind::weakness:
      return "weakness";
    case ClauseKind::countermeasure:
      return "countermeasure";
    case ClauseKind::question:
      return "question";
    case ClauseKind::adjust:
      return "adjust";
    default:
      return "rating";
  }
}

bool is_operation(ClauseKind kind) {
  return kind == ClauseKind::reduce || kind == ClauseKind::restore ||
         kind == ClauseKind::raise_by || kind == ClauseKind::raise_to || kind == ClauseKind::cap;
}

// Two clauses with one key are the same clause: a step has one operation, a risk one `ease`.
std::string key_of(const Clause& clause) {
  if (clause.kind == ClauseKind::setting) return "`" + clause.name.text + "`";
  if (is_operation(clause.kind)) return "what the step does";
  switch (clause.kind) {
    case ClauseKind::when:
      return "`when`";
    case ClauseKind::visit:
      return "`for`";
    case ClauseKind::mitigates:
      return "`mitigates`";
    case ClauseKind::required:
      return "`required`";
    case ClauseKind::test:
      return "`test`";
    case ClauseKind::standard:
      return "`standard`";
    case ClauseKind::guide:
      return "`guide`";
    case ClauseKind::match_cwe:
      return "`match cwe`";
    case ClauseKind::ask_when:
      return "`ask when`";
    case ClauseKind::default_value:
      return "`default`";
    case ClauseKind::help:
      return "`help`";
    case ClauseKind::after:
    case ClauseKind::before:
      return "its place among the steps";
    default:
      return {};
  }
}

bool may_override(std::string_view owner, ClauseKind kind) {
  using enum ClauseKind;
  if (owner == "pattern") return kind == when;
  if (owner == "risk") return kind == setting;
  if (owner == "weakness") return kind == setting || kind == test || kind == match_cwe;
  if (owner == "countermeasure")
    return kind == setting || kind == test || kind == standard || kind == guide ||
           kind == mitigates || kind == required;
  if (owner == "question") return kind == ask_when || kind == default_value || kind == help;
  return kind == visit || is_operation(kind) || kind == after || kind == before;  // adjust
}

bool may_extend(std::string_view owner, ClauseKind kind) {
  using enum ClauseKind;
  if (owner == "pattern") return kind == risk;
  if (owner == "risk") return kind == weakness || kind == setting;
  if (owner == "weakness")
    return kind == countermeasure || kind == test || kind == setting || kind == match_cwe;
  if (owner == "countermeasure") return kind == test || kind == standard || kind == setting;
  return kind == choice;  // question
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 6> overridable{
    {{"pattern", "of a pattern, `when`"},
     {"risk", "of a risk, its attributes"},
     {"weakness", "of a weakness, its attributes and tests"},
     {"countermeasure",
      "of a countermeasure, its attributes, tests, standards, `guide`, `mitigates` and `required`"},
     {"question", "of a question, `ask when`, `default` and `help`"},
     {"adjust", "of a step, `for`, what it does, `after` and `before`"}}};

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> extensible{
    {{"pattern", "a pattern by risks"},
     {"risk", "a risk by weaknesses and attributes that it does not set"},
     {"weakness", "a weakness by countermeasures and tests"},
     {"countermeasure", "a countermeasure by tests and standards"},
     {"question", "a question by choices"}}};

class Changes {
 public:
  Changes(Syntax& syntax, const Libraries& libraries, Diagnostics& diagnostics)
      : syntax_(syntax), libraries_(libraries), diagnostics_(diagnostics) {}

  void run() {
    if (!any()) return;
    collect();
    for (const ClauseKind kind : {ClauseKind::disable, ClauseKind::override_, ClauseKind::extend}) {
      for (std::uint32_t file = 0; file < syntax_.files.size(); ++file) {
        if (libraries_.of_file[file] == engine::no_index) continue;
        for (const ClauseId id : syntax_.files[file]) {
          const Clause& change = clause(id);
          if (change.kind != kind || change.name.text.empty() ||
              change.more().kind_word.text.empty())
            continue;
          carry_out(id);
        }
      }
    }
  }

 private:
  Clause& clause(ClauseId id) { return syntax_.clauses[id]; }

  // Whether the policy changes anything: most do not, and need no table of what could be changed.
  bool any() const {
    for (const std::vector<ClauseId>& file : syntax_.files) {
      for (const ClauseId id : file) {
        const ClauseKind kind = syntax_.clauses[id].kind;
        if (kind == ClauseKind::disable || kind == ClauseKind::override_ ||
            kind == ClauseKind::extend)
          return true;
      }
    }
    return false;
  }

  void collect_element(ClauseId id, ClauseId pattern, Changeable& out) {
    const Clause& declared = clause(id);
    const bool declares = declared.kind == ClauseKind::pattern ||
                          declared.kind == ClauseKind::risk || declared.title != nothing;
    if (declares && !declared.name.text.empty()) {
      out.elements[declared.name.text].push_back(id);
      if (declared.kind == ClauseKind::risk) pattern_of_[id] = pattern;
    }
    for (const ClauseId child : clause(id).children) {
      const ClauseKind kind = clause(child).kind;
      if (kind == ClauseKind::risk || kind == ClauseKind::weakness ||
          kind == ClauseKind::countermeasure)
        collect_element(child, pattern, out);
    }
  }

  void collect() {
    all_.resize(libraries_.all.size());
    for (std::uint32_t file = 0; file < syntax_.files.size(); ++file) {
      if (libraries_.of_file[file] == engine::no_index) continue;
      Changeable& out = all_[libraries_.of_file[file]];
      for (const ClauseId id : syntax_.files[file]) {
        const Clause& declared = clause(id);
        switch (declared.kind) {
          case ClauseKind::pattern:
            collect_element(id, id, out);
            break;
          case ClauseKind::weakness:
          case ClauseKind::countermeasure:
            collect_element(id, nothing, out);
            break;
          case ClauseKind::extend:
            for (const ClauseId child : declared.children) {
              const ClauseKind kind = clause(child).kind;
              if (kind == ClauseKind::risk || kind == ClauseKind::weakness ||
                  kind == ClauseKind::countermeasure)
                collect_element(child, nothing, out);
            }
            break;
          case ClauseKind::questionnaire:
            for (const ClauseId child : declared.children) {
              if (clause(child).kind == ClauseKind::question)
                out.questions[clause(child).name.text].push_back(child);
            }
            break;
          case ClauseKind::adjust:
            out.steps[declared.name.text].push_back(id);
            break;
          case ClauseKind::rating:
            out.ratings[declared.more().kind_word.text + "." + declared.name.text].push_back(id);
            break;
          default:
            break;
        }
      }
    }
  }

  // The declaration that a change names; reports where there is none, or more than one.
  ClauseId target(const Clause& change) {
    const std::string& kind = change.more().kind_word.text;
    const Library& from = libraries_.all[libraries_.of_file[change.head.file]];
    Names Changeable::*table = kind == "question" ? &Changeable::questions
                               : kind == "adjust" ? &Changeable::steps
                               : kind == "rating" ? &Changeable::ratings
                                                  : &Changeable::elements;
    const std::string name =
        kind == "rating" ? change.more().name2.text + "." + change.name.text : change.name.text;
    std::vector<std::pair<ClauseId, const Library*>> found;
    std::vector<std::string> candidates;
    for (const Library* library : libraries_.visible(from)) {
      if (!change.name.qualifier.empty() && library->name != change.name.qualifier) continue;
      const Names& names = all_[static_cast<std::size_t>(library - libraries_.all.data())].*table;
      for (const auto& [each, ids] : names) {
        if (kind == "question" || kind == "adjust" || kind == "rating" ||
            word_of(clause(ids.front()).kind) == kind)
          candidates.push_back(each);
      }
      const auto it = names.find(name);
      if (it == names.end()) continue;
      for (const ClauseId id : it->second) found.emplace_back(id, library);
      if (library == &from) break;
    }
    if (found.empty()) {
      std::sort(candidates.begin(), candidates.end());
      std::string near = closest(name, candidates);
      if (!near.empty() && !change.name.qualifier.empty())
        near = change.name.qualifier + "." + near;
      const bool imported = change.name.qualifier.empty() || from.name == change.name.qualifier ||
                            from.imports.contains(change.name.qualifier);
      diagnostics_.add(Code::unknown_name, change.name.span,
                       "there is no " + std::string(kind == "adjust" ? "step" : kind) + " `" +
                           (kind == "rating" ? name : change.name.full()) + "` to change",
                       !near.empty() ? "did you mean `" + near + "`?"
                       : imported    ? "a change names what a library declares"
                                  : "import the library: `import " + change.name.qualifier + "`");
      return nothing;
    }
    if (found.size() > 1) {
      Diagnostic& shown = diagnostics_.add(
          Code::ambiguous_name, change.name.span, "`" + change.name.full() + "` is ambiguous",
          found[0].second == found[1].second
              ? ""
              : "say which: `" + found.front().second->name + "." + name + "`");
      for (const auto& each : found)
        shown.related.push_back({clause(each.first).name.span, "declared here"});
      return nothing;
    }
    const Clause& declared = clause(found.front().first);
    if (word_of(declared.kind) != kind) {
      diagnostics_
          .add(Code::wrong_kind, change.name.span,
               "`" + change.name.full() + "` is a " + std::string(word_of(declared.kind)) +
                   ", not a " + kind)
          .related.push_back({declared.name.span, "declared here"});
      return nothing;
    }
    return found.front().first;
  }

  void carry_out(ClauseId id) {
    const ClauseId of = target(clause(id));
    if (of == nothing) return;
    const Clause& change = clause(id);
    if (change.kind == ClauseKind::disable) return disable(id, of);
    ClauseId disabled = clause(of).disabled_by;
    if (const auto it = pattern_of_.find(of);
        disabled == nothing && it != pattern_of_.end() && it->second != nothing)
      disabled = clause(it->second).disabled_by;
    if (disabled != nothing) {
      diagnostics_
          .add(Code::changed_disabled, change.head,
               "`" + change.name.full() + "` is disabled, and this changes it",
               "leave one of the two out")
          .related.push_back({clause(disabled).head, "disabled here"});
      return;
    }
    if (change.kind == ClauseKind::extend) return extend(id, of);
    if (change.more().kind_word.text == "rating") {
      if (!claim(id, id, of, "the rating")) return;
      clause(of).expr = change.expr;
      return;
    }
    replace(id, of);
  }

  void disable(ClauseId id, ClauseId of) {
    if (clause(of).disabled_by != nothing) {
      diagnostics_
          .add(Code::changed_twice, clause(id).head,
               "`" + clause(id).name.full() + "` is disabled twice")
          .related.push_back({clause(clause(of).disabled_by).head, "first disabled here"});
      return;
    }
    clause(of).disabled_by = id;
  }

  // Whether `change` is the only one that touches this clause of `of`; reports where it is not.
  bool claim(ClauseId change, ClauseId at, ClauseId of, const std::string& key) {
    const auto [it, fresh] = claimed_.try_emplace({of, key}, Claim{change, at});
    if (fresh || it->second.change == change) return true;
    diagnostics_
        .add(Code::changed_twice, clause(at).head,
             key + " of `" + clause(of).name.text + "` is changed twice", "keep one of the two")
        .related.push_back({clause(it->second.at).head, "first changed here"});
    return false;
  }

  static std::string_view allowed(const auto& table, const std::string& owner) {
    for (const auto& [kind, words] : table) {
      if (kind == owner) return words;
    }
    return {};
  }

  void replace(ClauseId id, ClauseId of) {
    const std::string owner = clause(id).more().kind_word.text;
    const std::vector<ClauseId> children = clause(id).children;
    std::set<std::string> replaced;
    for (const ClauseId child : children) {
      const Clause& each = clause(child);
      if (!may_override(owner, each.kind)) {
        diagnostics_.add(
            Code::wrong_kind, each.head, "`override` does not replace this",
            "it replaces, " + std::string(allowed(overridable, owner)) +
                "; `extend` adds, and a risk, weakness or countermeasure is overridden "
                "by its own name");
        continue;
      }
      const std::string key = key_of(each);
      if (!claim(id, child, of, key)) continue;
      if (owner == "question") {
        if (!replaced.insert(key).second)
          diagnostics_.add(Code::repeated_clause, each.head, "a second " + key);
        if (each.kind == ClauseKind::ask_when) clause(of).expr = each.expr;
        if (each.kind == ClauseKind::default_value) clause(of).expr2 = each.expr;
        if (each.kind == ClauseKind::help) clause(of).text = each.text;
        continue;
      }
      // The first of a key takes the old ones away; two tests in one change both stay.
      if (replaced.insert(key).second) {
        std::vector<ClauseId>& old = clause(of).children;
        old.erase(std::remove_if(old.begin(), old.end(),
                                 [&](ClauseId other) { return key_of(clause(other)) == key; }),
                  old.end());
      }
      clause(of).children.push_back(child);
    }
  }

  void extend(ClauseId id, ClauseId of) {
    const std::string owner = clause(id).more().kind_word.text;
    const std::vector<ClauseId> children = clause(id).children;
    for (const ClauseId child : children) {
      const Clause& each = clause(child);
      if (!may_extend(owner, each.kind)) {
        diagnostics_.add(
            Code::wrong_kind, each.head, "`extend` does not add this",
            "it extends " + std::string(allowed(extensible, owner)) + "; `override` replaces");
        continue;
      }
      if (each.kind == ClauseKind::choice) {
        add_choice(each, of);
        continue;
      }
      if (each.kind == ClauseKind::setting) {
        const std::string key = key_of(each);
        if (!claim(id, child, of, key)) continue;
        const std::vector<ClauseId>& old = clause(of).children;
        const auto set = std::find_if(old.begin(), old.end(), [&](ClauseId other) {
          return clause(other).kind == ClauseKind::setting && key_of(clause(other)) == key;
        });
        if (set != old.end()) {
          diagnostics_
              .add(Code::repeated_clause, each.head, key + " is set already",
                   "`override` replaces it")
              .related.push_back({clause(*set).head, "set here"});
          continue;
        }
      }
      if (each.kind == ClauseKind::risk) pattern_of_[child] = of;
      clause(of).children.push_back(child);
    }
  }

  void add_choice(const Clause& choice, ClauseId of) {
    const std::uint32_t type = clause(of).type;
    if (type == nothing) return;  // was reported
    TypeSyntax& chosen = syntax_.types[type];
    if (chosen.kind != TypeKind::one_of && chosen.kind != TypeKind::any_of) {
      diagnostics_
          .add(Code::wrong_kind, choice.head,
               "`" + clause(of).name.text + "` has no choices to add to")
          .related.push_back({chosen.span, "its type"});
      return;
    }
    chosen.choices.push_back({choice.name, choice.title});
  }

  struct Claim {
    ClauseId change, at;
  };

  Syntax& syntax_;
  const Libraries& libraries_;
  Diagnostics& diagnostics_;
  std::vector<Changeable> all_;  // by library
  std::unordered_map<ClauseId, ClauseId> pattern_of_;
  std::map<std::pair<ClauseId, std::string>, Claim> claimed_;
};

}  // namespace

void apply_changes(Syntax& syntax, const Libraries& libraries, Diagnostics& diagnostics) {
  Changes(syntax, libraries, diagnostics).run();
}

}  // namespace riskd::dsl
