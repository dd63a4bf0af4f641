#include "daemon/wire/reader.hpp"

#include <algorithm>

namespace riskd::wire {
namespace {

// Adds the steps from `json` down to `wanted` to `pointer`; false, and nothing added, where it is not below.
bool find(const Json& json, const Json& wanted, std::string& pointer) {
  if (&json == &wanted) return true;
  const std::size_t before = pointer.size();
  for (std::size_t i = 0; i < json.items.size(); ++i) {
    pointer += "/" + std::to_string(i);
    if (find(json.items[i], wanted, pointer)) return true;
    pointer.resize(before);
  }
  for (const JsonMember& each : json.members) {
    pointer += pointer_step(each.name);
    if (find(each.value, wanted, pointer)) return true;
    pointer.resize(before);
  }
  return false;
}

}  // namespace

Node Reading::root() { return {*this, document_, nullptr, {}}; }

void Reading::fail(std::string pointer, std::string message) {
  if (!error_) error_ = Error{ErrorCode::invalid, std::move(message), std::move(pointer)};
}

std::string Reading::pointer_of(const Json& value) const {
  std::string pointer;
  find(*document_, value, pointer);
  return pointer;
}

void Node::refuse(std::string message) const {
  if (reading_->failed()) return;
  if (json_ != nullptr) return reading_->fail(reading_->pointer_of(*json_), std::move(message));
  reading_->fail(reading_->pointer_of(*owner_) + pointer_step(name_), std::move(message));
}

bool Node::expect(Json::Kind kind, std::string_view what) const {
  if (json_ == nullptr) return false;
  if (json_->kind == kind) return true;
  refuse("this must be " + std::string(what));
  return false;
}

bool Node::has(std::string_view name) const {
  return is(Json::Kind::object) && std::any_of(json_->members.begin(), json_->members.end(),
                                               [&](const auto& each) { return each.name == name; });
}

Node Node::at(std::string_view name) const {
  if (json_ == nullptr) return *this;
  if (expect(Json::Kind::object, "an object")) {
    for (const JsonMember& each : json_->members) {
      if (each.name == name) return {*reading_, &each.value, json_, name};
    }
  }
  return {*reading_, nullptr, json_, name};
}

Node Node::need(std::string_view name) const {
  Node member = at(name);
  if (!member.there()) member.refuse("`" + std::string(name) + "` is missing");
  return member;
}

void Node::only(std::span<const std::string_view> names) const {
  if (!expect(Json::Kind::object, "an object")) return;
  for (const auto& [name, value] : json_->members) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    if (reading_->failed()) return;
    std::string known;
    for (const std::string_view each : names)
      known += (known.empty() ? "`" : ", `") + std::string(each) + "`";
    reading_->fail(reading_->pointer_of(value),
                   "`" + name.substr(0, 80) + "` is unknown here; known are " + known);
  }
}

std::vector<Node> Node::items() const {
  std::vector<Node> list;
  if (!expect(Json::Kind::array, "a list")) return list;
  list.reserve(json_->items.size());
  for (const Json& each : json_->items) list.push_back({*reading_, &each, json_, {}});
  return list;
}

std::vector<std::pair<std::string_view, Node>> Node::members() const {
  std::vector<std::pair<std::string_view, Node>> list;
  if (!expect(Json::Kind::object, "an object")) return list;
  list.reserve(json_->members.size());
  for (const auto& [name, value] : json_->members)
    list.push_back({name, Node(*reading_, &value, json_, name)});
  return list;
}

std::string Node::text() const { return expect(Json::Kind::string, "a text") ? json_->text : ""; }
bool Node::truth() const { return expect(Json::Kind::boolean, "true or false") && json_->truth; }
double Node::number() const { return expect(Json::Kind::number, "a number") ? json_->number : 0; }

std::vector<std::string> Node::texts() const {
  std::vector<std::string> list;
  if (!there()) return list;
  for (const Node& item : items()) list.push_back(item.text());
  return list;
}

std::optional<Instant> Node::time() const {
  if (!there()) return std::nullopt;
  const auto moment = parse_instant(text());
  if (!moment) refuse("this must be a time such as \"2026-11-23T02:10:00Z\"");
  return moment;
}

std::optional<Date> Node::date() const {
  if (!there()) return std::nullopt;
  const auto day = parse_date(text());
  if (!day) refuse("this must be a date such as \"2026-11-23\"");
  return day;
}

}  // namespace riskd::wire
