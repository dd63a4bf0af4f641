#include "dsl/compile/hash.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <string_view>

#include "dsl/text/sha256.hpp"

namespace riskd::dsl {
namespace {

// Everything the program holds but places, as one unambiguous sequence of bytes, hashed as it grows.
class Bytes {
 public:
  Bytes& text(std::string_view value) {
    number(value.size());
    if (value.size() > block_.size() - used_) flush();
    if (value.size() > block_.size()) {
      sum_.add(value);
    } else {
      std::memcpy(block_.data() + used_, value.data(), value.size());
      used_ += value.size();
    }
    return *this;
  }
  // Seven bits a byte, the least first: most numbers are small.
  Bytes& number(std::uint64_t value) {
    if (block_.size() - used_ < 10) flush();
    for (; value >= 0x80; value >>= 7) block_[used_++] = static_cast<char>(0x80 | (value & 0x7f));
    block_[used_++] = static_cast<char>(value);
    return *this;
  }
  Bytes& index(std::uint32_t value) { return number(value + std::uint32_t{1}); }  // no_index is 0
  Bytes& real(double value) {
    // 0 and -0 are one value.
    return value == 0 ? number(0) : number(1).number(std::bit_cast<std::uint64_t>(value));
  }
  Bytes& texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
    return *this;
  }
  Bytes& indices(const std::vector<std::uint32_t>& values) {
    number(values.size());
    for (const std::uint32_t value : values) index(value);
    return *this;
  }

  // Half of the SHA-256 of what was added, in hexadecimal digits. Once, at the end.
  std::string digest() {
    flush();
    return sum_.digits().substr(0, 32);
  }

 private:
  void flush() {
    sum_.add({block_.data(), used_});
    used_ = 0;
  }

  Sha256 sum_;
  std::array<char, 4096> block_{};
  std::size_t used_ = 0;
};

void add_type(Bytes& out, engine::Type type) {
  out.number(static_cast<std::uint64_t>(type.base)).index(type.of);
}

void add_element(Bytes& out, const auto& element) {
  out.text(element.id).text(element.title).texts(element.was).number(element.settings.size());
  for (const engine::Setting& setting : element.settings)
    out.index(setting.attribute).index(setting.value);
}

void add_tests(Bytes& out, const std::vector<engine::TestBinding>& tests) {
  out.number(tests.size());
  for (const engine::TestBinding& test : tests)
    out.text(test.source).text(test.name).text(test.tool);
}

void add_model(Bytes& out, const engine::Program& p) {
  out.number(p.patterns.size());
  for (const auto& each : p.patterns)
    out.text(each.id)
        .text(each.title)
        .texts(each.was)
        .index(each.component_type)
        .index(each.when)
        .indices(each.risks);
  out.number(p.risks.size());
  for (const auto& each : p.risks) {
    add_element(out, each);
    out.indices(each.weaknesses);
  }
  out.number(p.weaknesses.size());
  for (const auto& each : p.weaknesses) {
    add_element(out, each);
    add_tests(out, each.tests);
    out.number(static_cast<std::uint64_t>(each.cwe))
        .number(static_cast<std::uint64_t>(each.cwe_match))
        .indices(each.uses);
  }
  out.number(p.countermeasures.size());
  for (const auto& each : p.countermeasures) {
    add_element(out, each);
    add_tests(out, each.tests);
    out.text(each.guide).texts(each.standards).text(each.untested);
  }
  out.number(p.uses.size());
  for (const auto& each : p.uses)
    out.index(each.countermeasure).index(each.weakness).index(each.mitigates).index(each.required);
}

void add_rules(Bytes& out, const engine::Program& p) {
  out.number(p.adjusts.size());
  for (const auto& each : p.adjusts) {
    out.text(each.name).text(each.reason).number(static_cast<std::uint64_t>(each.kind));
    out.index(each.when).number(static_cast<std::uint64_t>(each.op)).index(each.amount);
  }
  out.number(p.status_maps.size());
  for (const auto& map : p.status_maps) {
    out.text(map.tracker_kind).text(map.name).number(map.rows.size());
    for (const auto& row : map.rows)
      out.index(row.when).number(static_cast<std::uint64_t>(row.state));
  }
  out.number(p.evidence.size());
  for (const auto& block : p.evidence) {
    out.text(block.source).real(block.stale_after).number(block.rows.size());
    for (const auto& row : block.rows)
      out.index(row.when).number(row.absent).number(static_cast<std::uint64_t>(row.verdict));
  }
  out.number(p.tickets.size());
  for (const auto& each : p.tickets) {
    out.text(each.name).number(static_cast<std::uint64_t>(each.kind)).index(each.open);
    out.index(each.title).index(each.body).indices(each.labels).index(each.priority);
    out.index(each.relate_to).number(static_cast<std::uint64_t>(each.relate_list));
    out.index(each.update_watch).index(each.update_text).index(each.update_when);
    out.index(each.close).index(each.close_text).index(each.reopen);
  }
  out.index(p.bands.enumeration);
}

}  // namespace

std::string content_hash(const engine::Program& p) {
  Bytes out;
  out.number(p.nodes.size());
  for (const auto& node : p.nodes) {
    out.number(static_cast<std::uint64_t>(node.op)).index(node.a).index(node.b);
    out.real(node.number).number(node.bits).number(node.kid_count);
    add_type(out, node.type);
    for (const auto kid : p.kids_of(node)) out.index(kid);
  }
  out.texts(p.texts);
  out.number(p.enums.size());
  for (const auto& each : p.enums) {
    out.text(each.name).number(each.ordered).number(each.steps.size());
    for (const auto& step : each.steps)
      out.text(step.name).text(step.title).real(step.number).texts(step.was);
  }
  out.number(p.questionnaires.size());
  for (const auto& each : p.questionnaires)
    out.text(each.id).text(each.title).index(each.component_type);
  out.number(p.questions.size());
  for (const auto& each : p.questions) {
    out.text(each.id).text(each.text).text(each.help).index(each.questionnaire);
    out.index(each.component_type).index(each.ask_when).index(each.default_value).texts(each.was);
    add_type(out, each.type);
  }
  out.number(p.fields.size());
  for (const auto& each : p.fields) {
    out.text(each.name).text(each.title).number(static_cast<std::uint64_t>(each.kind));
    out.number(each.required).index(each.default_value).texts(each.was);
    add_type(out, each.type);
  }
  out.number(p.component_types.size());
  for (const auto& each : p.component_types) out.text(each.id).text(each.title).texts(each.was);
  out.number(p.attributes.size());
  for (const auto& each : p.attributes) {
    out.text(each.name).text(each.title).number(static_cast<std::uint64_t>(each.kind));
    out.index(each.default_value);
    add_type(out, each.type);
  }
  out.number(p.lets.size());
  for (const auto& each : p.lets)
    out.text(each.name).number(static_cast<std::uint64_t>(each.kind)).index(each.value);
  out.number(p.ratings.size());
  for (const auto& each : p.ratings)
    out.text(each.name).number(static_cast<std::uint64_t>(each.kind)).index(each.value);
  add_model(out, p);
  add_rules(out, p);
  return out.digest();
}

}  // namespace riskd::dsl
