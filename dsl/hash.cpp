#include "dsl/hash.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdio>

namespace riskd::dsl {
namespace {

// Everything the program holds but places, as one unambiguous string of bytes.
class Bytes {
 public:
  Bytes& text(std::string_view value) {
    number(value.size());
    bytes_ += value;
    return *this;
  }
  Bytes& number(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
    return *this;
  }
  Bytes& real(double value) {
    std::array<char, 40> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.17g", value);
    return text(buffer.data());
  }
  Bytes& texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

void add_type(Bytes& out, engine::Type type) {
  out.number(static_cast<std::uint64_t>(type.base)).number(type.of);
}

void add_element(Bytes& out, const auto& element) {
  out.text(element.id).text(element.title).texts(element.was).number(element.settings.size());
  for (const engine::Setting& setting : element.settings)
    out.number(setting.attribute).number(setting.value);
}

void add_tests(Bytes& out, const std::vector<engine::TestBinding>& tests) {
  out.number(tests.size());
  for (const engine::TestBinding& test : tests) out.text(test.source).text(test.name);
}

void add_model(Bytes& out, const engine::Program& p) {
  for (const auto& each : p.patterns) {
    out.text(each.id)
        .text(each.title)
        .number(each.component_type)
        .number(each.when)
        .number(each.risks.size());
    for (const auto risk : each.risks) out.number(risk);
  }
  for (const auto& each : p.risks) {
    add_element(out, each);
    for (const auto weakness : each.weaknesses) out.number(weakness);
  }
  for (const auto& each : p.weaknesses) {
    add_element(out, each);
    add_tests(out, each.tests);
    out.number(static_cast<std::uint64_t>(each.cwe)).number(each.cwe_descendants ? 1 : 0);
    for (const auto use : each.uses) out.number(use);
  }
  for (const auto& each : p.countermeasures) {
    add_element(out, each);
    add_tests(out, each.tests);
    out.text(each.guide).texts(each.standards);
  }
  for (const auto& each : p.uses)
    out.number(each.countermeasure)
        .number(each.weakness)
        .number(each.mitigates)
        .number(each.required);
}

void add_rules(Bytes& out, const engine::Program& p) {
  for (const auto& each : p.adjusts) {
    out.text(each.name)
        .text(each.reason)
        .number(static_cast<std::uint64_t>(each.kind))
        .number(each.when);
    out.number(static_cast<std::uint64_t>(each.op)).number(each.amount);
  }
  for (const auto& map : p.status_maps) {
    out.text(map.tracker_kind).number(map.rows.size());
    for (const auto& row : map.rows)
      out.number(row.when).number(static_cast<std::uint64_t>(row.state));
  }
  for (const auto& block : p.evidence) {
    out.text(block.source).real(block.stale_after).number(block.rows.size());
    for (const auto& row : block.rows)
      out.number(row.when).number(row.absent).number(static_cast<std::uint64_t>(row.verdict));
  }
  for (const auto& each : p.tickets) {
    out.text(each.name)
        .number(static_cast<std::uint64_t>(each.kind))
        .number(each.open)
        .number(each.title)
        .number(each.body);
    for (const auto label : each.labels) out.number(label);
    out.number(each.priority)
        .number(each.relate_to)
        .number(static_cast<std::uint64_t>(each.relate_list));
    out.number(each.update_watch)
        .number(each.update_text)
        .number(each.close)
        .number(each.close_text)
        .number(each.reopen);
  }
}

}  // namespace

std::string content_hash(const engine::Program& p) {
  Bytes out;
  for (const auto& node : p.nodes) {
    out.number(static_cast<std::uint64_t>(node.op))
        .number(node.a)
        .number(node.b)
        .real(node.number)
        .number(node.bits);
    add_type(out, node.type);
    for (const auto kid : p.kids_of(node)) out.number(kid);
  }
  out.texts(p.texts);
  for (const auto& each : p.enums) {
    out.text(each.name).number(each.ordered).number(each.steps.size());
    for (const auto& step : each.steps) out.text(step.name).text(step.title).real(step.number);
  }
  for (const auto& each : p.questionnaires)
    out.text(each.id).text(each.title).number(each.component_type);
  for (const auto& each : p.questions) {
    out.text(each.id)
        .text(each.text)
        .text(each.help)
        .number(each.questionnaire)
        .number(each.component_type);
    add_type(out, each.type);
    out.number(each.ask_when).number(each.default_value).texts(each.was);
  }
  for (const auto& each : p.fields) {
    out.text(each.name)
        .text(each.title)
        .number(static_cast<std::uint64_t>(each.kind))
        .number(each.required)
        .number(each.default_value);
    add_type(out, each.type);
  }
  for (const auto& each : p.component_types) out.text(each.id).text(each.title);
  for (const auto& each : p.attributes) {
    out.text(each.name)
        .text(each.title)
        .number(static_cast<std::uint64_t>(each.kind))
        .number(each.default_value);
    add_type(out, each.type);
  }
  for (const auto& each : p.lets)
    out.text(each.name).number(static_cast<std::uint64_t>(each.kind)).number(each.value);
  for (const auto& each : p.ratings)
    out.text(each.name).number(static_cast<std::uint64_t>(each.kind)).number(each.value);
  add_model(out, p);
  add_rules(out, p);

  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  EVP_Digest(out.bytes().data(), out.bytes().size(), digest.data(), &length, EVP_sha256(), nullptr);
  std::string hex;
  for (unsigned int i = 0; i < length && i < 16; ++i) {
    std::array<char, 3> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%02x", digest[i]);
    hex += buffer.data();
  }
  return hex;
}

}  // namespace riskd::dsl
