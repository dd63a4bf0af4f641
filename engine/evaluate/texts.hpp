// Expressions as text: what a ticket says. Used inside engine/ only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/rich_text.hpp"
#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

class Aggregates;
class Builtins;
class Decisions;
class Scopes;
class States;
class Values;

class Texts {
 public:
  struct Parts {
    const Scopes& scopes;
    const Decisions& decisions;
    Values& values;
    Builtins& builtins;
    Aggregates& aggregates;
    States& states;
  };
  Texts(const Basis& basis, const Parts& parts);

  // As people read it, with what came from outside kept apart; empty where it is not known.
  RichText of(NodeId node, const Context& context);
  std::optional<std::string> plain(NodeId node,
                                   const Context& context);            // nullopt: unknown or none
  std::vector<std::string> list(NodeId node, const Context& context);  // of type `texts`

 private:
  RichText printed(const Node& node, const Context& context);
  RichText undecided_patterns() const;
  RichText list_text(NodeId node, const Context& context);
  RichText given_text(NodeId id, const Context& context);
  RichText attribute(std::uint32_t index, const Context& context);
  RichText builtin(const Node& node, const Context& context);
  RichText title(Kind kind, const Context& context) const;
  RichText reason(Kind kind, const Context& context);
  RichText of_run(Builtin which, const Context& context) const;
  const std::string* raw(const Node& node, const Context& context) const;
  std::vector<NodeId> possible_cases(NodeId match, const Context& context);
  RichText of_match(NodeId match, const Context& context);

  const Basis& basis_;
  const Program& program_;
  const Dependencies& dependencies_;
  const Parts parts_;
};

}  // namespace riskd::engine
