// The taxonomies of one run of a SARIF log, of which CWE's is the one that matters here, and the
// references of rules and results into them.
//
// Source: SARIF 2.1.0 plus Errata 01 (OASIS), sections 3.14.8 (taxonomies), 3.52 (references) and
// 3.54 (references to components).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace riskd::connectors {

// A reference to a taxon: {"id": "79", "toolComponent": {"name": "CWE"}}. Instead of the component's
// name there may be its index or its guid, and instead of the id an index.
struct SarifTaxon {
  std::string id;
  std::optional<int> index;
  std::string component;
  std::string component_guid;
  std::optional<int> component_index;

  // `field` is the member's place in the reference: "/toolComponent/name". Others are ignored.
  void read(std::string_view field, std::string_view text);

  // Whether it says only in the run's taxonomies, which may come later, what it is.
  bool needs_taxonomies() const;
};

class SarifTaxonomies {
 public:
  // What is read of each, in order; taxa beyond a bound are forgotten. `field` is the member's place in
  // the taxonomy that began last: "/name", "/taxa/id". Others are ignored.
  void begin();
  void begin_taxon();
  void read(std::string_view field, std::string_view text);

  // Adds the weakness that `taxon` is, if it is one.
  void add(std::vector<int>& list, const SarifTaxon& taxon) const;

 private:
  struct Taxonomy {
    std::string name;
    std::string guid;
    std::vector<std::string> ids;
  };
  const Taxonomy* find(const SarifTaxon& taxon) const;

  std::vector<Taxonomy> all_;
  std::size_t taxa_ = 0;
};

}  // namespace riskd::connectors
