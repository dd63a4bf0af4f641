#include "daemon/wire/reader.hpp"

#include <algorithm>

namespace riskd::wire {

void Reading::fail(std::string pointer, std::string message) {
  if (!error_) error_ = Error{ErrorCode::invalid, std::move(message), std::move(pointer)};
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
  const Json* found = nullptr;
  if (expect(Json::Kind::object, "an object")) {
    for (const auto& [each, value] : json_->members) {
      if (each == name) found = &value;
    }
  }
  return {*reading_, found, pointer_ + pointer_step(name)};
}

Node Node::need(std::string_view name) const {
  Node member = at(name);
  if (!member.there()) member.refuse("`" + std::string(name) + "` is missing");
  return member;
}

void Node::only(const std::vector<std::string_view>& names) const {
  if (!expect(Json::Kind::object, "an object")) return;
  for (const auto& [name, value] : json_->members) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    std::string known;
    for (const std::string_view each : names)
      known += (known.empty() ? "`" : ", `") + std::string(each) + "`";
    reading_->fail(pointer_ + pointer_step(name),
                   "`" + name.substr(0, 80) + "` is unknown here; known are " + known);
  }
}

std::vector<Node> Node::items() const {
  std::vector<Node> list;
  if (!expect(Json::Kind::array, "a list")) return list;
  for (std::size_t i = 0; i < json_->items.size(); ++i) {
    list.emplace_back(*reading_, &json_->items[i], pointer_ + "/" + std::to_string(i));
  }
  return list;
}

std::vector<std::pair<std::string, Node>> Node::members() const {
  std::vector<std::pair<std::string, Node>> list;
  if (!expect(Json::Kind::object, "an object")) return list;
  for (const auto& [name, value] : json_->members) {
    list.emplace_back(name, Node(*reading_, &value, pointer_ + pointer_step(name)));
  }
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
