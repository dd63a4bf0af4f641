#include "dsl/compile/changes.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "dsl/compile/changeable.hpp"

namespace riskd::dsl {
namespace {

class Changes {
 public:
  Changes(Syntax& syntax, const Libraries& libraries, Diagnostics& diagnostics)
      : syntax_(syntax), libraries_(libraries), diagnostics_(diagnostics) {}

  void run() {
    if (!any()) return;
    changeable_.emplace(syntax_, libraries_);
    for (const ClauseKind kind : {ClauseKind::disable, ClauseKind::override_, ClauseKind::extend}) {
      for (std::uint32_t file = 0; file < syntax_.files.size(); ++file) {
        if (libraries_.of_file[file] == engine::no_index) continue;
        for (const ClauseId id : syntax_.files[file]) {
          const Clause& change = clause(id);
          if (change.kind != kind || change.name.text.empty() ||
              change.as<ChangeSyntax>().what.text.empty())
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

  void carry_out(ClauseId id) {
    const ClauseId of = changeable_->named_by(clause(id), diagnostics_);
    if (of == nothing) return;
    const Clause& change = clause(id);
    if (change.kind == ClauseKind::disable) return disable(id, of);
    ClauseId disabled = clause(of).disabled_by;
    if (const ClauseId pattern = changeable_->pattern_of(of);
        disabled == nothing && pattern != nothing)
      disabled = clause(pattern).disabled_by;
    if (disabled != nothing) {
      diagnostics_
          .add(Code::changed_disabled, change.head,
               "`" + change.name.full() + "` is disabled, and this changes it",
               "leave one of the two out")
          .related.push_back({clause(disabled).head, "disabled here"});
      return;
    }
    if (change.kind == ClauseKind::extend) return extend(id, of);
    const std::string& word = change.as<ChangeSyntax>().what.text;
    if (word == "rating" || word == "let") return replace_value(id, of);
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
    const std::string name = clause(of).kind == ClauseKind::status_map ? status_map_name(clause(of))
                                                                       : clause(of).name.text;
    diagnostics_
        .add(Code::changed_twice, clause(at).head, key + " of `" + name + "` is changed twice",
             "keep one of the two")
        .related.push_back({clause(it->second.at).head, "first changed here"});
    return false;
  }

  void replace_value(ClauseId id, ClauseId of) {
    const bool let = clause(of).kind == ClauseKind::let;
    if (!claim(id, id, of, let ? "the value" : "the rating")) return;
    if (let) clause(of).as<LetSyntax>().before_change = clause(of).expr;
    clause(of).expr = clause(id).expr;
  }

  void replace(ClauseId id, ClauseId of) {
    const std::string owner = clause(id).as<ChangeSyntax>().what.text;
    const std::vector<ClauseId> children = clause(id).children;
    if (children.empty() && !clause(id).broken && (owner == "status-map" || owner == "evidence")) {
      diagnostics_.add(
          Code::missing_clause, clause(id).head,
          "this change of the " + std::string(changeable_kind(owner).shown) + " has no rows",
          "its rows take the place of all those that were there");
    }
    std::set<std::string> replaced;
    for (const ClauseId child : children) {
      const Clause& each = clause(child);
      if (!may_override(owner, each.kind)) {
        diagnostics_.add(
            Code::wrong_kind, each.head, "`override` does not replace this",
            "it replaces, " + std::string(changeable_kind(owner).replaced) +
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
        if (each.kind == ClauseKind::default_value)
          clause(of).as<QuestionSyntax>().default_value = each.expr;
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
    const std::string owner = clause(id).as<ChangeSyntax>().what.text;
    const std::vector<ClauseId> children = clause(id).children;
    for (const ClauseId child : children) {
      const Clause& each = clause(child);
      if (!may_extend(owner, each.kind)) {
        diagnostics_.add(
            Code::wrong_kind, each.head, "`extend` does not add this",
            "it extends " + std::string(changeable_kind(owner).added) + "; `override` replaces");
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
      if (each.kind == ClauseKind::risk) changeable_->add_risk(child, of);
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
    chosen.choices.push_back({choice.name, choice.title, choice.as<ChoiceSyntax>().was});
  }

  struct Claim {
    ClauseId change, at;
  };

  Syntax& syntax_;
  const Libraries& libraries_;
  Diagnostics& diagnostics_;
  std::optional<Changeable> changeable_;
  std::map<std::pair<ClauseId, std::string>, Claim> claimed_;
};

}  // namespace

void apply_changes(Syntax& syntax, const Libraries& libraries, Diagnostics& diagnostics) {
  Changes(syntax, libraries, diagnostics).run();
}

}  // namespace riskd::dsl
