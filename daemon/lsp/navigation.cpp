// Hover, definition, references and the outline.
#include <algorithm>

#include "daemon/lsp/features.hpp"
#include "daemon/lsp/words.hpp"

namespace riskd::lsp {
namespace {

const dsl::NameUse* use_at(const Spot& spot) {
  return spot.analysis.names.at(spot.file, spot.offset);
}

std::string qualified(const dsl::Definition& definition) {
  if (definition.kind == dsl::NameKind::library || definition.library.empty())
    return definition.name;
  return definition.library + "." + definition.name;
}

std::string described(const Analysis& analysis, const dsl::Definition& definition) {
  std::string head = std::string(to_string(definition.kind)) + " ";
  if (!definition.of.empty()) head += definition.of + ".";
  head += definition.name;
  if (!definition.type.empty()) head += " : " + definition.type;
  std::string text = "```risk\n" + head + "\n```\n";
  if (!definition.title.empty()) text += definition.title + "\n";
  if (!definition.documentation.empty()) text += "\n" + definition.documentation + "\n";
  if (definition.owner != dsl::no_definition) {
    const dsl::Definition& owner = analysis.names.definitions[definition.owner];
    text += "\nIn " + std::string(to_string(owner.kind)) + " `" + owner.name + "`.";
  }
  text += "\n`" + qualified(definition) + "`";
  return text;
}

// What is built in is declared nowhere; a word of the language neither.
std::string described_word(const Spot& spot, std::uint32_t begin, std::uint32_t end) {
  const std::string word(spot.analysis.text(spot.file).substr(begin, end - begin));
  std::string text;
  for (const dsl::Definition& each : dsl::builtin_definitions()) {
    if (each.name != word) continue;
    if (text.empty())
      text = "```risk\n" + word + " : " + each.type + "\n```\nBuilt in, of ";
    else
      text += ", ";
    text += each.of;
  }
  if (!text.empty()) return text + ".";
  const std::string_view meaning = meaning_of(word);
  return meaning.empty() ? "" : "`" + word + "`: " + std::string(meaning);
}

int symbol_kind(dsl::NameKind kind) {
  using dsl::NameKind;
  switch (kind) {
    case NameKind::library:
      return 2;  // Module
    case NameKind::questionnaire:
      return 3;  // Namespace
    case NameKind::question:
    case NameKind::field:
    case NameKind::attribute:
      return 8;  // Field
    case NameKind::let:
    case NameKind::rating:
      return 13;  // Variable
    case NameKind::scale:
    case NameKind::bands:
      return 10;  // Enum
    case NameKind::step:
    case NameKind::choice:
      return 22;  // EnumMember
    case NameKind::component_type:
      return 26;  // TypeParameter
    case NameKind::adjust:
    case NameKind::ticket:
    case NameKind::status_map:
      return 12;  // Function
    case NameKind::pattern:
    case NameKind::risk:
    case NameKind::weakness:
    case NameKind::countermeasure:
      return 5;  // Class
  }
  return 5;
}

json::object symbol(const Analysis& analysis, const std::string& name, const std::string& detail,
                    int kind, dsl::Span whole, dsl::Span span) {
  return {{"name", name},
          {"detail", detail},
          {"kind", kind},
          {"range", range_of(analysis, whole)},
          {"selectionRange", range_of(analysis, span)}};
}

json::array symbols_in(const Analysis& analysis, std::uint32_t file, std::uint32_t owner) {
  json::array symbols;
  const auto& all = analysis.names.definitions;
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    const dsl::Definition& each = all[i];
    if (each.span.file != file || each.owner != owner) continue;
    if (each.whole.begin > each.span.begin || each.whole.end < each.span.end) continue;
    json::object shown = symbol(analysis, (each.of.empty() ? "" : each.of + ".") + each.name,
                                each.title.empty() ? each.type : each.title, symbol_kind(each.kind),
                                each.whole, each.span);
    shown["children"] = symbols_in(analysis, file, i);
    symbols.push_back(std::move(shown));
  }
  return symbols;
}

}  // namespace

json::value hover(const Spot& spot) {
  std::string text;
  dsl::Span span{spot.file, spot.offset, spot.offset};
  if (const dsl::NameUse* use = use_at(spot)) {
    span = use->span;
    text = described(spot.analysis, spot.analysis.names.definitions[use->definition]);
  } else {
    const std::string_view source = spot.analysis.text(spot.file);
    while (span.begin > 0 && is_name_byte(source[span.begin - 1])) --span.begin;
    while (span.end < source.size() && is_name_byte(source[span.end])) ++span.end;
    if (in_code(source, spot.offset)) text = described_word(spot, span.begin, span.end);
  }
  if (text.empty()) return nullptr;
  return json::object{{"contents", json::object{{"kind", "markdown"}, {"value", text}}},
                      {"range", range_of(spot.analysis, span)}};
}

json::value definition(const Spot& spot) {
  const dsl::NameUse* use = use_at(spot);
  if (use == nullptr) return nullptr;
  return location_of(spot.analysis, spot.analysis.names.definitions[use->definition].span);
}

json::value references(const Spot& spot, bool with_declaration) {
  json::array found;
  const dsl::NameUse* use = use_at(spot);
  if (use == nullptr) return found;
  const dsl::Span declared = spot.analysis.names.definitions[use->definition].span;
  for (const dsl::Span span : spot.analysis.names.uses_of(use->definition)) {
    const bool declaration = span.file == declared.file && span.begin == declared.begin;
    if (!declaration || with_declaration) found.push_back(location_of(spot.analysis, span));
  }
  return found;
}

json::value document_symbols(const Analysis& analysis, std::uint32_t file) {
  json::array symbols = symbols_in(analysis, file, dsl::no_definition);
  const dsl::Syntax& syntax = analysis.compiled.syntax;
  for (const dsl::ClauseId id : syntax.files[file]) {
    const dsl::Clause& clause = syntax.clauses[id];
    if (clause.kind != dsl::ClauseKind::scenario || clause.text == dsl::nothing) continue;
    const std::string title = syntax.texts[clause.text].plain();
    if (title.empty()) continue;
    symbols.push_back(symbol(analysis, title, "scenario", 24, clause.span, clause.head));
  }
  return symbols;
}

}  // namespace riskd::lsp
