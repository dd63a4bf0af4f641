#include "dsl/compile/nodes.hpp"

#include <algorithm>
#include <functional>

namespace riskd::dsl {
using engine::Node;
using engine::NodeId;

namespace {

std::size_t content_hash(const Node& node, const std::vector<NodeId>& kids) {
  std::size_t hash = 0xcbf29ce484222325;
  const auto mix = [&hash](std::uint64_t value) { hash = (hash ^ value) * 0x100000001b3; };
  mix(static_cast<std::uint64_t>(node.op));
  mix(static_cast<std::uint64_t>(node.type.base) << 32 | node.type.of);
  mix(static_cast<std::uint64_t>(node.a) << 32 | node.b);
  mix(std::hash<double>{}(node.number));
  mix(node.bits);
  for (const NodeId kid : kids) mix(kid);
  return hash;
}

}  // namespace

NodeId NodeBuilder::add(Node node, const std::vector<NodeId>& kids) {
  const std::size_t hash = content_hash(node, kids);
  const auto [begin, end] = by_content_.equal_range(hash);
  for (auto it = begin; it != end; ++it) {
    Node other = program_.nodes[it->second];
    const auto other_kids = program_.kids_of(other);
    if (!std::equal(kids.begin(), kids.end(), other_kids.begin(), other_kids.end())) continue;
    other.first_kid = node.first_kid;
    other.kid_count = node.kid_count;
    if (other == node) return it->second;
  }
  node.first_kid = static_cast<std::uint32_t>(program_.kids.size());
  node.kid_count = static_cast<std::uint32_t>(kids.size());
  program_.kids.insert(program_.kids.end(), kids.begin(), kids.end());
  const auto id = static_cast<NodeId>(program_.nodes.size());
  program_.nodes.push_back(node);
  by_content_.emplace(hash, id);
  return id;
}

NodeId NodeBuilder::add(engine::Op op, engine::Type type, const std::vector<NodeId>& kids,
                        std::uint32_t a, std::uint32_t b) {
  Node node;
  node.op = op;
  node.type = type;
  node.a = a;
  node.b = b;
  return add(node, kids);
}

NodeId NodeBuilder::number(engine::Type type, double value) {
  Node node;
  node.op = engine::Op::constant;
  node.type = type;
  node.number = value;
  return add(node);
}

std::uint32_t NodeBuilder::text_index(std::string_view value) {
  const auto [it, fresh] = text_by_value_.try_emplace(
      std::string(value), static_cast<std::uint32_t>(program_.texts.size()));
  if (fresh) program_.texts.emplace_back(value);
  return it->second;
}

NodeId NodeBuilder::text(std::string_view value) {
  return add(engine::Op::constant_text, {engine::Base::text, 0}, {}, text_index(value));
}

}  // namespace riskd::dsl
