#include "dsl/index/index.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include "dsl/compile/builtins.hpp"
#include "dsl/index/index_builder.hpp"

namespace riskd::dsl {

std::string_view to_string(NameKind kind) {
  static constexpr std::array<std::string_view, 19> words{
      "library",        "questionnaire",  "question", "field",     "let",
      "attribute",      "rating",         "scale",    "bands",     "step",
      "choice",         "component type", "pattern",  "risk",      "weakness",
      "countermeasure", "adjustment",     "ticket",   "status map"};
  return words[static_cast<std::size_t>(kind)];
}

const NameUse* NameIndex::at(std::uint32_t file, std::uint32_t offset) const {
  const auto after = std::upper_bound(uses.begin(), uses.end(), std::pair{file, offset},
                                      [](const auto& wanted, const NameUse& use) {
                                        return wanted < std::pair{use.span.file, use.span.begin};
                                      });
  if (after == uses.begin()) return nullptr;
  const NameUse& use = *std::prev(after);
  return use.span.file == file && offset <= use.span.end ? &use : nullptr;
}

std::vector<Span> NameIndex::uses_of(std::uint32_t definition) const {
  std::vector<Span> spans;
  for (const NameUse& use : uses) {
    if (use.definition == definition) spans.push_back(use.span);
  }
  return spans;
}

std::vector<std::uint32_t> NameIndex::steps_of(std::uint32_t owner) const {
  std::vector<std::uint32_t> steps;
  for (std::uint32_t i = 0; i < definitions.size(); ++i) {
    const NameKind kind = definitions[i].kind;
    if (definitions[i].owner == owner && (kind == NameKind::step || kind == NameKind::choice))
      steps.push_back(i);
  }
  return steps;
}

// The lines of `#` directly above the declaration.
std::string IndexBuilder::comment_above(const Clause& declared) const {
  const SourceFile& file = policy_.sources[declared.head.file];
  std::string text;
  for (std::uint32_t line = file.locate(declared.head.begin).line; line > 1; --line) {
    std::string_view above = file.line(line - 1);
    const std::size_t begin = above.find_first_not_of(" \t");
    if (begin == std::string_view::npos || above[begin] != '#') break;
    above.remove_prefix(begin + 1);
    if (above.starts_with(' ')) above.remove_prefix(1);
    text = std::string(above) + (text.empty() ? "" : "\n") + text;
  }
  return text;
}

std::uint32_t IndexBuilder::define(NameKind kind, const Clause& declared, std::uint32_t owner) {
  if (declared.name.text.empty()) return no_definition;
  Definition made;
  made.kind = kind;
  made.name = declared.name.text;
  // What an organisation's change adds is its own, though it stands in another library's element.
  made.library = library_of_file_[declared.name.span.file];
  made.of = kind_said(declared);
  made.title = plain(kind == NameKind::adjust ? declared.text : declared.title);
  made.span = declared.name.span;
  made.whole = declared.span;
  made.owner = owner;
  made.documentation = comment_above(declared);
  const auto add = [&](const std::string& text) {
    if (!text.empty()) made.documentation += (made.documentation.empty() ? "" : "\n\n") + text;
  };
  if (kind == NameKind::question) add(plain(declared.text));
  if (const Clause* guide = syntax_.child(declared, ClauseKind::guide)) add(plain(guide->text));
  if (declared.type != nothing)
    made.type = text_of(policy_.sources, syntax_.types[declared.type].span);
  if (kind == NameKind::rating) made.type = "number";
  const auto index = static_cast<std::uint32_t>(index_.definitions.size());
  if (declared.type != nothing) type_of_[index] = declared.type;
  by_place_.emplace(place(made.span), index);
  by_name_[made.name].push_back(index);
  index_.definitions.push_back(std::move(made));
  use(declared.name.span, index);
  if (declared.type != nothing) define_choices(declared, index);
  return index;
}

void IndexBuilder::define_choices(const Clause& declared, std::uint32_t owner) {
  const TypeSyntax& type = syntax_.types[declared.type];
  if (type.kind != TypeKind::one_of && type.kind != TypeKind::any_of) return;
  std::string shown = type.kind == TypeKind::any_of ? "any-of {"
                      : type.ordered                ? "one-of ordered {"
                                                    : "one-of {";
  for (const Choice& choice : type.choices) {
    Clause each;
    each.name = choice.name;
    each.title = choice.title;
    each.span = choice.name.span;
    each.head = choice.name.span;
    if (choice.title != nothing) each.span.end = syntax_.texts[choice.title].span.end;
    define(NameKind::choice, each, owner);
    shown += (&choice == type.choices.data() ? "" : ", ") + choice.name.text;
  }
  index_.definitions[owner].type = shown + "}";
  index_.definitions[owner].steps_of = owner;
}

void IndexBuilder::define_children(const Clause& parent, std::uint32_t owner,
                                   const std::string& type) {
  for (const ClauseId id : parent.children) {
    const Clause& child = clause(id);
    std::uint32_t made = no_definition;
    if (child.kind == ClauseKind::question) made = define(NameKind::question, child, owner);
    if (child.kind == ClauseKind::risk) made = define(NameKind::risk, child, owner);
    // Without a title it is a use.
    if (child.kind == ClauseKind::weakness && child.title != nothing)
      made = define(NameKind::weakness, child, owner);
    if (child.kind == ClauseKind::countermeasure && child.title != nothing)
      made = define(NameKind::countermeasure, child, owner);
    if (child.kind == ClauseKind::step) {
      made = define(NameKind::step, child, owner);
      if (made != no_definition)
        index_.definitions[made].type = text_of(policy_.sources, syntax_.exprs[child.expr].span);
      continue;
    }
    if (made != no_definition) index_.definitions[made].component_type = type;
    define_children(child, made == no_definition ? owner : made, type);
  }
}

// A map without a name of its own has nothing that could be looked up.
void IndexBuilder::define_map(const Clause& declared) {
  Clause named;
  named.name = declared.as<StatusMapSyntax>().map;
  named.head = declared.head;
  named.span = declared.span;
  const std::uint32_t made = define(NameKind::status_map, named);
  if (made != no_definition) index_.definitions[made].of = declared.name.text;
}

void IndexBuilder::define_declaration(const Clause& declared) {
  static const std::map<ClauseKind, NameKind> kinds{
      {ClauseKind::scale, NameKind::scale},
      {ClauseKind::bands, NameKind::bands},
      {ClauseKind::field, NameKind::field},
      {ClauseKind::questionnaire, NameKind::questionnaire},
      {ClauseKind::component_type, NameKind::component_type},
      {ClauseKind::let, NameKind::let},
      {ClauseKind::rating, NameKind::rating},
      {ClauseKind::pattern, NameKind::pattern},
      {ClauseKind::weakness, NameKind::weakness},
      {ClauseKind::countermeasure, NameKind::countermeasure},
      {ClauseKind::adjust, NameKind::adjust},
      {ClauseKind::ticket, NameKind::ticket}};
  if (declared.kind == ClauseKind::attributes) {
    for (const ClauseId id : declared.children) {
      const std::uint32_t made = define(NameKind::attribute, clause(id));
      if (made != no_definition) index_.definitions[made].of = kind_said(declared);
    }
    return;
  }
  if (declared.kind == ClauseKind::status_map) return define_map(declared);
  const auto kind = kinds.find(declared.kind);
  if (kind == kinds.end()) return;
  const std::uint32_t made = define(kind->second, declared);
  std::string type;
  if (const auto* questionnaire = declared.find<QuestionnaireSyntax>())
    type = questionnaire->component_type.text;
  if (declared.kind == ClauseKind::pattern) {
    if (const Clause* visit = syntax_.child(declared, ClauseKind::visit))
      type = visit->as<VisitSyntax>().component_type.text;
  }
  if (made != no_definition) index_.definitions[made].component_type = type;
  define_children(declared, made, type);
  if (made != no_definition && (kind->second == NameKind::scale || kind->second == NameKind::bands))
    index_.definitions[made].steps_of = made;
}

void IndexBuilder::define_library(std::uint32_t file) {
  for (const ClauseId id : syntax_.files[file]) {
    const Clause& header = clause(id);
    if (header.kind != ClauseKind::library || header.name.text.empty()) continue;
    const std::string& library = library_of_file_[file] = header.name.text;
    std::uint32_t known = no_definition;
    for (const std::uint32_t each : by_name_[library]) {
      if (index_.definitions[each].kind == NameKind::library) known = each;
    }
    if (known == no_definition)
      known = define(NameKind::library, header);
    else
      use(header.name.span, known);
    by_place_.emplace(place(header.span), known);
    return;
  }
}

void IndexBuilder::use(Span span, std::uint32_t definition) {
  if (definition != no_definition && span.end > span.begin)
    index_.uses.push_back({span, definition});
}

void IndexBuilder::use_name(const Name& name, std::uint32_t definition) {
  const auto length = static_cast<std::uint32_t>(name.text.size());
  if (definition == no_definition || name.span.end - name.span.begin < length) return;
  use({name.span.file, name.span.end - length, name.span.end}, definition);
  if (name.qualifier.empty()) return;
  const auto qualifier = static_cast<std::uint32_t>(name.qualifier.size());
  use({name.span.file, name.span.begin, name.span.begin + qualifier},
      named({{}, name.qualifier, {}}, name.span.file, {NameKind::library}));
}

// What `name` may stand for, seen from a file: of its own library, then of those that it imports.
std::uint32_t IndexBuilder::named(const Name& name, std::uint32_t file,
                                  std::initializer_list<NameKind> kinds, const std::string& of,
                                  const std::string* component_type) const {
  const auto found = by_name_.find(name.text);
  if (found == by_name_.end()) return no_definition;
  const std::string& own = library_of_file_[file];
  const auto imports = imports_.find(own);
  std::uint32_t best = no_definition;
  int best_rank = 3;
  for (const std::uint32_t each : found->second) {
    const Definition& candidate = index_.definitions[each];
    if (std::find(kinds.begin(), kinds.end(), candidate.kind) == kinds.end()) continue;
    if (!of.empty() && candidate.of != of) continue;
    if (component_type != nullptr && candidate.component_type != *component_type) continue;
    if (!name.qualifier.empty() && candidate.library != name.qualifier) continue;
    const bool imported = imports != imports_.end() && imports->second.contains(candidate.library);
    const int rank = candidate.library == own ? 0 : imported ? 1 : 2;
    if (rank >= best_rank) continue;
    best = each;
    best_rank = rank;
  }
  return best;
}

void IndexBuilder::use_resolved() {
  for (const ResolvedName& each : policy_.names.uses) {
    const auto found = by_place_.find(place(each.definition));
    if (found != by_place_.end()) use(each.use, found->second);
  }
}

// Names that the compiler takes as words: imports, and the ticket that another relates to.
void IndexBuilder::use_headers() {
  for (std::uint32_t file = 0; file < syntax_.files.size(); ++file) {
    for (const ClauseId id : syntax_.files[file]) {
      const Clause& declared = clause(id);
      if (declared.kind == ClauseKind::import)
        use_name(declared.name, named(declared.name, file, {NameKind::library}));
      if (declared.kind == ClauseKind::ticket) {
        if (const Clause* relate = syntax_.child(declared, ClauseKind::relate))
          use_name(relate->name, named(relate->name, relate->name.span.file, {NameKind::ticket}));
      }
      const bool change = declared.kind == ClauseKind::extend ||
                          declared.kind == ClauseKind::override_ ||
                          declared.kind == ClauseKind::disable;
      if (change) use_changed(declared, file);
    }
  }
}

// What `extend`, `override` or `disable` names.
void IndexBuilder::use_changed(const Clause& change, std::uint32_t file) {
  static constexpr std::array<std::pair<std::string_view, NameKind>, 9> kinds{
      {{"pattern", NameKind::pattern},
       {"risk", NameKind::risk},
       {"weakness", NameKind::weakness},
       {"countermeasure", NameKind::countermeasure},
       {"question", NameKind::question},
       {"adjust", NameKind::adjust},
       {"rating", NameKind::rating},
       {"let", NameKind::let},
       {"ticket", NameKind::ticket}}};
  const ChangeSyntax& said = change.as<ChangeSyntax>();
  for (const auto& [word, kind] : kinds) {
    if (word == said.what.text)
      use_name(change.name, named(change.name, file, {kind}, said.value_kind.text));
  }
  use_map(said.map, change.name.text, file);
}

void IndexBuilder::use_map(const Name& map, const std::string& tracker, std::uint32_t file) {
  use_name(map, named(map, file, {NameKind::status_map}, tracker));
}

void IndexBuilder::fill_types() {
  for (const auto& [definition, type] : type_of_) {
    const TypeSyntax& syntax = syntax_.types[type];
    if (syntax.kind != TypeKind::named) continue;
    index_.definitions[definition].steps_of =
        named(syntax.name, index_.definitions[definition].span.file, {NameKind::scale});
  }
  for (const DerivedType& each : policy_.names.derived) {
    const auto found = by_place_.find(place(each.definition));
    if (found == by_place_.end()) continue;
    Definition& derived = index_.definitions[found->second];
    derived.type = each.text;
    const auto step = by_place_.find(place(each.first_step));
    if (each.first_step.end > each.first_step.begin && step != by_place_.end())
      derived.steps_of = index_.definitions[step->second].owner;
  }
}

NameIndex IndexBuilder::build() {
  library_of_file_.resize(syntax_.files.size());
  for (std::uint32_t file = 0; file < syntax_.files.size(); ++file) define_library(file);
  for (std::uint32_t file = 0; file < syntax_.files.size(); ++file) {
    for (const ClauseId id : syntax_.files[file]) define_declaration(clause(id));
  }
  for (std::uint32_t file = 0; file < syntax_.files.size(); ++file) {
    for (const ClauseId id : syntax_.files[file]) {
      if (clause(id).kind == ClauseKind::import)
        imports_[library_of_file_[file]].insert(clause(id).name.text);
    }
  }
  use_resolved();
  use_headers();
  fill_types();
  for (std::uint32_t file = 0; file < syntax_.files.size(); ++file) {
    for (const ClauseId id : syntax_.files[file]) {
      if (clause(id).kind == ClauseKind::scenario) use_scenario(clause(id), file);
    }
  }
  const auto order = [](const NameUse& a, const NameUse& b) {
    return std::tie(a.span.file, a.span.begin, a.span.end) <
           std::tie(b.span.file, b.span.begin, b.span.end);
  };
  std::stable_sort(index_.uses.begin(), index_.uses.end(), order);
  const auto same = [](const NameUse& a, const NameUse& b) {
    return a.span.file == b.span.file && a.span.begin == b.span.begin;
  };
  index_.uses.erase(std::unique(index_.uses.begin(), index_.uses.end(), same), index_.uses.end());
  return std::move(index_);
}

const std::vector<Definition>& builtin_definitions() {
  static const std::vector<Definition> all = [] {
    std::vector<Definition> made;
    const auto add = [&](engine::Kind of, std::string_view name, std::string type) {
      Definition each;
      each.kind = NameKind::let;
      each.name = name;
      each.of = to_string(of);
      each.type = std::move(type);
      made.push_back(std::move(each));
    };
    const auto type_of = [](const BuiltinName& name) -> std::string {
      switch (name.base) {
        case engine::Base::truth:
          return "yes-no";
        case engine::Base::number:
          return "number";
        case engine::Base::percent:
          return "percent";
        case engine::Base::date:
          return "date";
        case engine::Base::texts:
          return "list of texts";
        case engine::Base::choice:
          return std::string(name.name);
        case engine::Base::text:
        case engine::Base::scale:
        case engine::Base::set:
        case engine::Base::duration:
        case engine::Base::elements:
          break;
      }
      return "text";
    };
    for (const BuiltinName& each : builtin_names()) add(each.kind, each.name, type_of(each));
    for (const ListName& each : list_names())
      add(each.kind, each.name, "list of " + std::string(to_string(each.item)));
    return made;
  }();
  return all;
}

NameIndex index_names(const Compilation& policy) { return IndexBuilder(policy).build(); }

}  // namespace riskd::dsl
