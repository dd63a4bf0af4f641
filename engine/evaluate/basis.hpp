// What an evaluation rests on: read by all of its parts. Used inside engine/ only.
#pragma once

#include <utility>

#include "engine/base/instant.hpp"
#include "engine/evaluate/trace.hpp"
#include "engine/facts/product.hpp"
#include "engine/plan/dependencies.hpp"
#include "engine/program/program.hpp"

namespace riskd::engine {

// The program and what follows from it outlive the evaluation. The product does, or is replaced by one with the
// same facts (Evaluator::read_from).
struct Basis {
  const Program& program;
  const Dependencies& dependencies;
  const Product* product;
  Instant now;
  Trace* trace = nullptr;  // where set, what is looked at is counted in it
  bool without_defaults =
      false;                // a question or field without answer is unknown, whatever its default
  bool projecting = false;  // see Reading
};

// While it lives, states and verdicts are read as they are (`projecting` is false), or as they will be once all
// that is required is done and its tests pass. `trace` takes what is looked at meanwhile; null: nobody counts.
class Reading {
 public:
  Reading(Basis& basis, bool projecting, Trace* trace)
      : basis_(basis),
        projecting_(std::exchange(basis.projecting, projecting)),
        trace_(std::exchange(basis.trace, trace)) {}
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() {
    basis_.projecting = projecting_;
    basis_.trace = trace_;
  }

 private:
  Basis& basis_;
  const bool projecting_;
  Trace* const trace_;
};

}  // namespace riskd::engine
