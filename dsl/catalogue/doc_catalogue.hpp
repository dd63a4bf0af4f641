// Builds the pages of a catalogue; used by make_catalogue() only. Elements are in doc_elements.cpp,
// questions and indexes in doc_indexes.cpp,
// fields and changes in doc_changes.cpp, rating, rows and tickets in doc_rules.cpp.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "dsl/catalogue/doc_pages.hpp"
#include "dsl/catalogue/doc_words.hpp"

namespace riskd::dsl {

// Of a qualified id: "web" of "web.throttle-logins".
inline std::string library_of(const std::string& id) { return id.substr(0, id.find('.')); }

class CatalogueBuilder {
 public:
  explicit CatalogueBuilder(const Compilation& policy);
  Catalogue run();

 private:
  struct LibraryHead {
    std::string name, title, version;
    std::size_t patterns = 0, countermeasures = 0, questions = 0;
    bool given = false;
  };
  void read_libraries();
  void overview();
  void patterns(const LibraryHead& library);
  void pattern(const engine::Pattern& pattern);
  void risk(std::uint32_t index);
  void weakness(std::uint32_t index);
  void countermeasures(const LibraryHead& library);
  void countermeasure(std::uint32_t index);
  void questions();
  void question(std::uint32_t index);
  void answers(engine::Type type);
  std::vector<Inlines> influences_of(std::uint32_t question);
  void fields();
  void changes();
  void cwe_index();
  void standards_index();
  void ratings();
  void steps();
  Inlines action_of(const Clause& clause) const;
  void rows();
  void tickets();

  // What the policy says
  const Clause* clause_at(const engine::Place& place) const { return index_.at(place); }
  const Clause* child_of(const engine::Place& place, ClauseKind kind) const;
  const Clause* use_clause(const engine::Use& use, ClauseKind kind) const;
  Inlines required(const engine::Use& use) const;
  Inlines mitigates(const engine::Use& use) const;
  Inlines tests(const std::vector<engine::TestBinding>& bindings) const;
  const std::set<std::uint32_t>& reads(engine::NodeId node);  // questions, through derived values

  const Compilation& policy_;
  const engine::Program& program_;
  ClauseIndex index_;
  DocWords words_;
  PageWriter pages_;
  std::vector<LibraryHead> libraries_;               // by name
  std::vector<std::vector<std::uint32_t>> uses_of_;  // of each countermeasure
  std::set<std::uint32_t> told_weaknesses_;
  std::map<engine::NodeId, std::set<std::uint32_t>> reads_;
};

}  // namespace riskd::dsl
