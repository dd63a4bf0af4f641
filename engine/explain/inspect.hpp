// An evaluation that can be asked for the value of any expression of its policy, about any element of
// the model: what a failed expectation shows.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/facts/product.hpp"
#include "engine/program/program.hpp"

namespace riskd::engine {

// Of what an expression is asked: an element of one Inspection, or an item of one of its lists.
using Subject = std::size_t;

class Inspection {
 public:
  // Evaluates `product` under `program` at `now`; both must outlive it. Use from one thread.
  Inspection(const Program& program, const Product& product, Instant now);
  ~Inspection();
  Inspection(const Inspection&) = delete;
  Inspection& operator=(const Inspection&) = delete;

  Subject product() const { return 0; }
  // nullopt where the model has no such element; `element` with its component: "api/web.tls".
  std::optional<Subject> component(std::string_view id);
  std::optional<Subject> risk(std::string_view element);
  std::optional<Subject> weakness(std::string_view element);
  std::optional<Subject> countermeasure(std::string_view element);

  // The uses of a countermeasure, in the order in which the model reads them.
  struct Used {
    std::uint32_t use = 0;  // in Program::uses
    std::string weakness, risk;
    Subject subject = 0;
  };
  std::vector<Used> uses(std::string_view countermeasure);

  // The items that an aggregate visits, with their ids. Empty for any other node.
  struct Item {
    std::string id;
    Subject subject = 0;
  };
  std::vector<Item> items(NodeId aggregate, Subject subject);

  Value value(NodeId node, Subject subject);
  // As people read it: "true", "high", "40 … 75", "unknown", "not asked"; a text between quotes.
  std::string shown(NodeId node, Subject subject);
  // A text, as it stands; nullopt where it is unknown or there is none.
  std::optional<std::string> text(NodeId node, Subject subject);
  // The open questions behind a value that is not known, sorted.
  std::vector<std::string> waits_for(NodeId node, Subject subject);
  // What a risk's attribute is worth, assumed values included.
  std::string attribute(std::uint32_t index, Subject subject);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace riskd::engine
