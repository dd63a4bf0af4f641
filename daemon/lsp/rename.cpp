// Rename: every use, in every file of the policy, and never to another meaning.
#include <algorithm>
#include <map>

#include "daemon/lsp/features.hpp"
#include "daemon/lsp/words.hpp"
#include "dsl/compile.hpp"

namespace riskd::lsp {
namespace {

Unexpected<Refusal> refuse(std::string message) {
  return Unexpected(Refusal{request_failed, std::move(message)});
}

// Names of one space cannot be declared twice: elements of a library share one, and so do its values.
int space_of(dsl::NameKind kind) {
  using dsl::NameKind;
  switch (kind) {
    case NameKind::pattern:
    case NameKind::risk:
    case NameKind::weakness:
    case NameKind::countermeasure:
      return 100;
    case NameKind::question:
    case NameKind::field:
    case NameKind::let:
    case NameKind::attribute:
    case NameKind::rating:
      return 101;
    case NameKind::scale:
    case NameKind::bands:
    case NameKind::component_type:
      return 102;
    case NameKind::library:
    case NameKind::questionnaire:
    case NameKind::step:
    case NameKind::choice:
    case NameKind::adjust:
    case NameKind::ticket:
    case NameKind::status_map:
      return static_cast<int>(kind);
  }
  return static_cast<int>(kind);
}

bool same_space(const dsl::Definition& a, const dsl::Definition& b) {
  if (space_of(a.kind) != space_of(b.kind) || a.component_type != b.component_type) return false;
  const bool steps = a.kind == dsl::NameKind::step || a.kind == dsl::NameKind::choice;
  if (steps) return a.owner == b.owner;
  if (a.kind == dsl::NameKind::status_map) return a.of == b.of;
  const bool global = a.kind == dsl::NameKind::library || a.kind == dsl::NameKind::ticket;
  return global || (a.library == b.library && (a.of == b.of || space_of(a.kind) != 101));
}

std::map<std::uint32_t, std::vector<dsl::Span>> by_file(const std::vector<dsl::Span>& spans) {
  std::map<std::uint32_t, std::vector<dsl::Span>> files;
  for (const dsl::Span span : spans) files[span.file].push_back(span);
  return files;
}

// Whether the policy with the edits is as sound as before and every name stands for what it stood for.
std::string changed_meaning(const Analysis& analysis, const std::vector<dsl::Span>& spans,
                            const std::string& new_name) {
  dsl::Sources sources = analysis.compiled.sources;
  for (const auto& [file, places] : by_file(spans)) {
    std::string text(sources[file].text());
    for (auto it = places.rbegin(); it != places.rend(); ++it)
      text.replace(it->begin, it->end - it->begin, new_name);
    sources[file] = dsl::SourceFile(sources[file].name(), std::move(text));
  }
  const dsl::Compilation after = dsl::compile(std::move(sources));
  if (analysis.compiled.sound() && !after.sound()) {
    const auto error = std::find_if(after.diagnostics.begin(), after.diagnostics.end(),
                                    [](const dsl::Diagnostic& each) {
                                      return dsl::info(each.code).severity == dsl::Severity::error;
                                    });
    return "the policy would have an error: " + error->message;
  }
  const dsl::NameIndex names = dsl::index_names(after);
  const auto counts = [](const dsl::NameIndex& index) {
    std::vector<std::size_t> uses(index.definitions.size());
    for (const dsl::NameUse& use : index.uses) ++uses[use.definition];
    return uses;
  };
  if (counts(names) != counts(analysis.names)) return "another name would stand for something else";
  return "";
}

const dsl::NameUse* renamable(const Spot& spot, std::string& why) {
  const dsl::NameUse* use = spot.analysis.names.at(spot.file, spot.offset);
  if (use == nullptr) {
    why = "there is no name here that the policy declares";
    return nullptr;
  }
  const dsl::Definition& definition = spot.analysis.names.definitions[use->definition];
  if (!spot.analysis.ours[definition.span.file]) {
    why = "`" + definition.name + "` is declared in a shipped rule file: " +
          spot.analysis.compiled.sources[definition.span.file].name();
    return nullptr;
  }
  // riskd looks for these two by name.
  if (definition.kind == dsl::NameKind::rating &&
      (definition.name == "inherent" || definition.name == "rating")) {
    why = "`" + definition.of + "." + definition.name + "` has its name from riskd";
    return nullptr;
  }
  return use;
}

}  // namespace

Reply prepare_rename(const Spot& spot) {
  std::string why;
  const dsl::NameUse* use = renamable(spot, why);
  if (use == nullptr) return refuse(why);
  return json::value(
      json::object{{"range", range_of(spot.analysis, use->span)},
                   {"placeholder", spot.analysis.names.definitions[use->definition].name}});
}

Reply rename(const Spot& spot, const std::string& new_name) {
  std::string why;
  const dsl::NameUse* use = renamable(spot, why);
  if (use == nullptr) return refuse(why);
  const Analysis& analysis = spot.analysis;
  const dsl::Definition& definition = analysis.names.definitions[use->definition];
  if (!is_name(new_name)) {
    return refuse("`" + new_name +
                  "` is no name: lower-case letters and digits in parts joined by `-`, and no "
                  "reserved word");
  }
  if (new_name == definition.name) return json::value(json::object{{"changes", json::object{}}});
  for (const dsl::Definition& other : analysis.names.definitions) {
    if (other.name != new_name || !same_space(other, definition)) continue;
    const dsl::SourceFile& file = analysis.compiled.sources[other.span.file];
    return refuse("`" + new_name + "` is taken: a " + std::string(to_string(other.kind)) + " in " +
                  file.name() + ":" + std::to_string(file.locate(other.span.begin).line));
  }
  const std::vector<dsl::Span> spans = analysis.names.uses_of(use->definition);
  for (const dsl::Span span : spans) {
    if (!analysis.ours[span.file]) {
      return refuse("`" + definition.name + "` is used in a shipped rule file: " +
                    analysis.compiled.sources[span.file].name());
    }
  }
  if (const std::string reason = changed_meaning(analysis, spans, new_name); !reason.empty())
    return refuse("`" + definition.name + "` cannot be called `" + new_name + "`: " + reason);
  json::object changes;
  for (const auto& [file, places] : by_file(spans)) {
    json::array edits;
    for (const dsl::Span span : places)
      edits.push_back(json::object{{"range", range_of(analysis, span)}, {"newText", new_name}});
    changes[analysis.uris[file]] = std::move(edits);
  }
  return json::value(json::object{{"changes", std::move(changes)}});
}

}  // namespace riskd::lsp
