// What reads what, by the policy alone: the static graph along which a changed fact finds the cells
// that depend on it. Made once a program, shared by all products; a product holds values only.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/plan/acts_by.hpp"
#include "engine/plan/conditions.hpp"
#include "engine/plan/shape.hpp"
#include "engine/plan/test_bindings.hpp"
#include "engine/program/node.hpp"

namespace riskd::engine {

struct Program;

// A formula of the policy. What it is the formula of stands in the program's table of its kind.
struct Cell {
  enum class Kind : std::uint8_t {
    question,        // whether it is asked, its value
    let,             // of the product or of a component
    pattern,         // whether it applies
    rating,          // of the product or of a component
    risk,            // its attributes
    weakness,        // its attributes
    countermeasure,  // its attributes, and what its uses require and mitigate
    every_risk,      // the steps, and what is derived of each risk
    ticket,          // a template
  };
  Kind kind = Kind::question;
  bool across = false;  // it reads all components: what one says reaches it in every other
  std::uint32_t index = 0;
  // Of a question, let or pattern: the type of component of which there is one each; no_index: one of
  // the product. And a pattern's slot.
  std::uint32_t component_type = no_index;
  std::uint32_t slot = 0;
  bool operator==(const Cell&) const = default;
};

enum class Applies : std::uint8_t { no, yes, undecided };

// Not of `needs_full_evaluation`.
constexpr Applies applies_of(Truth truth) {
  return truth == Truth::yes ? Applies::yes : truth == Truth::no ? Applies::no : Applies::undecided;
}

// A scope of which nobody said anything, as far as that follows from the policy alone. What was said
// is put on top of it: only the conditions that read that are run.
struct FreshScope {
  std::vector<std::uint8_t> questions;           // codes, by slot; unset: to be computed
  std::vector<Applies> asked;                    // likewise
  std::vector<Applies> patterns;                 // by slot
  std::vector<std::uint32_t> conditions;         // of the patterns, by slot: Conditions::place
  std::vector<std::uint32_t> computed_patterns;  // slots of those that do not follow
};

struct Dependencies {
  explicit Dependencies(const Program& program);

  // Questions and patterns by scope: 0 is the product, 1 + t the components of type t.
  static std::size_t scope_of(std::uint32_t component_type) {
    return component_type == no_index ? 0 : component_type + std::size_t{1};
  }
  std::vector<std::vector<std::uint32_t>> questions_in, patterns_in;
  std::vector<std::uint32_t> question_slot, pattern_slot;  // a question's place in questions_in

  // Those that read a question, whatever changes of it; and those that compare it with one choice, which
  // a change from or to that choice alone touches.
  std::span<const Cell> readers_of(std::uint32_t question) const {
    return readers_.of(first_reader_[question]);
  }
  std::size_t compared_with(std::uint32_t question) const {  // choices: 0 and the next ones
    return first_reader_[question + 1] - first_reader_[question] - 1;
  }
  std::span<const Cell> readers_of(std::uint32_t question, std::uint32_t choice) const {
    return readers_.of(first_reader_[question] + 1 + choice);
  }
  std::vector<std::vector<Cell>> of_field, of_let;
  std::vector<Cell> of_today;

  // Questions and early lets in the order in which they may be computed: what is read has less.
  std::vector<std::uint32_t> question_rank, let_rank;
  // A let that reads risks or what is below them is computed after them.
  std::vector<bool> is_late;

  // Which parts of the model are read by which, beside a risk's reading all that is below it.
  struct ModelReads {
    bool measures_read_risks = false;       // or a weakness does
    bool weaknesses_read_measures = false;  // a weakness reads its countermeasures
    bool measures_read_weaknesses = false;
    bool elements_read_far = false;  // beyond their neighbours: of all elements, of the product
    bool elements_read_approval = false;  // and so does a rating or let
    bool undecided_is_read = false;       // how many patterns are undecided
    bool conditions_read_model = false;   // a question or pattern does: only a whole pass is right
    bool tickets_read_far = false, tickets_read_approval = false;
  };
  ModelReads model_reads;
  bool has_required_field = false;  // one that holds back approval where it has no value

  // `any`, `all` and `count` over the components whose body reads answers, fields and lets alone, so that
  // it is counted; and whether the body reads something of the product, or the day.
  struct Counted {
    NodeId node = no_node;
    bool reads_product = false;
  };
  std::vector<Counted> counted;  // by node
  // Its place in `counted`; no_index where it is not.
  std::uint32_t counter_of(NodeId node) const;

  Conditions conditions;
  std::vector<FreshScope> fresh;  // by scope, as questions_in
  // The patterns among those that read a question, each once: those of question q are from first_pattern_of[q] on.
  struct PatternPlace {
    std::uint32_t scope = 0, slot = 0;  // in patterns_in
  };
  std::vector<PatternPlace> patterns_of_question;
  std::vector<std::uint32_t> first_pattern_of;

  Shape shape;

  std::vector<ActsBy> steps;  // by Program::adjusts

  // The inherent rating of each risk, before anybody decides anything about it; NaN if an answer may change it.
  // prepared() enters it (evaluate/prepare.hpp).
  std::vector<double> fixed_inherent;

  // What an id names: a definition of each kind, which may share it.
  struct Named {
    std::uint32_t risk = no_index, weakness = no_index, countermeasure = no_index;
  };
  std::unordered_map<std::string_view, Named> elements_named;
  // Ids that elements had in earlier versions, by kind and definition; most have none.
  std::map<std::pair<Kind, std::uint32_t>, std::vector<std::string>> former;
  std::span<const std::string> former_ids(Kind kind, std::uint32_t definition) const {
    const auto found = former.find({kind, definition});
    return found == former.end() ? std::span<const std::string>() : found->second;
  }

  TestBindings tests;

 private:
  std::vector<std::uint32_t>
      first_reader_;  // by question: its row in readers_, then one each choice
  Rows<Cell> readers_;
  friend class DependenciesBuilder;
};

}  // namespace riskd::engine
