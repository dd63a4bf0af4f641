// What the checker claims of conditions, held against all that can be answered: random conditions, every
// state of a handful of questions, and the evaluator.
#include <catch2/catch.hpp>
#include <chrono>
#include <random>
#include <set>

#include "dsl/compile.hpp"
#include "engine/evaluate/model.hpp"

using namespace riskd;

namespace riskd::tests::conditions_test {

namespace {

constexpr const char* questions = R"(library t "T"
field product.size "Size" : number
questionnaire about "About" {
  question web "Web?" : yes-no
  question reach "Who?" : one-of ordered { staff partners internet }
  question kind "Kind?" : one-of { a b } ask when web or reach is internet
  question data "Data?" : any-of { card health } ask when web
  question users "Users?" : number
  question logged "Logged?" : yes-no default yes ask when reach >= partners
  question since "Since?" : date
  question escape "Never" : yes-no
}
let product.wide = reach is internet and web
let product.score = match reach { staff: 10, partners: 40, internet: 90, otherwise: 0 }
)";

class Conditions {
 public:
  explicit Conditions(std::uint32_t seed) : random_(seed) {}

  std::string condition(int depth) {
    if (depth == 0 || pick(4) == 0) return atom();
    switch (pick(5)) {
      case 0:
        return "not (" + condition(depth - 1) + ")";
      case 1:
      case 2:
        return "(" + condition(depth - 1) + ") and (" + condition(depth - 1) + ")";
      case 3:
        return "(" + condition(depth - 1) + ") or (" + condition(depth - 1) + ")";
      default:
        return "(if " + atom() + " then " + condition(depth - 1) + " else " + condition(depth - 1) +
               ")";
    }
  }

 private:
  std::size_t pick(std::size_t count) { return random_() % count; }

  std::string atom() {
    static const std::vector<std::string> atoms{"web",
                                                "not web",
                                                "logged",
                                                "wide",
                                                "web is answered",
                                                "kind is answered",
                                                "logged is not answered",
                                                "size is answered",
                                                "reach is staff",
                                                "reach is not staff",
                                                "reach is internet",
                                                "reach < partners",
                                                "reach >= partners",
                                                "reach in { staff, partners }",
                                                "reach not in { partners, internet }",
                                                "kind is a",
                                                "kind is not a",
                                                "kind in { a, b }",
                                                "data includes card",
                                                "data includes any { card, health }",
                                                "data includes all { card, health }",
                                                "users < 10",
                                                "users <= 10",
                                                "users > 50",
                                                "users is 30",
                                                "users >= 10",
                                                "score > 30",
                                                "score is 90",
                                                "score <= 10",
                                                "size > 1",
                                                "size <= 1",
                                                "since < 2024-01-01",
                                                "since >= 2024-01-01",
                                                "(match kind { a: 1, b: 2, otherwise: 3 }) < 3",
                                                "(if web then 5 else 7) < 6",
                                                "(match reach { staff: yes, otherwise: no })"};
    return atoms[pick(atoms.size())];
  }

  std::mt19937 random_;
};

struct Question {
  std::string id;
  std::vector<engine::RawValue> values;  // monostate: open
};

const std::vector<Question>& states() {
  using Names = std::vector<std::string>;
  static const std::vector<Question> all{
      {"t.web", {std::monostate{}, true, false}},
      {"t.reach",
       {std::monostate{}, std::string("staff"), std::string("partners"), std::string("internet")}},
      {"t.kind", {std::monostate{}, std::string("a"), std::string("b")}},
      {"t.data",
       {std::monostate{}, Names{}, Names{"card"}, Names{"health"}, Names{"card", "health"}}},
      {"t.users", {std::monostate{}, 5.0, 10.0, 30.0, 70.0}},
      {"t.logged", {std::monostate{}, true, false}},
      {"t.since", {std::monostate{}, std::string("2023-05-05"), std::string("2025-05-05")}}};
  return all;
}

// Every state: calls `visit` with a product in it.
template <typename Visit>
void each_state(std::size_t question, engine::Product& product, const Visit& visit) {
  if (question == states().size()) {
    product.fields.erase("size");
    visit();
    for (const double size : {1.0, 2.0}) {
      product.fields["size"] = {size, {1, {}, "test"}};
      visit();
    }
    return;
  }
  const Question& asked = states()[question];
  for (const engine::RawValue& value : asked.values) {
    product.answers[asked.id] = {value, {1, {}, "test"}};
    each_state(question + 1, product, visit);
  }
}

dsl::Compilation compiled(const std::vector<std::string>& conditions, const std::string& tail) {
  std::string text = questions;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    text +=
        "pattern p" + std::to_string(i) + " \"P\" { when (" + conditions[i] + ")" + tail + " }\n";
  }
  dsl::Sources sources;
  sources.emplace_back("t.risk", std::move(text));
  return dsl::compile(std::move(sources));
}

std::set<std::size_t> claimed(const dsl::Compilation& policy, dsl::Code code) {
  std::set<std::size_t> found;
  for (const dsl::Diagnostic& each : policy.diagnostics) {
    const std::size_t at = each.message.find("`t.p");
    if (each.code == code && at != std::string::npos)
      found.insert(std::stoul(each.message.substr(at + 4)));
  }
  return found;
}

}  // namespace

TEST_CASE("conditions are reported as never or always true exactly if they are") {
  // Any seed must hold. One policy a run, since it is tried in each of 24,300 states.
  const std::uint32_t seed = std::random_device{}();
  CAPTURE(seed);
  Conditions random(seed);
  std::vector<std::string> conditions{"wide and reach is staff", "web or not web"};
  for (int i = 0; i < 60; ++i) conditions.push_back(random.condition(3));
  const dsl::Compilation claims = compiled(conditions, "");
  const std::set<std::size_t> never = claimed(claims, dsl::Code::never_true);
  const std::set<std::size_t> always = claimed(claims, dsl::Code::always_true);
  CHECK(!never.empty());
  CHECK(!always.empty());

  // What can never apply is an error; in this policy it is not, and it never applies either.
  const dsl::Compilation policy = compiled(conditions, " or escape");
  REQUIRE(policy.sound());
  std::vector<char> seen_true(conditions.size());
  std::vector<char> seen_false(conditions.size());
  engine::Product product;
  product.id = "p";
  product.answers["t.escape"] = {false, {1, {}, "test"}};
  each_state(0, product, [&] {
    const engine::Model model = engine::evaluate(*policy.program, product, Instant{});
    std::vector<char> decided(conditions.size());
    const auto number = [](const std::string& id) { return std::stoul(id.substr(3)); };
    for (const std::string& id : model.applying) seen_true[number(id)] = decided[number(id)] = 1;
    for (const engine::Undecided& each : model.undecided) decided[number(each.pattern)] = 1;
    for (std::size_t i = 0; i < conditions.size(); ++i) {
      if (decided[i] == 0) seen_false[i] = 1;
    }
  });
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    INFO(conditions[i]);
    CHECK(never.contains(i) == (seen_true[i] == 0));
    CHECK(always.contains(i) == (seen_false[i] == 0));
  }
}

TEST_CASE("a condition that is too large for the analysis is skipped quickly, without a report") {
  using Clock = std::chrono::steady_clock;
  // The hidden weighted bit, in which every order of the questions is a bad one.
  constexpr int bits = 40;
  std::string text = "library t \"T\"\nquestionnaire q \"Q\" {\n";
  for (int i = 0; i < bits; ++i)
    text += "  question b" + std::to_string(i) + " \"B?\" : yes-no\n  question n" +
            std::to_string(i) + " \"N?\" : one-of { a b c d e f g h }\n";
  text += "}\npattern p \"P\" { when ";
  for (int i = 0; i < bits; ++i) {
    for (int j = 0; j < 8; ++j) {
      if (i + j > 0) text += " or ";
      text += "(b" + std::to_string((i * 7 + j * 11) % bits) + " and not b" +
              std::to_string((i * 13 + j * 5 + 1) % bits) + " and n" +
              std::to_string((i + j * 3) % bits) + " is " +
              std::string(1, static_cast<char>('a' + j)) + " and n" +
              std::to_string((i * 17 + j) % bits) + " is " +
              std::string(1, static_cast<char>('h' - j)) + ")";
    }
  }
  text += " }\n";
  dsl::Sources sources;
  sources.emplace_back("t.risk", std::move(text));
  const auto start = Clock::now();
  const dsl::Compilation policy = dsl::compile(std::move(sources));
  CHECK(Clock::now() - start < std::chrono::seconds(5));
  CHECK(policy.sound());
}

TEST_CASE("a condition over a thousand questions is decided") {
  std::string text = "library t \"T\"\nquestionnaire q \"Q\" {\n";
  std::string any;
  for (int i = 0; i < 1000; ++i) {
    text += "  question b" + std::to_string(i) + " \"B?\" : yes-no\n";
    any += (i == 0 ? "" : " or ") + ("b" + std::to_string(i));
  }
  text += "}\nlet product.any = " + any +
          "\npattern p \"P\" { when any }\npattern r \"R\" { when any and not any }\n";
  dsl::Sources sources;
  sources.emplace_back("t.risk", std::move(text));
  const dsl::Compilation policy = dsl::compile(std::move(sources));
  std::size_t never = 0;
  for (const dsl::Diagnostic& each : policy.diagnostics) {
    if (each.code == dsl::Code::never_true) ++never;
    CHECK(each.code != dsl::Code::always_true);
  }
  CHECK(never == 1);
}

}  // namespace riskd::tests::conditions_test
