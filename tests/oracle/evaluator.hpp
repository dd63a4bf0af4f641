// The reference evaluator's inside: the model as plain lists, and the questions that it answers.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "tests/oracle/oracle.hpp"
#include "tests/oracle/value.hpp"

namespace riskd::oracle {

using namespace engine;

struct Part {  // the product (an empty id), or one of its components
  std::string id;
  std::uint32_t type = no_index;
  const RawMap *answers, *fields;
};

struct Element {                   // of the model
  std::uint32_t index = no_index;  // in the program's table
  const Part* part = nullptr;
  std::string id;
  bool is() const { return part != nullptr; }
};

struct Record {  // what a tracker or a test tool said
  std::map<std::uint32_t, std::string> texts;
  std::map<std::uint32_t, std::vector<std::string>> lists;
  std::map<std::uint32_t, bool> truths;
};

// A status of a ticket: what said it first, what repeated it last, whether riskd set it, and whether the
// ticket is closed with it.
struct Word {
  Stamped<TicketFact> first;
  TicketFact last;
  bool own = false, shut = false;
};

// What the names of an expression stand for.
struct At {
  const Part* component = nullptr;
  Element risk{}, weakness{}, countermeasure{};
  std::uint32_t use = no_index;
  bool projecting = false;
  const Record* record = nullptr;
};

struct Tests {  // of an element
  bool failed = false, passed = false, stale = false;
  Instant newest_failed;          // result
  std::set<std::string> failing;  // tests, by the names under which they may be false positives
};

struct Said {  // of a test, by one run or result
  TestResult result;
  Instant at;
  std::string run;
  bool absent = false;
  std::uint64_t fact = 0;  // that said it, or its run first
  Instant renewed;
  Instant part;  // when the part of the run arrived that lists it
};
struct Evaluator {
  const Program& program;
  const Product& product;
  Instant now;
  std::vector<Part> parts{};  // the product first
  std::vector<std::string> applying{}, undecided{};
  std::map<std::string, Element> risks{}, weaknesses{}, countermeasures{};
  std::vector<std::pair<Element, Element>> links{};  // risk, weakness
  std::map<std::tuple<std::string, std::string, std::string>, At>
      uses{};  // countermeasure, weakness, risk
  std::map<std::string, Tests> tests{};

  // expression.cpp
  double today() const;
  std::vector<std::string> ids_of(Kind kind, const std::string& element) const;
  const Stamped<DecisionFact>* decided(Kind kind, const std::string& element,
                                       const std::string& aspect) const;
  const DecisionFact* decision(Kind kind, const std::string& element,
                               const std::string& aspect) const;
  bool is_false_positive(const std::string& test) const;
  bool fits(Type type, const RawValue& raw) const;
  V step(Type type, const std::string& name) const;
  V widest(Type type) const;
  V given(Type type, const RawValue& raw) const;
  V question(std::uint32_t index, const At& at, bool is_answered) const;
  V field(std::uint32_t index, const At& at, bool is_answered) const;
  V attribute(std::uint32_t index, const At& at) const;
  V truth_of(NodeId id, const At& at) const;
  V eval(NodeId id, const At& at) const;
  V match(const Node& node, const At& at) const;
  V aggregate(const Node& node, const At& at) const;
  std::vector<At> items(List list, const At& at) const;

  // builtin.cpp
  V builtin(const Node& node, const At& at) const;
  V recorded(const Node& node, const Record& record) const;

  // evidence.cpp, oracle.cpp
  void find_elements();
  bool applies(std::uint32_t pattern, const Part& part);
  void run_tests();
  std::map<TestKey, std::vector<Said>> said_of_tests(const SuiteFacts& suite) const;
  Verdict judge(const std::string& source, const Said& said) const;
  void bind(const std::string& source, const std::vector<Said>& all);
  Tested tested(const std::string& element) const;
  double share(const At& use) const;
  double rating(std::uint32_t index, const At& at) const;
  double after_steps(const Element& risk, std::size_t count, std::set<std::string> without,
                     bool projecting) const;
  double current(const Element& risk, bool projecting = false) const;
  static bool finished(const TicketFact& ticket);
  State mapped(const TicketFact& ticket) const;
  std::vector<Word> words_of(const TicketTemplate& ticket, const std::string& element) const;
  State state(const Element& countermeasure) const;
  bool approved(Kind kind, const std::string& element) const;
  bool missing_field() const;
  bool product_approved() const;
  std::string present_id(Kind kind, const std::string& element) const;
  std::optional<Desired> desired(const TicketTemplate& ticket, const std::string& element) const;
  Reading read();
};

}  // namespace riskd::oracle
