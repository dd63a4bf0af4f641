#include "engine/plan/shape.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <string_view>
#include <tuple>

#include "engine/program/program.hpp"

namespace riskd::engine {
namespace {

// Of each id its place among them all.
std::vector<std::uint32_t> ranks_of(const std::vector<std::string_view>& ids) {
  std::vector<std::uint32_t> order(ids.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](std::uint32_t a, std::uint32_t b) { return ids[a] < ids[b]; });
  std::vector<std::uint32_t> ranks(ids.size());
  for (std::uint32_t i = 0; i < order.size(); ++i) ranks[order[i]] = i;
  return ranks;
}

template <typename Elements>
void add_ids(std::vector<std::string_view>& ids, const Elements& elements) {
  for (const auto& each : elements) ids.push_back(each.id);
}

Shape::Requires requires_by(const Program& program, NodeId required) {
  if (required == no_node) return Shape::Requires::never;
  const Node& node = program.nodes[required];
  if (node.op != Op::constant) return Shape::Requires::asked;
  return node.number == 1 ? Shape::Requires::always : Shape::Requires::never;
}

double fixed_share(const Program& program, NodeId mitigates) {
  if (mitigates == no_node) return 0;
  const Node& node = program.nodes[mitigates];
  return node.op == Op::constant ? std::clamp(node.number, 0.0, 1.0)
                                 : std::numeric_limits<double>::quiet_NaN();
}

// Orders definitions, and uses by their elements, by rank.
auto by(const std::vector<std::uint32_t>& rank) {
  return [&rank](std::uint32_t a, std::uint32_t b) { return rank[a] < rank[b]; };
}
auto by_element(const std::vector<std::uint32_t>& rank) {
  return [&rank](const Shape::Use& a, const Shape::Use& b) {
    return rank[a.element] < rank[b.element];
  };
}

}  // namespace

Shape::Shape(const Program& program) {
  rank(program);
  for (const engine::Use& each : program.uses) {
    requires_of_use.push_back(requires_by(program, each.required));
    share_of_use.push_back(fixed_share(program, each.mitigates));
  }
  for (const Weakness& each : program.weaknesses) weakness_has_test.push_back(!each.tests.empty());
  for (const Countermeasure& each : program.countermeasures)
    countermeasure_has_test.push_back(!each.tests.empty());
  list_below(program);
  list_above(program);
  place_in_blocks(program);
  for (std::uint32_t i = 0; i < program.countermeasures.size(); ++i) {
    const auto of = uses_of_countermeasure.of(i);
    const auto all = [&](Requires wanted) {
      return std::all_of(of.begin(), of.end(),
                         [&](const Use& use) { return requires_of_use[use.use] == wanted; });
    };
    requires_of_countermeasure.push_back(all(Requires::always)  ? Requires::always
                                         : all(Requires::never) ? Requires::never
                                                                : Requires::asked);
  }
}

void Shape::rank(const Program& program) {
  std::vector<std::string_view> ids;
  add_ids(ids, program.risks);
  risk_rank = ranks_of(ids);
  ids.clear();
  add_ids(ids, program.weaknesses);
  add_ids(ids, program.countermeasures);
  const std::vector<std::uint32_t> both = ranks_of(ids);
  const auto middle = both.begin() + static_cast<std::ptrdiff_t>(program.weaknesses.size());
  weakness_rank.assign(both.begin(), middle);
  countermeasure_rank.assign(middle, both.end());
}

// Of risks and weaknesses: what stands below them.
void Shape::list_below(const Program& program) {
  weaknesses_of_risk = Rows<std::uint32_t>::made(program.risks.size(), [&](std::uint32_t risk) {
    std::vector<std::uint32_t> all = program.risks[risk].weaknesses;
    std::sort(all.begin(), all.end(), by(weakness_rank));
    return all;
  });
  uses_of_weakness = Rows<Use>::made(program.weaknesses.size(), [&](std::uint32_t weakness) {
    std::vector<Use> all;
    for (const std::uint32_t use : program.weaknesses[weakness].uses)
      all.push_back({use, program.uses[use].countermeasure});
    std::stable_sort(all.begin(), all.end(), by_element(countermeasure_rank));
    return all;
  });
  uses_of_risk = Rows<UseInRisk>::made(program.risks.size(), [&](std::uint32_t risk) {
    std::vector<UseInRisk> all;
    std::uint32_t place = 0;
    for (const std::uint32_t weakness : weaknesses_of_risk.of(risk)) {
      for (const Use& each : uses_of_weakness.of(weakness))
        all.push_back({each.use, each.element, weakness, place});
      ++place;
    }
    std::stable_sort(all.begin(), all.end(), [&](const UseInRisk& a, const UseInRisk& b) {
      return std::tie(countermeasure_rank[a.countermeasure], weakness_rank[a.weakness]) <
             std::tie(countermeasure_rank[b.countermeasure], weakness_rank[b.weakness]);
    });
    return all;
  });
}

// Of weaknesses and countermeasures: what stands above them.
void Shape::list_above(const Program& program) {
  std::vector<std::vector<std::uint32_t>> risks(program.weaknesses.size());
  for (std::uint32_t i = 0; i < program.risks.size(); ++i) {
    for (const std::uint32_t weakness : program.risks[i].weaknesses) risks[weakness].push_back(i);
  }
  risks_of_weakness =
      Rows<std::uint32_t>::made(program.weaknesses.size(), [&](std::uint32_t weakness) {
        std::sort(risks[weakness].begin(), risks[weakness].end(), by(risk_rank));
        return risks[weakness];
      });
  std::vector<std::vector<Use>> uses(program.countermeasures.size());
  for (std::uint32_t weakness = 0; weakness < program.weaknesses.size(); ++weakness) {
    for (const std::uint32_t use : program.weaknesses[weakness].uses)
      uses[program.uses[use].countermeasure].push_back({use, weakness});
  }
  uses_of_countermeasure =
      Rows<Use>::made(program.countermeasures.size(), [&](std::uint32_t measure) {
        std::stable_sort(uses[measure].begin(), uses[measure].end(), by_element(weakness_rank));
        return uses[measure];
      });
}

void Shape::place_in_blocks(const Program& program) {
  // By block; those of patterns are the first ones.
  std::vector<std::vector<std::uint32_t>> risks, weaknesses, measures;
  const auto resize = [&](std::size_t blocks) {
    for (auto* of_block : {&risks, &weaknesses, &measures}) of_block->resize(blocks);
  };
  resize(program.patterns.size());
  risk_place.resize(program.risks.size());
  weakness_place.resize(program.weaknesses.size());
  countermeasure_place.resize(program.countermeasures.size());
  shares_nothing.assign(program.patterns.size(), true);
  const auto enter = [](std::uint32_t element, std::uint32_t block, std::vector<Place>& places,
                        std::vector<std::vector<std::uint32_t>>& of_block) {
    places[element] = {block, static_cast<std::uint32_t>(of_block[block].size())};
    of_block[block].push_back(element);
  };
  const auto place = [&](std::uint32_t element, const std::set<std::uint32_t>& patterns,
                         std::vector<Place>& places,
                         std::vector<std::vector<std::uint32_t>>& of_block) {
    if (patterns.empty()) return;  // nothing has it
    if (patterns.size() == 1) return enter(element, *patterns.begin(), places, of_block);
    for (const std::uint32_t each : patterns) shares_nothing[each] = false;
    resize(risks.size() + 1);
    enter(element, static_cast<std::uint32_t>(risks.size() - 1), places, of_block);
  };
  for (std::uint32_t i = 0; i < program.risks.size(); ++i)
    enter(i, program.risks[i].pattern, risk_place, risks);
  const auto patterns_of = [&](std::uint32_t weakness, std::set<std::uint32_t>& patterns) {
    for (const std::uint32_t risk : risks_of_weakness.of(weakness))
      patterns.insert(program.risks[risk].pattern);
  };
  for (std::uint32_t i = 0; i < program.weaknesses.size(); ++i) {
    std::set<std::uint32_t> patterns;
    patterns_of(i, patterns);
    place(i, patterns, weakness_place, weaknesses);
  }
  for (std::uint32_t i = 0; i < program.countermeasures.size(); ++i) {
    std::set<std::uint32_t> patterns;
    for (const Use& use : uses_of_countermeasure.of(i)) patterns_of(use.element, patterns);
    place(i, patterns, countermeasure_place, measures);
  }
  const auto rows = [&](const std::vector<std::vector<std::uint32_t>>& of_block) {
    return Rows<std::uint32_t>::made(
        of_block.size(), [&](std::uint32_t block) -> const auto& { return of_block[block]; });
  };
  risks_of_block = rows(risks);
  weaknesses_of_block = rows(weaknesses);
  countermeasures_of_block = rows(measures);
}

}  // namespace riskd::engine
