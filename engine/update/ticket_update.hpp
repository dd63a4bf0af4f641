// Which tickets a change may open or close: where it ends. Used inside engine/update/ only.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/evaluate/evaluator.hpp"
#include "engine/update/touched.hpp"

namespace riskd::engine {

class TicketUpdate {
 public:
  TicketUpdate(Evaluator& evaluator, Touched& touched);

  void compute();
  void finish();

 private:
  void all_of(std::uint32_t ticket);
  void near_touched();
  void of_element(Kind kind, Instance& element);
  void of_gone(const ElementAt& element);
  void of_key(const TicketKey& key);
  void settle(std::uint32_t ticket, Kind kind, Instance& element, const Context& context);
  // Keeps what is wanted now, and reports it where it is something else.
  void settle(const ElementAt& element, std::uint32_t ticket, std::optional<Desired> now);
  void settle(const TicketKey& key, std::optional<Desired> now);  // one that has no number
  void report(const TicketKey& key, std::optional<Desired> before, std::optional<Desired> now);

  const std::vector<std::uint32_t>& templates_of(Kind kind) const {
    return kind == Kind::risk ? of_risks_ : kind == Kind::weakness ? of_weaknesses_ : of_measures_;
  }

  Evaluator& evaluator_;
  Touched& touched_;
  std::vector<std::uint32_t> of_risks_, of_weaknesses_,
      of_measures_;                 // templates, in Program::tickets
  std::vector<Instance*> settled_;  // elements whose tickets were looked at
};

}  // namespace riskd::engine
