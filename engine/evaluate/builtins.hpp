// What an element has beside its attributes: `current`, `tested`, `state` and the like. Used inside engine/ only.
#pragma once

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class Decisions;
class Elements;
class RiskRatings;
class Scopes;
class States;
class Values;

class Builtins {
 public:
  struct Parts {
    const Scopes& scopes;
    const Elements& elements;
    const Decisions& decisions;
    Values& values;
    States& states;
    RiskRatings& ratings;
  };
  Builtins(const Basis& basis, const Parts& parts);

  // Of a node Op::builtin that is no text; a text is known, and read by Texts.
  Value value(const Node& node, const Context& context);

 private:
  Value approved(Kind kind, const Context& context);
  Value band(Kind kind, const Context& context);
  Value rated(Builtin which, const Context& context);
  Value accepted(Builtin which, const Context& context);
  Value tested(Kind kind, const Context& context);
  Value mitigates(const Context& context);

  const Basis& basis_;
  const Program& program_;
  const Parts parts_;
};

}  // namespace riskd::engine
