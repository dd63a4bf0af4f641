// A product's questionnaire, as `answer` and `ask` use it.
#pragma once

#include <optional>
#include <string>

#include "daemon/riskctl/online.hpp"

namespace riskd::riskctl {

// A product with its model and its questions, at one moment.
struct Questioned {
  std::string product;
  Snapshot model;
  json::array questions;

  // The question of the product, or of `component`, that is called so; null where it is not found.
  const json::value* find(const std::string& component, const std::string& name) const;
};

// nullopt, and the reason printed, where the daemon cannot be asked.
std::optional<Questioned> read_questions(const SharedOptions& options, const std::string& product);

bool is_open(const json::value& question);  // asked, and not answered

// What was typed, as JSON of the question's type: nothing takes the answer back, `none` of an any-of is
// no choice at all. What does not fit is left to the daemon to refuse. `question` may be null.
json::value value_of(const std::string& text, const json::value* question);

// PATCH with these answers; the daemon's answer, whatever its status. nullopt, and the reason printed,
// where it cannot be reached.
std::optional<client::Response> send_answers(const SharedOptions& options,
                                             const std::string& product,
                                             const std::string& component, json::object answers);

// What was answered between two moments and what that did.
Text summary(const Questioned& before, const Questioned& after);

}  // namespace riskd::riskctl
