// What the beginning of a JSON report shows of its shape, to recognise its format.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "connectors/reports/json_stream.hpp"

namespace riskd::connectors {

// Parses `head` as far as it goes, which is usually in the middle of the document, and remembers
// the members near the root. Of text that is not JSON it has nothing.
class JsonHead : private JsonHandler {
 public:
  explicit JsonHead(std::string_view head);

  bool is_object() const { return root_ == '{'; }
  bool is_array() const { return root_ == '['; }

  // Whether a member with this pointer ("/site/@name", arrays left out) was seen, whatever it is.
  bool has(std::string_view pointer) const { return seen_.contains(pointer); }

  // Its first value where that is a scalar; else empty.
  std::string_view text(std::string_view pointer) const;

 private:
  void begin_object(const NodePath& path) override;
  void begin_array(const NodePath& path) override;
  void value(const NodePath& path, const JsonScalar& scalar) override;
  void see(const NodePath& path, std::string_view text);

  char root_ = '\0';
  std::map<std::string, std::string, std::less<>> seen_;
};

}  // namespace riskd::connectors
