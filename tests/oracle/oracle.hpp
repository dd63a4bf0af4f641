// The reference evaluator: what a policy means, written down from docs/language.md as plainly as it
// can be. It keeps nothing between questions and is as slow as that; tests hold the engine to it.
#pragma once

#include <map>
#include <set>
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

// The statuses that count as finished where a tracker does not report whether the ticket is closed, by kind of tracker.
// Written from the trackers' documentation, not read from engine/vocabulary; a test compares the two.
const std::map<std::string, std::set<std::string>>& finished_statuses();

Reading read(const engine::Program& program, const engine::Product& product, Instant now);

}  // namespace riskd::oracle
