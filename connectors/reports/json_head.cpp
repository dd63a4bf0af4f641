#include "connectors/reports/json_head.hpp"

#include <cstddef>

#include "connectors/reports/fields.hpp"

namespace riskd::connectors {
namespace {

// Enough for every format that is read, and little enough for any head that somebody invents.
constexpr std::size_t seen_depth = 4;
constexpr std::size_t seen_members = 1'000;
constexpr std::size_t seen_bytes = 200;

}  // namespace

JsonHead::JsonHead(std::string_view head) { peek_json(head, *this); }

std::string_view JsonHead::text(std::string_view pointer) const {
  const auto found = seen_.find(pointer);
  return found == seen_.end() ? std::string_view() : std::string_view(found->second);
}

void JsonHead::begin_object(const NodePath& path) {
  if (root_ == '\0') root_ = '{';
  see(path, {});
}

void JsonHead::begin_array(const NodePath& path) {
  if (root_ == '\0') root_ = '[';
  see(path, {});
}

void JsonHead::value(const NodePath& path, const JsonScalar& scalar) { see(path, scalar.text); }

void JsonHead::see(const NodePath& path, std::string_view text) {
  if (path.depth() > seen_depth || path.pointer().size() > seen_bytes) return;
  if (seen_.size() < seen_members) seen_.emplace(path.pointer(), clip(text, seen_bytes));
}

}  // namespace riskd::connectors
