#include "connectors/reports/sarif_taxonomies.hpp"

#include "connectors/reports/fields.hpp"
#include "engine/base/ascii.hpp"

namespace riskd::connectors {
namespace {

constexpr std::size_t most_taxonomies = 1'000;
constexpr std::size_t most_taxa = 100'000;  // of one run

bool is_cwe(std::string_view name) { return in_lower_case(name) == "cwe"; }

}  // namespace

void SarifTaxon::read(std::string_view field, std::string_view text) {
  if (field == "/id") {
    id = one_line(text);
  } else if (field == "/index") {
    index = parse_int(text);
  } else if (field == "/toolComponent/name") {
    component = one_line(text);
  } else if (field == "/toolComponent/guid") {
    component_guid = one_line(text);
  } else if (field == "/toolComponent/index") {
    component_index = parse_int(text);
  }
}

bool SarifTaxon::needs_taxonomies() const {
  const bool names_taxonomy =
      !component.empty() || component_index.has_value() || !component_guid.empty();
  return names_taxonomy && (component.empty() || (id.empty() && index.has_value()));
}

void SarifTaxonomies::begin() {
  if (all_.size() < most_taxonomies) all_.emplace_back();
}

void SarifTaxonomies::begin_taxon() {
  if (taxa_ < most_taxa && !all_.empty()) all_.back().ids.emplace_back();
  ++taxa_;
}

void SarifTaxonomies::read(std::string_view field, std::string_view text) {
  if (all_.empty()) return;  // not in a taxonomy, whatever the file calls it
  Taxonomy& open = all_.back();
  if (field == "/name") {
    open.name = one_line(text);
  } else if (field == "/guid") {
    open.guid = in_lower_case(one_line(text));
  } else if (field == "/taxa/id" && taxa_ <= most_taxa && !open.ids.empty()) {
    open.ids.back() = one_line(text);
  }
}

const SarifTaxonomies::Taxonomy* SarifTaxonomies::find(const SarifTaxon& taxon) const {
  if (taxon.component_index && *taxon.component_index >= 0) {
    const auto at = static_cast<std::size_t>(*taxon.component_index);
    if (at < all_.size()) return &all_[at];
  }
  for (const Taxonomy& each : all_) {
    const bool named = !taxon.component.empty() && each.name == taxon.component;
    const bool same =
        !taxon.component_guid.empty() && each.guid == in_lower_case(taxon.component_guid);
    if (named || same) return &each;
  }
  return nullptr;
}

void SarifTaxonomies::add(std::vector<int>& list, const SarifTaxon& taxon) const {
  const Taxonomy* taxonomy = taxon.needs_taxonomies() ? find(taxon) : nullptr;
  std::string id = taxon.id;
  if (id.empty() && taxonomy != nullptr && taxon.index && *taxon.index >= 0) {
    const auto at = static_cast<std::size_t>(*taxon.index);
    if (at < taxonomy->ids.size()) id = taxonomy->ids[at];
  }
  const bool of_cwe = is_cwe(taxon.component) ||
                      (taxon.component.empty() && taxonomy != nullptr && is_cwe(taxonomy->name));
  if (of_cwe) return add_cwe_field(list, id);
  add_cwe_tokens(list, id);
}

}  // namespace riskd::connectors
