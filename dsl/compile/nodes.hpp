// Builds the node table of a program: the same expression is one node.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/program/program.hpp"

namespace riskd::dsl {

class NodeBuilder {
 public:
  explicit NodeBuilder(engine::Program& program) : program_(program) {}
  // For about so many expressions.
  void reserve(std::size_t expressions) {
    program_.nodes.reserve(expressions);
    program_.kids.reserve(expressions);
    by_content_.reserve(expressions);
  }

  engine::NodeId add(engine::Node node, const std::vector<engine::NodeId>& kids = {});
  engine::NodeId add(engine::Op op, engine::Type type, const std::vector<engine::NodeId>& kids = {},
                     std::uint32_t a = 0, std::uint32_t b = 0);
  engine::NodeId number(engine::Type type, double value);
  engine::NodeId text(std::string_view value);
  std::uint32_t text_index(std::string_view value);

 private:
  engine::Program& program_;
  std::unordered_multimap<std::size_t, engine::NodeId> by_content_;
  std::unordered_map<std::string, std::uint32_t> text_by_value_;
};

}  // namespace riskd::dsl
