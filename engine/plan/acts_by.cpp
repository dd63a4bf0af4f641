#include "engine/plan/acts_by.hpp"

#include "engine/program/program.hpp"

namespace riskd::engine {
namespace {

bool is_share_of_use(const Node& node) {
  return node.op == Op::builtin && static_cast<Builtin>(node.a) == Builtin::mitigates &&
         static_cast<Kind>(node.b) == Kind::countermeasure;
}

}  // namespace

std::vector<ActsBy> acts_of_steps(const Program& program, const Conditions& conditions) {
  std::vector<ActsBy> all;
  for (const Adjust& step : program.adjusts) {
    const std::uint32_t place = step.when == no_node ? no_index : conditions.place(step.when);
    ActsBy acts;
    acts.possible =
        step.when == no_node || (place != no_index && conditions.reads_states_alone(place));
    const auto enter = [&](std::uint8_t state, std::uint8_t measure, std::uint8_t weakness) {
      ElementBytes bytes;
      if (state < ElementBytes::states) bytes.codes[ElementBytes::state] = state;
      if (measure < ElementBytes::tested)
        bytes.codes[ElementBytes::countermeasure_tested] = measure;
      if (weakness < ElementBytes::tested) bytes.codes[ElementBytes::weakness_tested] = weakness;
      acts.acts[ElementBytes::number(state, measure, weakness)] =
          step.when == no_node || conditions.at(place, {}, {}, bytes) == Truth::yes;
    };
    for (std::uint8_t state = 0; acts.possible && state <= ElementBytes::states; ++state) {
      for (std::uint8_t measure = 0; measure <= ElementBytes::tested; ++measure) {
        for (std::uint8_t weakness = 0; weakness <= ElementBytes::tested; ++weakness)
          enter(state, measure, weakness);
      }
    }
    acts.by_share = step.kind == Kind::countermeasure && step.amount != no_node &&
                    is_share_of_use(program.nodes[step.amount]);
    all.push_back(acts);
  }
  return all;
}

}  // namespace riskd::engine
