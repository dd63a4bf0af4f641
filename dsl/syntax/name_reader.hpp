// Names: of things, kinds, trackers and sources.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsl/syntax/token_reader.hpp"

namespace riskd::dsl {

class NameReader : public TokenReader {
 protected:
  using TokenReader::TokenReader;

  Name name(const std::string& what);       // one plain name
  Name reference(const std::string& what);  // perhaps qualified
  // `help` is for a word that is near to none of them.
  Name kind_word(std::span<const std::string_view> kinds, const std::string& help = {});
  Name kind_word(std::initializer_list<std::string_view> kinds) {
    return kind_word(std::span(kinds.begin(), kinds.size()));
  }
  Name component_type_clause();                 // `for component of type T`
  Name tracker();                               // a kind of tracker
  Name source();                                // a source of evidence
  Name map_name();                              // of a status map, if one stands there
  void former_names(std::vector<Name>& names);  // `was NAME`, any number of times
};

}  // namespace riskd::dsl
