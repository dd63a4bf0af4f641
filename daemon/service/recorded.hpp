// What was recorded of a product: its lines of changes, one after the other, and where they say otherwise than a model
// that is computed.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/service/corrections.hpp"
#include "daemon/service/service.hpp"
#include "daemon/store/store.hpp"
#include "daemon/wire/document.hpp"

namespace riskd::service {

class RecordedModel {
 public:
  // What held before the first line, which no line says.
  void begin(const engine::Model& model);
  Status take(std::string_view line);

  // Of the rating, the risks with their ratings and bands, and the states of countermeasures. Lines do not say which
  // countermeasures leave together with a risk, so one that the model does not have is not compared.
  std::vector<Difference> differences_from(const engine::Model& model) const;

 private:
  using Values = std::map<std::string, std::string>;  // by name: "current"
  void take_risk(const wire::Json& risk);
  void take_state(const wire::Json& state);

  std::string rating_;
  std::map<std::string, Values> risks_;
  std::map<std::string, std::string> states_;
};

// The changes of the product up to `at`, after what it was `at_begin`, compared with `model`; nullopt: there is none.
Result<std::optional<Recorded>> recorded_at(const store::Store& store, const std::string& product,
                                            Instant at, const Corrections& corrections,
                                            const std::optional<engine::Model>& at_begin,
                                            const engine::Model& model);

}  // namespace riskd::service
