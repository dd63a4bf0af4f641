// A JSON tree, read as what is expected of it. The first thing that is not as expected is kept with its
// pointer; everything after it is skipped, so that callers ask once, at the end.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/wire/document.hpp"
#include "engine/base/instant.hpp"

namespace riskd::wire {

class Reading {
 public:
  void fail(std::string pointer, std::string message);
  bool failed() const { return error_.has_value(); }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

// One value and its place. A missing member is a Node without value: reading it gives nothing.
class Node {
 public:
  Node(Reading& reading, const Json* json, std::string pointer)
      : reading_(&reading), json_(json), pointer_(std::move(pointer)) {}

  bool there() const { return json_ != nullptr; }
  bool is(Json::Kind kind) const { return json_ != nullptr && json_->kind == kind; }
  const Json& json() const { return *json_; }
  const std::string& pointer() const { return pointer_; }
  Reading& reading() const { return *reading_; }
  void refuse(std::string message) const { reading_->fail(pointer_, std::move(message)); }

  bool has(std::string_view name) const;  // a member; false where this is no object
  // A member of an object; a refusal where this is none.
  Node at(std::string_view name) const;
  // The same, and a refusal where it is missing.
  Node need(std::string_view name) const;
  // Refuses members that are not among `names`.
  void only(const std::vector<std::string_view>& names) const;
  std::vector<Node> items() const;                            // of an array
  std::vector<std::pair<std::string, Node>> members() const;  // of an object

  std::string text() const;  // empty where it is missing
  bool truth() const;        // false where it is missing
  double number() const;     // 0 where it is missing
  std::vector<std::string> texts() const;
  std::optional<Instant> time() const;
  std::optional<Date> date() const;

 private:
  bool expect(Json::Kind kind, std::string_view what) const;
  Reading* reading_;
  const Json* json_;
  std::string pointer_;
};

}  // namespace riskd::wire
