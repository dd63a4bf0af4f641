// What conditions are about, found before their diagrams are made: their questions, and the constants
// that each number, date and text is compared with.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "dsl/conditions/round_table.hpp"
#include "engine/program/program.hpp"

namespace riskd::dsl {

class ConditionScan {
 public:
  explicit ConditionScan(const engine::Program& program) : program_(program) {}

  // Derived values, by number, whose expressions are not looked into: not 0.
  void set_open_lets(std::vector<char> open) { open_lets_ = std::move(open); }

  // Forgets all, and scans these conditions. `folds_case`: texts that differ only in the case of ASCII
  // letters are equal.
  void start(const std::vector<engine::NodeId>& conditions, bool folds_case);

  // Whether the conditions depend on anything at all.
  bool reads_anything() const { return reads_anything_; }
  // The questions that have an `ask when`, in the order in which they are met.
  const std::vector<std::uint32_t>& asked_questions() const { return asked_questions_; }
  // Whether a condition asks if the question or field is answered.
  bool asks_if_question_answered(std::uint32_t question) const {
    return answered_questions_.find(question) != nullptr;
  }
  bool asks_if_field_answered(std::uint32_t field) const { return answered_fields_[field] != 0; }
  // The constants that an input is compared with, sorted.
  const std::vector<double>& cuts_of(engine::NodeId input) const;
  // A derived value whose expression is not looked into.
  bool is_open(const engine::Node& let) const;
  // The number that stands for a text of the program: equal texts have one.
  double text_number(std::uint32_t text);

 private:
  struct ReadScan;
  // Constants and inputs that a value may be, before it is known where.
  struct Gathered {
    std::vector<double> constants;
    std::vector<engine::NodeId> inputs;
    std::size_t visits = 0;
  };

  void scan(engine::NodeId node);
  void scan_comparison(const engine::Node& node);
  void gather(engine::NodeId node, Gathered& found);
  bool gather_parts(engine::NodeId id, Gathered& found);
  void gather_default(engine::NodeId value, Gathered& found);
  void gather_arithmetic(engine::NodeId id, Gathered& found);

  const engine::Program& program_;
  std::vector<char> open_lets_;
  bool folds_case_ = false;
  bool reads_anything_ = false;
  RoundTable<char> scanned_;
  RoundTable<char> answered_questions_;
  std::vector<char> answered_fields_;
  std::vector<std::uint32_t> asked_questions_;
  std::map<engine::NodeId, std::vector<double>> cuts_;
  std::unordered_map<std::string, double> text_numbers_;
};

}  // namespace riskd::dsl
