#include "engine/explain/formula.hpp"

#include <algorithm>
#include <cmath>

#include "engine/base/instant.hpp"
#include "engine/evaluate/print.hpp"
#include "engine/program/node_read.hpp"

namespace riskd::engine {
namespace {

constexpr double day_seconds = 86'400;
constexpr double furthest_date = 250e9;  // seconds from 1970: within the years of four digits

class FormulaReader {
 public:
  FormulaReader(const Program& program, const std::vector<std::uint32_t>& risks, Formula& out)
      : program_(program), risks_(risks), out_(out) {}

  void read(NodeId id) {
    if (id == no_node || !seen_.insert(id).second) return;
    const Node& node = program_.nodes[id];
    std::visit([&](const auto& read) { this->look_at(read, node); }, read_of(node));
    for (const NodeId kid : program_.kids_of(node)) read(kid);
  }

  void question(std::uint32_t index) {
    read(program_.questions[index].ask_when);
    read(program_.questions[index].default_value);
    input(false, index);
  }

 private:
  void look_at(const Operation&, const Node& node) {
    if (node.op == Op::constant) constant(node);
    if (node.op == Op::constant_text) out_.texts.push_back(program_.texts[node.a]);
    if (node.op == Op::includes_any || node.op == Op::includes_all) out_.masks.insert(node.bits);
  }
  void look_at(const QuestionRead& of, const Node&) { question(of.question); }
  void look_at(const FieldRead& of, const Node&) {
    input(true, of.field);
    read(program_.fields[of.field].default_value);
  }
  void look_at(const LetRead& of, const Node&) { read(program_.lets[of.let].value); }
  void look_at(const RatingRead& of, const Node&) { read(program_.ratings[of.rating].value); }
  void look_at(const AttributeRead& of, const Node&) { attribute(of.attribute); }
  void look_at(const BuiltinRead&, const Node&) {}
  void look_at(const RecordRead&, const Node&) {}
  void look_at(const ListRead&, const Node&) {}
  void look_at(const DayRead&, const Node&) {}

  void constant(const Node& node) {
    if (node.type.base == Base::number || node.type.base == Base::percent)
      out_.numbers.insert(node.number);
    if (node.type.base == Base::date) out_.dates.insert(node.number);
    if (node.type.base == Base::duration) out_.durations.insert(node.number);
  }

  void input(bool is_field, std::uint32_t index) {
    const std::pair<bool, std::uint32_t> each(is_field, index);
    if (std::find(out_.inputs.begin(), out_.inputs.end(), each) == out_.inputs.end())
      out_.inputs.push_back(each);
  }

  void attribute(std::uint32_t index) {
    read(program_.attributes[index].default_value);
    const auto settings = [&](const std::vector<Setting>& all) {
      for (const Setting& setting : all) {
        if (setting.attribute == index) read(setting.value);
      }
    };
    for (const std::uint32_t risk : risks_) {
      settings(program_.risks[risk].settings);
      for (const std::uint32_t weakness : program_.risks[risk].weaknesses) {
        settings(program_.weaknesses[weakness].settings);
        for (const std::uint32_t use : program_.weaknesses[weakness].uses)
          settings(program_.countermeasures[program_.uses[use].countermeasure].settings);
      }
    }
  }

  const Program& program_;
  const std::vector<std::uint32_t>& risks_;
  Formula& out_;
  std::set<NodeId> seen_;
};

// With one more, or one less, than now; and as the rules want it.
std::vector<RawValue> sets(const Program& program, const Formula& formula, Type type,
                           const RawValue& value) {
  const auto& steps = program.enums[type.of].steps;
  const auto* held = std::get_if<std::vector<std::string>>(&value);
  std::uint64_t now = 0;
  for (std::size_t i = 0; held != nullptr && i < steps.size(); ++i) {
    if (std::find(held->begin(), held->end(), steps[i].name) != held->end())
      now |= std::uint64_t{1} << i;
  }
  const auto named = [&](std::uint64_t bits) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if ((bits >> i & 1) != 0) names.push_back(steps[i].name);
    }
    return RawValue(std::move(names));
  };
  std::vector<RawValue> all;
  for (std::size_t i = 0; i < steps.size(); ++i) all.push_back(named(now ^ std::uint64_t{1} << i));
  for (const std::uint64_t mask : formula.masks) {
    all.push_back(named(now | mask));
    all.push_back(named(now & ~mask));
  }
  all.push_back(named(0));
  return all;
}

std::vector<RawValue> dates(const Formula& formula, Date day) {
  std::set<double> moments = formula.dates;
  const double today = static_cast<double>(start_of(day).ms) / 1000;
  moments.insert(today);
  for (const double each : formula.durations) {
    moments.insert(today - each);
    moments.insert(today + each);
  }
  std::vector<RawValue> all;
  for (const double each : moments) {
    if (!(std::abs(each) < furthest_date)) continue;
    for (const double moved : {each, each + day_seconds, each - day_seconds})
      all.emplace_back(to_string(date_of(Instant{static_cast<std::int64_t>(moved) * 1000})));
  }
  return all;
}

}  // namespace

Formula read_formulas(const Program& program, const std::vector<NodeId>& formulas,
                      const std::vector<std::uint32_t>& risks) {
  Formula formula;
  FormulaReader reader(program, risks, formula);
  for (const NodeId each : formulas) reader.read(each);
  return formula;
}

std::vector<RawValue> other_values(const Program& program, const Formula& formula, Type type,
                                   const RawValue& now, Date today) {
  switch (type.base) {
    case Base::truth:
      return {true, false};
    case Base::choice:
    case Base::scale: {
      std::vector<RawValue> all;
      for (const EnumStep& step : program.enums[type.of].steps) all.emplace_back(step.name);
      return all;
    }
    case Base::set:
      return sets(program, formula, type, now);
    case Base::number:
    case Base::percent: {
      std::vector<RawValue> all;
      const double step = type.base == Base::percent ? 0.01 : 1;
      for (const double each : formula.numbers) {
        for (const double value : {each, each + step, each - step}) all.emplace_back(value);
      }
      return all;
    }
    case Base::date:
      return dates(formula, today);
    case Base::duration: {
      std::vector<RawValue> all;
      for (const double each : formula.durations) {
        for (const double value : {each, each * 2, each / 2})
          all.emplace_back(print_value(program, type, Value::of(value)));
      }
      return all;
    }
    case Base::text:
    case Base::texts:
    case Base::elements: {
      std::vector<RawValue> all(formula.texts.begin(), formula.texts.end());
      all.emplace_back(std::string("some text"));
      return all;
    }
  }
  return {};
}

}  // namespace riskd::engine
