#include "daemon/store/system_error.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace riskd::store {

Unexpected<Error> system_failed(std::string_view what, const std::string& path) {
  return fail(ErrorCode::unavailable, fmt::format("cannot {}: {}", what, std::strerror(errno)),
              path);
}

}  // namespace riskd::store
