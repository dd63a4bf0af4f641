#include "daemon/service/recorded.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

namespace riskd::service {
namespace {

constexpr std::array<std::string_view, 4> risk_values{"inherent", "current", "projected", "band"};

const wire::Json* member_of(const wire::Json& object, std::string_view name) {
  for (const wire::JsonMember& each : object.members) {
    if (each.name == name) return &each.value;
  }
  return nullptr;
}

// Numbers as riskd prints them; empty where there is nothing.
std::string text_of(const wire::Json* value) {
  if (value == nullptr) return {};
  return value->kind == wire::Json::Kind::number ? engine::print_number(value->number)
                                                 : value->text;
}

template <typename Value>
void rename(std::map<std::string, Value>& known, const std::string& was, const std::string& id) {
  if (was.empty()) return;
  auto node = known.extract(was);
  if (!node) return;
  known.erase(id);
  node.key() = id;
  known.insert(std::move(node));
}

std::map<std::string, std::string> values_of(const engine::RiskRow& row) {
  return {{"inherent", engine::print_number(row.inherent)},
          {"current", engine::print_number(row.current)},
          {"projected", engine::print_number(row.projected)},
          {"band", row.band}};
}

}  // namespace

void RecordedModel::begin(const engine::Model& model) {
  rating_ = engine::print_number(model.rating);
  for (const engine::RiskRow& row : model.risks) risks_[row.id] = values_of(row);
  for (const engine::CountermeasureRow& row : model.countermeasures)
    states_[row.id] = engine::to_string(row.state);
}

void RecordedModel::take_risk(const wire::Json& risk) {
  const std::string id = text_of(member_of(risk, "id"));
  rename(risks_, text_of(member_of(risk, "was")), id);
  if (member_of(risk, "applies") != nullptr) {
    risks_.erase(id);
    return;
  }
  Values& values = risks_[id];
  for (const std::string_view name : risk_values) {
    if (const wire::Json* value = member_of(risk, name)) values[std::string(name)] = text_of(value);
  }
}

void RecordedModel::take_state(const wire::Json& state) {
  const std::string id = text_of(member_of(state, "id"));
  rename(states_, text_of(member_of(state, "was")), id);
  if (const wire::Json* value = member_of(state, "state")) states_[id] = text_of(value);
}

Status RecordedModel::take(std::string_view line) {
  auto document = wire::parse_stored_json(line);
  if (!document) return failure(document);
  rating_ = text_of(member_of(*document, "rating"));
  if (const wire::Json* risks = member_of(*document, "changed")) {
    for (const wire::Json& each : risks->items) take_risk(each);
  }
  if (const wire::Json* states = member_of(*document, "states")) {
    for (const wire::Json& each : states->items) take_state(each);
  }
  return Done{};
}

std::vector<Difference> RecordedModel::differences_from(const engine::Model& model) const {
  std::vector<Difference> found;
  const auto compare = [&](const std::string& element, std::string_view value,
                           const std::string& recorded, const std::string& computed) {
    if (recorded != computed) found.push_back({element, std::string(value), recorded, computed});
  };
  compare("", "rating", rating_, engine::print_number(model.rating));
  for (const engine::RiskRow& row : model.risks) {
    const auto recorded = risks_.find(row.id);
    if (recorded == risks_.end()) {
      compare(row.id, "applies", "false", "true");
      continue;
    }
    const Values computed = values_of(row);
    for (const std::string_view name : risk_values) {
      const auto value = recorded->second.find(std::string(name));
      if (value != recorded->second.end())
        compare(row.id, name, value->second, computed.at(std::string(name)));
    }
  }
  for (const auto& [id, values] : risks_) {
    if (model.risk(id) == nullptr) compare(id, "applies", "true", "false");
  }
  for (const engine::CountermeasureRow& row : model.countermeasures) {
    const auto recorded = states_.find(row.id);
    if (recorded != states_.end())
      compare(row.id, "state", recorded->second, std::string(engine::to_string(row.state)));
  }
  return found;
}

Result<std::optional<Recorded>> recorded_at(const store::Store& store, const std::string& product,
                                            Instant at, const Corrections& corrections,
                                            const std::optional<engine::Model>& at_begin,
                                            const engine::Model& model) {
  std::optional<Recorded> newest;
  RecordedModel recorded;
  if (at_begin) recorded.begin(*at_begin);
  Status taken = Done{};
  Status read = store.changes_of(product, 0, [&](const store::ChangeRecord& change) {
    const Instant moment = corrections.corrected(change.seq, change.at);
    if (moment > at) return true;
    taken = recorded.take(change.body);
    newest = Recorded{change.seq, moment, change.policy, {}};
    return taken.has_value();
  });
  if (!taken) {
    return fail(ErrorCode::corrupt,
                "a stored line of changes does not decode: " + taken.error().message,
                fmt::format("changes of `{}`", product));
  }
  if (!read) return failure(read);
  if (newest) newest->differences = recorded.differences_from(model);
  return newest;
}

}  // namespace riskd::service
