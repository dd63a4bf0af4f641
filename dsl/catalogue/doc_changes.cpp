// The fields of a policy, and what its libraries change of others.
#include <algorithm>

#include "dsl/catalogue/doc_catalogue.hpp"
#include "dsl/compile/builtins.hpp"
#include "dsl/compile/changeable.hpp"

namespace riskd::dsl {

void CatalogueBuilder::fields() {
  if (program_.fields.empty()) return;
  pages_.heading(2, "Fields", "fields");
  pages_.paragraph(
      {plain_text("Stored with the product or component, and asked in no questionnaire.")});
  std::vector<std::vector<Inlines>> rows{{{plain_text("Field")},
                                          {plain_text("Title")},
                                          {plain_text("Of")},
                                          {plain_text("Type")},
                                          {plain_text("Required")},
                                          {plain_text("Default")}}};
  for (const engine::Field& each : program_.fields) {
    const Clause* declared = clause_at(each.place);
    Inlines type;
    Inlines standard;
    if (declared != nullptr && declared->type != nothing)
      type = {
          code(on_one_line(text_of(policy_.sources, policy_.syntax.types[declared->type].span)))};
    if (declared != nullptr && declared->expr != nothing) standard = words_.words(declared->expr);
    rows.push_back({{code(each.name)},
                    {plain_text(each.title)},
                    {plain_text(std::string(to_string(each.kind)))},
                    std::move(type),
                    {plain_text(each.required ? "yes" : "no")},
                    std::move(standard)});
  }
  pages_.table(std::move(rows));
}

void CatalogueBuilder::changes() {
  std::vector<std::vector<Inlines>> rows;
  for (const std::vector<ClauseId>& file : policy_.syntax.files) {
    std::string library;
    for (const ClauseId id : file) {
      const Clause& change = policy_.syntax.clauses[id];
      if (change.kind == ClauseKind::library) library = change.name.text;
      const bool disables = change.kind == ClauseKind::disable;
      const bool overrides = change.kind == ClauseKind::override_;
      if (!disables && !overrides && change.kind != ClauseKind::extend) continue;
      const ChangeSyntax& said = change.as<ChangeSyntax>();
      const std::string& word = said.what.text;
      std::string name = change.name.full();
      if (word == "rating" || word == "let")
        name = (change.name.qualifier.empty() ? "" : change.name.qualifier + ".") +
               said.value_kind.text + "." + change.name.text;
      if (word == "status-map") name = status_map_name(change);
      std::vector<std::string> parts;
      for (const ClauseId child : change.children) {
        const Clause& clause = policy_.syntax.clauses[child];
        std::string part = key_of(clause);
        if (part.empty()) part = "`" + clause.name.text + "`";
        if (std::find(parts.begin(), parts.end(), part) == parts.end())
          parts.push_back(std::move(part));
      }
      std::string what;
      if (disables && change.text != nothing) what = policy_.syntax.texts[change.text].plain();
      for (std::string& part : parts) {
        std::erase(part, '`');
        what += (what.empty() ? "" : ", ") + part;
      }
      rows.push_back({{code(library)},
                      {plain_text(disables    ? "disables"
                                  : overrides ? "overrides"
                                              : "extends")},
                      {plain_text(word + " "), code(name)},
                      {plain_text(what)}});
    }
  }
  if (rows.empty()) return;
  pages_.heading(2, "What libraries change of others", "changes");
  rows.insert(rows.begin(), {{plain_text("Library")},
                             {plain_text("Does")},
                             {plain_text("With")},
                             {plain_text("Why, or which clauses")}});
  pages_.table(std::move(rows));
}

}  // namespace riskd::dsl
