// Where the policy comes from: the configured paths, files that a client sent, or the store's archive.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/service/config.hpp"
#include "daemon/store/store.hpp"
#include "dsl/compile.hpp"

namespace riskd::service {

// In the store: PolicyInForce::instead_of.
inline constexpr std::string_view instead_of_meta = "instead-of";

using PolicyFiles = std::vector<std::pair<std::string, std::string>>;  // name, text

// [policy] rules, else those that came with the program (dsl/text/shipped_rules.hpp). Empty where there are none.
std::string find_rules_folder(const Config& config);

// `files`, or the configured paths where empty, completed with the shipped libraries that they import.
// Files have short names (wire::short_names): no answer, and nothing in the store, says where on this
// machine the policy is. `whole` paths are for who configures riskd, at its terminal; an error that a
// file cannot be read has them always.
enum class FileNames { brief, whole };
Result<dsl::Compilation> compile_policy(const Config& config, const PolicyFiles& files,
                                        FileNames names = FileNames::brief);

// An archived policy is whole: nothing is added to it. Names that an older riskd archived as whole paths
// become short.
dsl::Compilation compile_archived(const store::PolicyRecord& record);

// What the archive keeps of a compiled policy.
PolicyFiles files_of(const dsl::Compilation& compilation);

// All diagnostics as people read them.
std::string render_all(const dsl::Compilation& compilation);

// Error::invalid at the tracker's line of the configuration where the policy has no status map for
// its kind.
Status check_status_maps(const Config& config, const engine::Program& program);

}  // namespace riskd::service
