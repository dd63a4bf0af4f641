#include "engine/evaluate/prepare.hpp"

#include <memory>
#include <utility>

#include "engine/evaluate/values.hpp"

namespace riskd::engine {

Policy prepared(Program program) {
  program.bare_names = bare_names_of(program);
  auto dependencies = std::make_shared<Dependencies>(program);
  dependencies->fixed_inherent = fixed_inherent(program, *dependencies);
  program.dependencies = std::move(dependencies);
  return std::make_shared<const Program>(std::move(program));
}

}  // namespace riskd::engine
