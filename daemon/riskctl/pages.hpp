// The pages of docs/diagnostics, as they were when riskctl was built.
#pragma once

#include <string_view>
#include <vector>

namespace riskd::riskctl {

struct Page {
  std::string_view code;      // "R0201"
  std::string_view markdown;  // the whole page
};

// By code.
const std::vector<Page>& pages();

}  // namespace riskd::riskctl
