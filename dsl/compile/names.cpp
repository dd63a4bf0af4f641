#include "dsl/compile/names.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

namespace riskd::dsl {

std::string_view to_string(ElementKind kind) {
  switch (kind) {
    case ElementKind::pattern:
      return "pattern";
    case ElementKind::risk:
      return "risk";
    case ElementKind::weakness:
      return "weakness";
    case ElementKind::countermeasure:
      return "countermeasure";
  }
  return "";
}

ElementKind element_kind(engine::Kind kind) {
  return kind == engine::Kind::risk       ? ElementKind::risk
         : kind == engine::Kind::weakness ? ElementKind::weakness
                                          : ElementKind::countermeasure;
}

Library* Libraries::find(std::string_view name) {
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const Library& each) { return each.name == name; });
  return it == all.end() ? nullptr : &*it;
}

const Library* Libraries::find(std::string_view name) const {
  const auto it =
      std::find_if(all.begin(), all.end(), [&](const Library& each) { return each.name == name; });
  return it == all.end() ? nullptr : &*it;
}

bool Libraries::imports(const Library& from, const Library& other) const {
  std::vector<const Library*> open{&from};
  for (std::size_t i = 0; i < open.size(); ++i) {
    for (const Library& library : all) {
      if (!open[i]->imports.contains(library.name)) continue;
      if (&library == &other) return true;
      if (std::find(open.begin(), open.end(), &library) == open.end()) open.push_back(&library);
    }
  }
  return false;
}

std::vector<const Library*> Libraries::visible(const Library& from) const {
  std::vector<const Library*> seen{&from};
  for (const Library& library : all) {
    if (from.imports.contains(library.name)) seen.push_back(&library);
  }
  return seen;
}

namespace {

void check_version(const Clause& clause, const std::string& version, const Syntax& syntax,
                   Diagnostics& diagnostics) {
  int parts = 0;
  bool digits = false;
  bool good = !version.empty();
  for (const char c : version) {
    if (c == '.') {
      good = good && digits;
      digits = false;
      ++parts;
    } else {
      good = good && c >= '0' && c <= '9';
      digits = true;
    }
  }
  if (!good || !digits || parts != 2) {
    diagnostics.add(Code::bad_number, syntax.texts[clause.text].span,
                    "`" + version + "` is not a version", "a version has three numbers: \"1.0.0\"");
  }
}

void check_imports(Libraries& libraries, Diagnostics& diagnostics) {
  enum class Mark : std::uint8_t { fresh, open, done };
  std::map<std::string, Mark> marks;
  std::vector<std::string> path;
  const std::function<void(const Library&)> visit = [&](const Library& library) {
    marks[library.name] = Mark::open;
    path.push_back(library.name);
    for (const auto& [name, span] : library.imports) {
      const Library* imported = libraries.find(name);
      if (imported == nullptr) continue;
      if (marks[name] == Mark::open) {
        std::string circle;
        for (auto it = std::find(path.begin(), path.end(), name); it != path.end(); ++it)
          circle += *it + " → ";
        diagnostics.add(Code::circular_import, span, "the imports go in a circle: " + circle + name,
                        "move what both need into a library that imports neither");
      } else if (marks[name] == Mark::fresh) {
        visit(*imported);
      }
    }
    path.pop_back();
    marks[library.name] = Mark::done;
  };
  for (const Library& library : libraries.all) {
    if (marks[library.name] == Mark::fresh) visit(library);
  }
}

// The `library` line of a file; null where there is none. Reports a second one.
const Clause* header_of(std::uint32_t file, const Syntax& syntax, Diagnostics& diagnostics) {
  const Clause* header = nullptr;
  for (const ClauseId id : syntax.files[file]) {
    const Clause& clause = syntax.clauses[id];
    if (clause.kind != ClauseKind::library) continue;
    if (header != nullptr) {
      diagnostics.add(Code::repeated_clause, clause.head, "a file belongs to one library")
          .related.push_back({header->head, "its library is said here"});
      continue;
    }
    header = &clause;
  }
  return header;
}

// Enters the library that the `library` line of a file names, which may be another file's too.
Library& enter_library(const Clause& header, const Syntax& syntax, Libraries& libraries,
                       Diagnostics& diagnostics) {
  const std::string title = header.title == nothing ? "" : syntax.texts[header.title].plain();
  Library* library = libraries.find(header.name.text);
  if (library == nullptr) {
    libraries.all.push_back({});
    library = &libraries.all.back();
    library->name = header.name.text;
    library->title = title;
    library->span = header.span;
  } else if (library->title != title) {
    diagnostics
        .add(Code::libraries_disagree, header.span,
             "library `" + library->name + "` has another title in another file")
        .related.push_back({library->span, "here"});
  }
  if (header.text == nothing) return *library;
  const std::string version = syntax.texts[header.text].plain();
  check_version(header, version, syntax, diagnostics);
  if (library->has_version && library->version != version) {
    diagnostics
        .add(Code::libraries_disagree, header.span,
             "library `" + library->name + "` has version " + library->version + " in another file")
        .related.push_back({library->span, "here"});
  }
  library->version = version;
  library->has_version = true;
  return *library;
}

// `names` are those of all libraries, for a name that is none of them.
void enter_import(const Clause& clause, Library& library, Libraries& libraries,
                  const std::vector<std::string>& names, Diagnostics& diagnostics) {
  const Library* imported = libraries.find(clause.name.text);
  if (imported == nullptr) {
    const std::string near = closest(clause.name.text, names);
    diagnostics.add(Code::unknown_library, clause.name.span,
                    "there is no library `" + clause.name.text + "`",
                    near.empty() ? "add its files to the paths, or its folder with --rules"
                                 : "did you mean `" + near + "`?");
    return;
  }
  if (imported == &library) {
    diagnostics.add(Code::circular_import, clause.name.span, "a library does not import itself");
    return;
  }
  const double major_said = clause.as<ImportSyntax>().major;
  const std::string major = imported->version.substr(0, imported->version.find('.'));
  if (major_said != std::floor(major_said)) {
    diagnostics.add(Code::bad_number, clause.span, "a major version is a whole number",
                    "write `import " + imported->name + " " + (major.empty() ? "1" : major) + "`");
  } else if (major_said >= 0 && imported->has_version &&
             major_said != std::strtod(major.c_str(), nullptr)) {
    diagnostics
        .add(Code::libraries_disagree, clause.span,
             "library `" + imported->name + "` has version " + imported->version)
        .related.push_back({imported->span, "declared here"});
  }
  library.imports.emplace(clause.name.text, clause.name.span);
}

}  // namespace

Libraries collect_libraries(const Sources& sources, const Syntax& syntax,
                            const std::vector<std::string>& shipped, Diagnostics& diagnostics) {
  Libraries libraries;
  libraries.of_file.assign(sources.size(), engine::no_index);
  for (std::uint32_t file = 0; file < sources.size(); ++file) {
    const Clause* header = header_of(file, syntax, diagnostics);
    if (header == nullptr && !syntax.files[file].empty())
      diagnostics.add(Code::no_library, syntax.clauses[syntax.files[file].front()].head,
                      "this file does not say to which library it belongs",
                      "begin it with `library NAME \"title\"`");
    if (header == nullptr || header->name.text.empty()) continue;
    Library& library = enter_library(*header, syntax, libraries, diagnostics);
    library.files.push_back(file);
    libraries.of_file[file] = static_cast<std::uint32_t>(&library - libraries.all.data());
  }
  std::vector<std::string> names = shipped;
  for (const Library& library : libraries.all) names.push_back(library.name);
  std::sort(names.begin(), names.end());
  for (std::uint32_t file = 0; file < sources.size(); ++file) {
    if (libraries.of_file[file] == engine::no_index) continue;
    Library& library = libraries.all[libraries.of_file[file]];
    for (const ClauseId id : syntax.files[file]) {
      const Clause& clause = syntax.clauses[id];
      if (clause.kind == ClauseKind::import && !clause.name.text.empty())
        enter_import(clause, library, libraries, names, diagnostics);
    }
  }
  check_imports(libraries, diagnostics);
  return libraries;
}

}  // namespace riskd::dsl
