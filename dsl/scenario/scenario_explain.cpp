// What a failed expectation shows: each sub-expression of what decides it, in the words of the policy,
// with its value; and the waterfall of a risk.
#include <algorithm>

#include "dsl/scenario/scenario_runner.hpp"
#include "engine/base/utf8.hpp"
#include "engine/explain/explain.hpp"

namespace riskd::dsl {
using engine::no_index;
using engine::no_node;
using engine::NodeId;
using engine::Op;

std::vector<std::string> ScenarioRunner::aligned(const Lines& lines) {
  constexpr std::size_t widest = 64;  // beyond it a value follows its line after two blanks
  std::size_t width = 0;
  const auto length = [](const Line& line) { return 2 * line.depth + count_utf8(line.text); };
  for (const Line& line : lines) {
    if (!line.value.empty() && length(line) <= widest) width = std::max(width, length(line));
  }
  std::vector<std::string> shown;
  for (const Line& line : lines) {
    std::string text = std::string(2 * line.depth, ' ') + line.text;
    if (!line.value.empty())
      text += std::string(std::max(width, length(line)) - length(line) + 2, ' ') + line.value;
    shown.push_back(std::move(text));
  }
  return shown;
}

std::optional<NodeId> ScenarioRunner::node_of(ExprId id) const {
  const NodeId node = index_.node_of(id);
  return node == no_node ? std::nullopt : std::optional(node);
}

void ScenarioRunner::values(Lines& lines, std::size_t depth, const std::string& label, ExprId id,
                            engine::Inspection& seen, engine::Subject subject) const {
  const auto node = node_of(id);
  if (!node || lines.size() > 200) return;
  const Expr& shown = expr(id);
  if (shown.kind == ExprKind::group) {
    return values(lines, depth, label, shown.kids[0], seen, subject);
  }
  std::string value = seen.shown(*node, subject);
  const Op op = program_.nodes[*node].op;
  if (op == Op::question && seen.value(*node, subject).is_unknown()) {
    const std::vector<std::string> open = seen.waits_for(*node, subject);
    std::string all;
    for (const std::string& each : open) all += (all.empty() ? "" : ", ") + each;
    if (!all.empty()) value = "not answered: " + all;
  }
  const engine::Node& asked = program_.nodes[*node];
  const bool waits = op == Op::builtin && value == "false" &&
                     asked.a == static_cast<std::uint32_t>(engine::Builtin::approved) &&
                     asked.b != static_cast<std::uint32_t>(engine::Kind::product);
  lines.push_back({depth, label + source(shown.span), std::move(value)});
  if (waits) {
    for (const std::string& field : live_.model.missing_fields)
      lines.push_back({depth + 1, "the required field " + field + " has no value", ""});
  }
  if (!explained_.insert({*node, subject}).second) return;  // its parts stand above
  parts(lines, depth + 1, id, seen, subject);
}

void ScenarioRunner::let_below(Lines& lines, std::size_t depth, const engine::Node& node,
                               engine::Inspection& seen, engine::Subject subject) const {
  const engine::Let& let = program_.lets[node.a];
  const Clause* declared = declared_at(let.place);
  if (declared == nullptr) return;
  const engine::Subject of = let.kind == engine::Kind::product ? seen.product() : subject;
  values(lines, depth, let.name + " = ", declared->expr, seen, of);
}

void ScenarioRunner::parts(Lines& lines, std::size_t depth, ExprId id, engine::Inspection& seen,
                           engine::Subject subject) const {
  constexpr std::size_t deepest = 8;
  constexpr std::size_t most_items = 8;
  const auto node = node_of(id);
  if (!node || depth > deepest) return;
  const engine::Node& made = program_.nodes[*node];
  const Expr& shown = expr(id);
  if (made.op == Op::let) return let_below(lines, depth, made, seen, subject);
  if (made.op == Op::rating && shown.kind == ExprKind::name) {
    const engine::Rating& rating = program_.ratings[made.a];
    const Clause* declared = declared_at(rating.place);
    if (declared != nullptr)
      values(lines, depth, rating.name + " = ", declared->expr, seen, subject);
    return;
  }
  if (made.op == Op::aggregate) {
    const auto items = seen.items(*node, subject);
    for (std::size_t i = 0; i < items.size() && i < most_items; ++i) {
      const ExprId body = shown.kids.size() == 2 ? shown.kids[1] : nothing;
      if (body == nothing) break;
      values(lines, depth, items[i].id + ": ", body, seen, items[i].subject);
    }
    if (items.empty()) lines.push_back({depth, "there are none", ""});
    if (items.size() > most_items)
      lines.push_back({depth, "and " + std::to_string(items.size() - most_items) + " more", ""});
    return;
  }
  for (const ExprId kid : shown.kids) {
    const auto part = node_of(kid);
    if (!part) continue;
    // What is written down as it is has no news.
    const Op op = program_.nodes[*part].op;
    if (op == Op::constant || op == Op::constant_set || op == Op::constant_text) continue;
    values(lines, depth, "", kid, seen, subject);
  }
}

bool ScenarioRunner::disabled(Lines& lines, std::size_t depth, const Clause* declared) const {
  if (declared == nullptr || declared->disabled_by == nothing) return false;
  const Clause& by = clause(declared->disabled_by);
  const SourceFile& file = policy_.sources[by.head.file];
  std::string library;
  for (const ClauseId id : syntax_.files[by.head.file]) {
    if (clause(id).kind == ClauseKind::library) library = clause(id).name.text;
  }
  lines.push_back({depth,
                   "disabled by " + library + " (" + file.name() + ":" +
                       std::to_string(file.locate(by.head.begin).line) + "): " + plain(by.text),
                   ""});
  return true;
}

void ScenarioRunner::pattern_values(Lines& lines, std::size_t depth, const std::string& element,
                                    engine::Inspection& seen) const {
  const std::size_t slash = element.find('/');
  const std::string component = slash == std::string::npos ? "" : element.substr(0, slash);
  const std::string id = slash == std::string::npos ? element : element.substr(slash + 1);
  const auto index = program_.by_id.patterns.find(id);
  if (index == program_.by_id.patterns.end()) return;
  const engine::Pattern& pattern = program_.patterns[index->second];
  if (component.empty() && pattern.component_type != no_index) {
    lines.push_back({depth,
                     "it is a pattern of components of type `" +
                         program_.component_types[pattern.component_type].name + "`: say `on NAME`",
                     ""});
    return;
  }
  const auto subject = seen.component(component);
  if (!subject) {
    lines.push_back({depth, "there is no component `" + component + "`", ""});
    return;
  }
  const Clause* declared = declared_at(pattern.place);
  if (disabled(lines, depth, declared)) return;
  const Clause* when = declared == nullptr ? nullptr : syntax_.child(*declared, ClauseKind::when);
  if (when != nullptr) values(lines, depth, "when ", when->expr, seen, *subject);
}

void ScenarioRunner::bringing_patterns(Lines& lines, const std::string& element,
                                       engine::Inspection& seen) const {
  const std::size_t slash = element.find('/');
  const std::string prefix = slash == std::string::npos ? "" : element.substr(0, slash + 1);
  const std::string id = element.substr(prefix.size());
  bool elsewhere = false;
  for (const auto& [component, facts] : live_.facts.components) {
    const std::string there = component + "/" + id;
    const bool is_there = prefix.empty() && (live_.model.risk(there) != nullptr ||
                                             seen.weakness(there) || seen.countermeasure(there));
    if (is_there)
      lines.push_back(
          {0, "it is in component `" + component + "`: say `on " + component + "`", ""});
    elsewhere = elsewhere || is_there;
  }
  if (elsewhere) return;
  const auto at = [&](const auto& by_id, const auto& elements) {
    const auto found = by_id.find(id);
    return found == by_id.end() ? nullptr : declared_at(elements[found->second].place);
  };
  if (disabled(lines, 0, at(program_.by_id.risks, program_.risks)) ||
      disabled(lines, 0, at(program_.by_id.weaknesses, program_.weaknesses)) ||
      disabled(lines, 0, at(program_.by_id.countermeasures, program_.countermeasures)))
    return;
  for (const engine::Pattern& pattern : program_.patterns) {
    if ((pattern.component_type == no_index) != prefix.empty()) continue;
    bool brings = false;
    for (const std::uint32_t risk : pattern.risks) {
      brings = brings || program_.risks[risk].id == id;
      for (const std::uint32_t weakness : program_.risks[risk].weaknesses) {
        brings = brings || program_.weaknesses[weakness].id == id;
        for (const std::uint32_t use : program_.weaknesses[weakness].uses)
          brings = brings || program_.countermeasures[program_.uses[use].countermeasure].id == id;
      }
    }
    if (!brings) continue;
    lines.push_back({0, "`" + prefix + pattern.id + "` would bring it", ""});
    pattern_values(lines, 1, prefix + pattern.id, seen);
  }
  if (lines.empty()) lines.push_back({0, "no pattern of this place brings it", ""});
}

void ScenarioRunner::risk_values(Lines& lines, const std::string& element,
                                 engine::Inspection& seen) const {
  const engine::RiskRow* row = live_.model.risk(element);
  const auto subject = seen.risk(element);
  if (row == nullptr || !subject) return;
  const engine::Risk& definition = program_.risks[row->definition];
  const Clause* declared = declared_at(definition.place);
  for (const engine::Setting& setting : definition.settings) {
    const std::string& name = program_.attributes[setting.attribute].name;
    lines.push_back({0, name, seen.attribute(setting.attribute, *subject)});
    if (declared == nullptr) continue;
    for (const ClauseId child : declared->children) {
      const Clause& each = clause(child);
      if (each.kind != ClauseKind::setting || each.name.text != name) continue;
      const auto node = node_of(each.expr);
      if (node && program_.nodes[*node].op != Op::constant)
        values(lines, 1, "", each.expr, seen, *subject);
    }
  }
  lines.push_back({0, "inherent", engine::print_number(row->inherent)});
  if (program_.inherent != no_index) {
    const Clause* rating = declared_at(program_.ratings[program_.inherent].place);
    const auto node = rating == nullptr ? std::nullopt : node_of(rating->expr);
    if (node && program_.nodes[*node].op != Op::constant)
      values(lines, 1, "", rating->expr, seen, *subject);
  }
  for (const engine::StepRow& step : row->steps) {
    lines.push_back({1, step.step + " " + step.element,
                     (step.change > 0 ? "+" : "") + engine::print_number(step.change) + " → " +
                         engine::print_number(step.current) +
                         (step.because.empty() ? "" : "  (" + step.because + ")")});
  }
  lines.push_back({0, "current", engine::print_number(row->current)});
}

void ScenarioRunner::weakness_values(Lines& lines, const std::string& element) const {
  const auto reason = engine::explain(program_, live_.facts, element, now_);
  if (!reason) return;
  for (const engine::Reason& each : reason->because) lines.push_back({0, each.text, each.value});
  if (std::none_of(reason->because.begin(), reason->because.end(),
                   [](const engine::Reason& each) { return each.text.starts_with("test "); }))
    lines.push_back({0, "no test has reached it", ""});
}

void ScenarioRunner::countermeasure_values(Lines& lines, const std::string& element,
                                           engine::Inspection& seen) const {
  const engine::CountermeasureRow* row = live_.model.countermeasure(element);
  if (row == nullptr) return;
  lines.push_back({0, row->why, ""});
  for (const engine::Inspection::Used& used : seen.uses(element)) {
    const engine::Use& use = program_.uses[used.use];
    lines.push_back({0, "in " + used.risk + ", " + used.weakness, ""});
    const Clause* at_use = declared_at(use.place);
    const Clause* defined = declared_at(program_.countermeasures[use.countermeasure].place);
    for (const ClauseKind kind : {ClauseKind::required, ClauseKind::mitigates}) {
      const Clause* found = at_use == nullptr ? nullptr : syntax_.child(*at_use, kind);
      if (found == nullptr && defined != nullptr) found = syntax_.child(*defined, kind);
      const bool required = kind == ClauseKind::required;
      if (found == nullptr) {
        if (required) lines.push_back({1, "never required: recommended", ""});
        continue;
      }
      if (found->expr == nothing) {
        lines.push_back({1, "required", "true"});
        continue;
      }
      values(lines, 1, required ? "required when " : "mitigates ", found->expr, seen, used.subject);
    }
  }
}

void ScenarioRunner::missing_approval(Lines& lines) const {
  for (const std::string& field : live_.model.missing_fields)
    lines.push_back({0, "the required field " + field + " has no value", ""});
  for (const engine::CountermeasureRow& row : live_.model.countermeasures) {
    if (row.state == engine::State::required && !row.approved)
      lines.push_back({0, row.id + " is required and not approved", ""});
  }
}

}  // namespace riskd::dsl
