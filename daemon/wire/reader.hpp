// A JSON tree, read as what is expected of it. The first thing that is not as expected is kept with its
// pointer; everything after it is skipped, so that callers ask once, at the end.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daemon/wire/document.hpp"
#include "engine/base/instant.hpp"

namespace riskd::wire {

class Node;

// The reading of one document, which outlives it and does not change meanwhile.
class Reading {
 public:
  explicit Reading(const Json& document) : document_(&document) {}

  Node root();
  void fail(std::string pointer, std::string message);
  bool failed() const { return error_.has_value(); }
  const Error& error() const { return *error_; }

  // Where `value` stands in the document, as a JSON pointer. Goes through the document: for errors.
  std::string pointer_of(const Json& value) const;

 private:
  const Json* document_;
  std::optional<Error> error_;
};

// One value and its place. A missing member is a Node without value: reading it gives nothing. Cheap to copy; its
// pointer is made where something is refused.
class Node {
 public:
  bool there() const { return json_ != nullptr; }
  bool is(Json::Kind kind) const { return json_ != nullptr && json_->kind == kind; }
  const Json& json() const { return *json_; }
  Reading& reading() const { return *reading_; }
  void refuse(std::string message) const;

  bool has(std::string_view name) const;  // a member; false where this is no object
  // A member of an object; a refusal where this is none. `name` outlives the Node.
  Node at(std::string_view name) const;
  // The same, and a refusal where it is missing.
  Node need(std::string_view name) const;
  // Refuses members that are not among `names`.
  void only(std::span<const std::string_view> names) const;
  void only(std::initializer_list<std::string_view> names) const {
    only(std::span(names.begin(), names.size()));
  }
  std::vector<Node> items() const;                                 // of an array
  std::vector<std::pair<std::string_view, Node>> members() const;  // of an object

  std::string text() const;  // empty where it is missing
  bool truth() const;        // false where it is missing
  double number() const;     // 0 where it is missing
  std::vector<std::string> texts() const;
  std::optional<Instant> time() const;
  std::optional<Date> date() const;

 private:
  friend class Reading;
  Node(Reading& reading, const Json* json, const Json* owner, std::string_view name)
      : reading_(&reading), json_(json), owner_(owner), name_(name) {}

  bool expect(Json::Kind kind, std::string_view what) const;

  Reading* reading_;
  const Json* json_;       // null: missing
  const Json* owner_;      // of a missing member: the object that has none of this name
  std::string_view name_;  // of a missing member
};

}  // namespace riskd::wire
