#include "dsl/catalogue/doc_catalogue.hpp"

#include <algorithm>

namespace riskd::dsl {

CatalogueBuilder::CatalogueBuilder(const Compilation& policy)
    : policy_(policy), program_(*policy.program), index_(policy), words_(policy, index_) {
  uses_of_.resize(program_.countermeasures.size());
  for (std::uint32_t i = 0; i < program_.uses.size(); ++i)
    uses_of_[program_.uses[i].countermeasure].push_back(i);
}

Catalogue make_catalogue(const Compilation& policy) { return CatalogueBuilder(policy).run(); }

std::vector<DocPage> write_catalogue(const Compilation& policy, DocFormat format, bool one_page) {
  const Catalogue catalogue = make_catalogue(policy);
  return format == DocFormat::html ? write_html(catalogue, one_page)
                                   : write_markdown(catalogue, one_page);
}

Anchors::Anchors(const Catalogue& catalogue) {
  for (const CataloguePage& page : catalogue.pages) {
    page_of_.try_emplace(page.name, page.name);
    for (const Block& block : page.blocks) {
      if (!block.anchor.empty()) page_of_.try_emplace(block.anchor, page.name);
    }
  }
}

std::string Anchors::address(const std::string& target, bool one_page,
                             const std::string& ending) const {
  if (target.starts_with("https://")) return target;
  const auto page = page_of_.find(target);
  if (page == page_of_.end()) return "";
  if (one_page) return "#" + target;
  return page->second + ending + (page->second == target ? "" : "#" + target);
}

Catalogue CatalogueBuilder::run() {
  read_libraries();
  overview();
  for (const LibraryHead& library : libraries_) {
    if (library.patterns > 0) patterns(library);
  }
  for (const LibraryHead& library : libraries_) {
    if (library.countermeasures > 0) countermeasures(library);
  }
  if (!program_.questions.empty() || !program_.fields.empty()) questions();
  cwe_index();
  standards_index();
  pages_.page("rating", "Rating, trackers, evidence and tickets");
  ratings();
  steps();
  rows();
  tickets();
  return pages_.take();
}

void CatalogueBuilder::read_libraries() {
  std::map<std::string, LibraryHead> found;
  for (std::size_t file = 0; file < policy_.syntax.files.size(); ++file) {
    for (const ClauseId id : policy_.syntax.files[file]) {
      const Clause& each = policy_.syntax.clauses[id];
      if (each.kind != ClauseKind::library) continue;
      LibraryHead& library = found[each.name.text];
      library.name = each.name.text;
      library.given = library.given || file < policy_.given_files;
      if (each.title != nothing) library.title = policy_.syntax.texts[each.title].plain();
      if (each.text != nothing) library.version = policy_.syntax.texts[each.text].plain();
    }
  }
  for (const engine::Pattern& each : program_.patterns) ++found[library_of(each.id)].patterns;
  for (const engine::Countermeasure& each : program_.countermeasures)
    ++found[library_of(each.id)].countermeasures;
  for (const engine::Question& each : program_.questions) ++found[library_of(each.id)].questions;
  for (auto& [name, library] : found) libraries_.push_back(std::move(library));
  // Those that were asked for first, then what they import.
  std::stable_sort(libraries_.begin(), libraries_.end(),
                   [](const LibraryHead& a, const LibraryHead& b) { return a.given && !b.given; });
}

void CatalogueBuilder::overview() {
  std::string title;
  for (const LibraryHead& library : libraries_) {
    if (library.given && library.patterns > 0) title += (title.empty() ? "" : ", ") + library.title;
  }
  title = title.empty() ? "Policy catalogue" : "Policy catalogue: " + title;
  pages_.entitle(title);
  pages_.page("index", title);
  pages_.heading(2, "Libraries", "libraries");
  std::vector<std::vector<Inlines>> rows{{{plain_text("Library")},
                                          {plain_text("Title")},
                                          {plain_text("Version")},
                                          {plain_text("Patterns")},
                                          {plain_text("Countermeasures")},
                                          {plain_text("Questions")}}};
  for (const LibraryHead& library : libraries_) {
    const auto count = [](std::size_t number) {
      return Inlines{plain_text(std::to_string(number))};
    };
    rows.push_back({{code(library.name)},
                    {library.patterns > 0 ? link(library.title, "patterns-" + library.name)
                                          : plain_text(library.title)},
                    {plain_text(library.version)},
                    count(library.patterns),
                    count(library.countermeasures),
                    count(library.questions)});
  }
  pages_.table(std::move(rows));
  pages_.heading(2, "Patterns at a glance", "patterns");
  rows = {{{plain_text("Pattern")}, {plain_text("Applies where")}}};
  for (const engine::Pattern& each : program_.patterns) {
    const Clause* when = child_of(each.place, ClauseKind::when);
    Inlines condition;
    if (each.component_type != engine::no_index) {
      const engine::ComponentType& type = program_.component_types[each.component_type];
      condition = {plain_text("in a component of type "),
                   strong(type.title.empty() ? type.name : type.title), plain_text(", ")};
    }
    if (when != nullptr) condition = join(std::move(condition), words_.words(when->expr));
    rows.push_back({{link(each.title, each.id)}, std::move(condition)});
  }
  pages_.table(std::move(rows));
  changes();
}

// What the policy says

const Clause* CatalogueBuilder::child_of(const engine::Place& place, ClauseKind kind) const {
  const Clause* declared = clause_at(place);
  return declared == nullptr ? nullptr : policy_.syntax.child(*declared, kind);
}

const Clause* CatalogueBuilder::use_clause(const engine::Use& use, ClauseKind kind) const {
  const Clause* found = child_of(use.place, kind);
  return found != nullptr ? found
                          : child_of(program_.countermeasures[use.countermeasure].place, kind);
}

Inlines CatalogueBuilder::required(const engine::Use& use) const {
  const Clause* found =
      use.required == engine::no_node ? nullptr : use_clause(use, ClauseKind::required);
  if (found == nullptr) return {plain_text("recommended")};
  if (found->expr == nothing) return {strong("required")};
  return join({strong("required"), plain_text(" where ")}, words_.words(found->expr));
}

Inlines CatalogueBuilder::mitigates(const engine::Use& use) const {
  const Clause* found =
      use.mitigates == engine::no_node ? nullptr : use_clause(use, ClauseKind::mitigates);
  if (found == nullptr) return {plain_text("0%")};
  return words_.words(found->expr);
}

Inlines CatalogueBuilder::tests(const std::vector<engine::TestBinding>& bindings) const {
  Inlines out;
  for (const engine::TestBinding& each : bindings) {
    if (!out.empty()) out.push_back(plain_text(", "));
    out.push_back(plain_text(each.source + " "));
    out.push_back(code(each.name));
    if (!each.tool.empty()) {
      out.push_back(plain_text(" by "));
      out.push_back(code(each.tool));
    }
  }
  return out;
}

const std::set<std::uint32_t>& CatalogueBuilder::reads(engine::NodeId id) {
  static const std::set<std::uint32_t> none;
  if (id == engine::no_node) return none;
  if (const auto known = reads_.find(id); known != reads_.end()) return known->second;
  std::set<std::uint32_t> found;
  const engine::Node node = program_.nodes[id];
  if (node.op == engine::Op::question || node.op == engine::Op::answered) found.insert(node.a);
  const auto add = [&](engine::NodeId inner) {
    const std::set<std::uint32_t>& more = reads(inner);
    found.insert(more.begin(), more.end());
  };
  if (node.op == engine::Op::let) add(program_.lets[node.a].value);
  for (const engine::NodeId kid : program_.kids_of(node)) add(kid);
  return reads_[id] = std::move(found);
}

}  // namespace riskd::dsl
