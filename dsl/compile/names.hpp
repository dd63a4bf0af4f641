// What the names of a policy stand for, library by library.
//
// A library sees its own names and those of the libraries that it imports, not of theirs. Its own win
// over imported ones; a name that two imports offer is ambiguous.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "dsl/syntax/syntax.hpp"
#include "dsl/text/diagnostic.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

// A value that an expression can read.
struct Member {
  enum class What : std::uint8_t { question, field, let, attribute, rating };
  What what = What::question;
  engine::Kind kind = engine::Kind::product;  // what it is a value of
  std::uint32_t index = 0;
  Span span;
};

enum class ElementKind : std::uint8_t { pattern, risk, weakness, countermeasure };
std::string_view to_string(ElementKind kind);
// Of a risk, weakness or countermeasure.
ElementKind element_kind(engine::Kind kind);

struct Element {
  ElementKind kind = ElementKind::pattern;
  std::uint32_t index = 0;
  Span span;
};

// A type that has a name: a scale, the bands, or a component type (an index in component_types).
struct NamedType {
  enum class What : std::uint8_t { scale, bands, component_type };
  What what = What::scale;
  std::uint32_t index = 0;
  Span span;
};

struct Library {
  std::string name;
  std::string title;
  std::string version;
  bool has_version = false;
  Span span;
  std::vector<std::uint32_t> files;
  std::map<std::string, Span> imports;
  std::unordered_map<std::string, std::vector<Member>> members;  // a name may be of several kinds
  std::unordered_map<std::string, Element> elements;
  std::unordered_map<std::string, NamedType> types;
  std::unordered_map<std::string, Span> questionnaires;
  std::unordered_map<std::string, std::pair<std::uint32_t, Span>> steps;  // of adjust
  std::unordered_map<std::string, std::pair<std::uint32_t, Span>> tickets;

  std::string qualified(const std::string& declared) const { return name + "." + declared; }
};

// Which names can be meant where one stands.
enum class NameSpace : std::uint8_t {
  values,
  attributes,
  scales,
  bands,  // all of them under `band`, the name by which they are read
  component_types,
  elements,
  steps,
  tickets
};

// One name that was found, with the library that declares it.
template <typename T>
struct Found {
  T what;
  const Library* library = nullptr;
};

class Libraries {
 public:
  std::vector<Library> all;
  std::vector<std::uint32_t> of_file;  // library of each file; no_index where it has none
  // The names of shipped libraries that the policy does not have and that declare `name`. Asked only of
  // a name that nothing has: it reads them.
  std::function<std::vector<std::string>(NameSpace of, const std::string& name)> shipped_with;

  Library* find(std::string_view name);  // null: there is none
  const Library* find(std::string_view name) const;
  // Whether `from` imports `other`, itself or through others.
  bool imports(const Library& from, const Library& other) const;
  // `from` itself, then its imports by name.
  std::vector<const Library*> visible(const Library& from) const;

  // Looks `name` up in the given table of the libraries that `from` sees: own first.
  template <typename T>
  std::vector<Found<T>> lookup(const Library& from, const Name& name,
                               std::unordered_map<std::string, T> Library::*table) const {
    std::vector<Found<T>> found;
    const auto look_in = [&](const Library& library) {
      if (!name.qualifier.empty() && library.name != name.qualifier) return;
      const auto it = (library.*table).find(name.text);
      if (it != (library.*table).end()) found.push_back({it->second, &library});
    };
    look_in(from);
    if (!found.empty()) return found;
    for (const Library* library : visible(from)) {
      if (library != &from) look_in(*library);
    }
    return found;
  }
};

// Reads the library and import lines of every file; reports what does not fit together. `shipped` are
// the libraries that an import could name though none of their files is here.
Libraries collect_libraries(const Sources& sources, const Syntax& syntax,
                            const std::vector<std::string>& shipped, Diagnostics& diagnostics);

}  // namespace riskd::dsl
