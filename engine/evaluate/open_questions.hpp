// Which open questions keep a value from being known. Used inside engine/ only.
#pragma once

#include <string>
#include <vector>

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class Aggregates;
class Questions;
class Scopes;
class Values;

class OpenQuestions {
 public:
  OpenQuestions(const Basis& basis, const Scopes& scopes, Questions& questions, Values& values,
                Aggregates& aggregates);

  // The open questions and fields that keep `node` from being known, sorted; never none.
  std::vector<std::string> behind(NodeId node, const Context& context);

 private:
  class Waiting;
  class Made;

  const Program& program_;
  const Scopes& scopes_;
  Questions& questions_;
  Values& values_;
  Aggregates& aggregates_;
};

}  // namespace riskd::engine
