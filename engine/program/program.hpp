// A checked policy, compiled: flat tables that refer to each other by index. Immutable, shared by all
// products and threads. Made by dsl/ only, so nothing in it can be wrong: every index is valid, every
// expression is typed, nothing is circular.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/program/bare_names.hpp"
#include "engine/program/node.hpp"
#include "engine/program/value.hpp"
#include "engine/vocabulary/vocabulary.hpp"

namespace riskd::engine {

// Where in the policy something was written; lines and columns count from 1.
struct Place {
  std::uint32_t file = 0;  // in Program::files
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};

struct EnumStep {
  std::string name;
  std::string title;  // empty where none was given
  double number = 0;  // scale: its number; bands: its lowest number; otherwise its index
  std::vector<std::string> was{};  // names that a choice had in earlier versions
};

struct EnumType {
  std::string name;  // as messages show it
  std::vector<EnumStep> steps;
  bool ordered = false;
};

struct Questionnaire {
  std::string id;
  std::string title;
  std::uint32_t component_type = no_index;  // no_index: of the product
};

struct Question {
  std::string id;  // "web.reach"
  std::string text;
  std::string help;
  std::uint32_t questionnaire = 0;
  std::uint32_t component_type = no_index;
  Type type;
  NodeId ask_when = no_node;
  NodeId default_value = no_node;
  std::vector<std::string> was;  // ids of earlier versions
  Place place;
};

struct Field {
  std::string name;
  std::string title;
  Kind kind = Kind::product;
  Type type;
  bool required = false;
  NodeId default_value = no_node;
  Place place;
  std::vector<std::string> was{};  // names of earlier versions
};

struct ComponentType {
  std::string id;    // "web.database"
  std::string name;  // "database"
  std::string title;
  std::vector<std::string> was{};  // ids of earlier versions
};

struct Attribute {
  std::string name;
  std::string title;
  Kind kind = Kind::risk;
  Type type;
  NodeId default_value = no_node;
};

struct Let {
  std::string name;
  Kind kind = Kind::product;
  Type type;
  NodeId value = no_node;
  Place place;
};

// A number held in 0…100: `risk.inherent`, `product.rating`, or the policy's own.
struct Rating {
  std::string name;
  Kind kind = Kind::risk;
  NodeId value = no_node;
  Place place;
};

struct Setting {  // of an attribute, by a risk, weakness or countermeasure
  std::uint32_t attribute = 0;
  NodeId value = no_node;
  Place place;
};

struct TestBinding {
  std::string source;  // "junit", "zap"
  std::string name;    // a glob, an id, a tag: by source
  std::string tool{};  // a glob over the tool's name, without regard to case; empty: any tool
  Place place{};
};

struct Use {  // of a countermeasure by a weakness
  std::uint32_t countermeasure = 0;
  std::uint32_t weakness = 0;
  NodeId mitigates = no_node;  // no_node: 0
  NodeId required = no_node;   // no_node: recommended
  Place place;
};

struct Countermeasure {
  std::string id;
  std::string title;
  std::string guide;
  std::vector<std::string> standards;
  std::vector<TestBinding> tests;
  std::string untested;  // why no test can tell about it; empty: nothing is said
  std::vector<Setting> settings;
  std::vector<std::string> was;
  Place place;
};

// Which results come to a weakness by their CWE, where no `test` names them.
enum class CweMatch : std::uint8_t {
  exact,
  descendants,  // those with a more specific CWE too
  never,
};

struct Weakness {
  std::string id;
  std::string title;
  int cwe = 0;  // 0: none
  CweMatch cwe_match = CweMatch::exact;
  std::vector<TestBinding> tests;
  std::vector<Setting> settings;
  std::vector<std::uint32_t> uses;  // in Program::uses
  std::vector<std::string> was;
  Place place;
};

struct Risk {
  std::string id;
  std::string title;
  std::uint32_t pattern = 0;
  std::vector<Setting> settings;
  std::vector<std::uint32_t> weaknesses;  // in Program::weaknesses, each once
  std::vector<std::string> was;
  Place place;
};

struct Pattern {
  std::string id;
  std::string title;
  std::uint32_t component_type = no_index;
  NodeId when = no_node;  // no_node: always
  std::vector<std::uint32_t> risks;
  std::vector<std::string> was;
  Place place;
};

enum class AdjustOp : std::uint8_t { reduce, reduce_of_inherent, restore, raise_by, raise_to, cap };

struct Adjust {
  std::string name;
  std::string reason;
  Kind kind = Kind::risk;
  NodeId when = no_node;
  AdjustOp op = AdjustOp::reduce;
  NodeId amount = no_node;
  Place place;
};

// The states of a countermeasure, as the built-in enumeration numbers them.
enum class State : std::uint8_t { recommended, required, implemented, rejected, not_applicable };
std::string_view to_string(State state);

enum class Tested : std::uint8_t { untested, stale, passed, failed };
std::string_view to_string(Tested tested);

struct StatusRow {
  NodeId when = no_node;  // no_node: otherwise
  State state = State::required;
  Place place;
};

struct StatusMap {
  std::string tracker_kind;
  std::string name;  // empty: the one of its kind that holds where a tracker names none
  std::vector<StatusRow> rows;

  // As a policy names it: "jira", "jira mobile".
  std::string title() const { return name.empty() ? tracker_kind : tracker_kind + " " + name; }
};

// What a result means; of several that are said at once the last of these counts. `untested`: the result says neither
// that the weakness is there nor that it is not, and nothing that was said before holds any longer: somebody accepted
// the finding.
enum class Verdict : std::uint8_t { ignored, passed, untested, failed };
std::string_view to_string(Verdict verdict);
// All, as the rows of an `evidence` block name them, in the order in which people are shown them.
std::span<const Verdict> verdicts();

struct EvidenceRow {
  NodeId when = no_node;  // no_node: otherwise, or `absent`
  bool absent = false;
  Verdict verdict = Verdict::ignored;
  Place place;
};

struct Evidence {
  std::string source;
  std::vector<EvidenceRow> rows;
  double stale_after = 0;  // seconds; 0: never
};

struct TicketTemplate {
  std::string name;
  Kind kind = Kind::countermeasure;
  NodeId open = no_node;
  NodeId title = no_node;
  NodeId body = no_node;
  std::vector<NodeId> labels;
  NodeId priority = no_node;
  std::uint32_t relate_to =
      no_index;  // another template: its tickets of this element's countermeasures
  List relate_list = List::none;
  NodeId update_watch = no_node;  // texts or text
  NodeId update_text = no_node;
  NodeId update_when = no_node;
  NodeId close = no_node;
  NodeId close_text = no_node;
  NodeId reopen = no_node;
  Place place;
};

struct Bands {
  std::uint32_t enumeration = no_index;  // no_index: the policy has none
};

struct Dependencies;

struct Program {
  std::string hash;  // of the checked policy; layout does not change it
  std::vector<std::string> files;

  std::vector<Node> nodes;
  std::vector<NodeId> kids;
  std::vector<std::string> texts;

  std::vector<EnumType> enums;
  std::uint32_t state_enum = 0, tested_enum = 0, component_type_enum = 0;  // in enums

  std::vector<Questionnaire> questionnaires;
  std::vector<Question> questions;
  std::vector<Field> fields;
  std::vector<ComponentType> component_types;
  std::vector<Attribute> attributes;
  std::vector<Let> lets;
  std::vector<Rating> ratings;
  std::uint32_t inherent = no_index;        // in ratings
  std::uint32_t product_rating = no_index;  // in ratings
  std::vector<Pattern> patterns;
  std::vector<Risk> risks;
  std::vector<Weakness> weaknesses;
  std::vector<Countermeasure> countermeasures;
  std::vector<Use> uses;
  std::vector<Adjust> adjusts;  // in the order in which they run
  Bands bands;
  std::vector<StatusMap> status_maps;
  std::vector<Evidence> evidence;
  std::vector<TicketTemplate> tickets;

  // By qualified id, earlier ids too.
  struct Ids {
    std::unordered_map<std::string, std::uint32_t> questions, patterns, risks, weaknesses,
        countermeasures;
  };
  Ids by_id;

  std::span<const NodeId> kids_of(const Node& node) const {
    return {kids.data() + node.first_kid, node.kid_count};
  }
  // The map called `name` of that kind of tracker; without a name the kind's own. Null: there is none.
  const StatusMap* status_map(std::string_view tracker_kind, std::string_view name = {}) const;
  const Evidence* evidence_of(std::string_view source) const;
  std::uint32_t template_by_name(std::string_view name) const;  // no_index where there is none

  // The widest value of a type: what an unanswered question of it is.
  Value unknown_of(Type type) const;

  // Made of all the above, when that is complete (evaluate/prepare.hpp).
  BareNames bare_names;
  std::shared_ptr<const Dependencies> dependencies;
};

// Questions are stored by position in Question::type; their step's name for people and JSON.
std::string_view step_name(const Program& program, Type type, double value);

using Policy = std::shared_ptr<const Program>;

}  // namespace riskd::engine
