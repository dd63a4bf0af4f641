// Adjustments, status maps, evidence and tickets.
#pragma once

#include <span>
#include <string_view>

#include "dsl/syntax/model_reader.hpp"

namespace riskd::dsl {

class PolicyReader : public ModelReader {
 protected:
  using ModelReader::ModelReader;

  ClauseId adjust();
  ClauseId adjust_clause();
  ClauseId status_map();
  ClauseId status_row();
  ClauseId evidence();
  ClauseId evidence_clause();
  ClauseId ticket();
  ClauseId ticket_clause();

 private:
  ClauseId row(std::span<const std::string_view> results, bool absent_allowed);
};

}  // namespace riskd::dsl
