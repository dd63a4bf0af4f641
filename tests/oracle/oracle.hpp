// The reference evaluator: what a policy means, written down from docs/language.md as plainly as it
// can be. It keeps nothing between questions and is as slow as that; tests hold the engine to it.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/evaluate/model.hpp"
#include "engine/facts/product.hpp"
#include "engine/program/program.hpp"

namespace riskd::oracle {

struct Ratings {
  double inherent = 0, current = 0, projected = 0;
};

// By id, as a model has them.
struct Reading {
  std::map<std::string, Ratings> risks;
  std::map<std::string, engine::State> states;   // of countermeasures
  std::map<std::string, engine::Tested> tested;  // of weaknesses and countermeasures
  double rating = 0;
  bool approved = false;
  std::vector<std::string> applying, undecided;                            // patterns
  std::map<std::pair<std::string, std::string>, engine::Desired> tickets;  // template, element
};

Reading read(const engine::Program& program, const engine::Product& product, Instant now);

}  // namespace riskd::oracle
