// The security team's review: what the model shows now beside what the last approval saw.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/evaluate/model.hpp"
#include "engine/facts/product.hpp"
#include "engine/program/program.hpp"

namespace riskd::engine {

struct ReviewedElement {
  std::string element, title;
  Kind kind = Kind::risk;
  std::vector<std::pair<std::string, std::string>> values;  // as SeenElement has them
};

// An attribute of an approved element that is not as it was when it was approved.
struct ReviewChange {
  std::string element, title, attribute;
  std::string from, to;  // empty: it was not there, it is there no more
  std::string because;   // one line; may be empty
};

struct Review {
  std::optional<Provenance> since;         // of the last approval
  std::vector<ReviewedElement> added;      // that no approval has seen
  std::vector<ReviewedElement> unchanged;  // that are as they were approved, or nobody knows how
  std::vector<ReviewChange> changed;
  std::vector<std::string> removed;  // ids that were approved and that the model shows no more
  std::vector<std::string> missing_fields;
};

// All lists are sorted by id.
Review review(const Program& program, const Product& product, const Model& model);

// The same review gives the same text: what its version is made of. `policy` is the revision in force.
std::string review_text(const Model& model, std::uint64_t policy);

// An approval of `elements`, by id or bare name, beside what was approved before; of all that the model shows
// where it is nullopt.
ApproveFact approve(const Program& program, const Product& product, const Model& model,
                    const std::optional<std::vector<std::string>>& elements);

}  // namespace riskd::engine
