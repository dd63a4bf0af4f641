#include <array>

#include "daemon/wire/json.hpp"
#include "daemon/wire/reader.hpp"
#include "daemon/wire/writer.hpp"

namespace riskd::wire {
namespace {

using engine::Effect;
using engine::EffectKind;

constexpr std::array<EffectKind, 5> effect_kinds{EffectKind::create, EffectKind::close,
                                                 EffectKind::reopen, EffectKind::comment,
                                                 EffectKind::link};

// The members that are one text.
constexpr std::array<std::pair<std::string_view, std::string Effect::*>, 14> text_fields{{
    {"key", &Effect::key},
    {"product", &Effect::product},
    {"ticket", &Effect::ticket},
    {"element", &Effect::element},
    {"name", &Effect::name},
    {"ticket-key", &Effect::ticket_key},
    {"tracker", &Effect::tracker},
    {"seen", &Effect::seen},
    {"priority", &Effect::priority},
    {"other-ticket", &Effect::other_ticket},
    {"other-element", &Effect::other_element},
    {"other-key", &Effect::other_key},
    {"watched", &Effect::watched},
    {"cause", &Effect::cause},
}};

constexpr std::array<std::pair<std::string_view, RichText Effect::*>, 3> rich_texts{{
    {"title", &Effect::title},
    {"body", &Effect::body},
    {"text", &Effect::text},
}};

RichText read_rich(const Node& node) {
  RichText text;
  if (!node.there()) return text;
  for (const Node& piece : node.items())
    text.push_back({piece.need("text").text(), piece.at("outside").truth()});
  return text;
}

}  // namespace

std::string write_effect(const Effect& effect) {
  Writer out;
  out.begin_object().key("kind").text(engine::to_string(effect.kind));
  for (const auto& [name, member] : text_fields) out.some(name, effect.*member);
  for (const auto& [name, member] : rich_texts) {
    if ((effect.*member).empty()) continue;
    out.key(name).begin_array();
    for (const TextPiece& piece : effect.*member) {
      out.begin_object().key("text").text(piece.text);
      if (piece.outside) out.key("outside").truth(true);
      out.end_object();
    }
    out.end_array();
  }
  if (!effect.labels.empty()) out.key("labels").texts(effect.labels);
  if (effect.departed) out.key("departed").truth(true);
  out.end_object();
  return out.take();
}

Result<Effect> read_effect(std::string_view text) {
  const auto document = parse_stored_json(text);
  if (!document) return failure(document);
  Reading reading(*document);
  const Node node = reading.root();
  Effect effect;
  const Node kind = node.need("kind");
  const std::string kind_name = kind.text();
  bool known = false;
  for (const EffectKind each : effect_kinds) {
    if (engine::to_string(each) != kind_name) continue;
    effect.kind = each;
    known = true;
  }
  if (!known) kind.refuse("this is no kind of effect");
  for (const auto& [name, member] : text_fields) effect.*member = node.at(name).text();
  for (const auto& [name, member] : rich_texts) effect.*member = read_rich(node.at(name));
  effect.labels = node.at("labels").texts();
  effect.departed = node.at("departed").truth();
  if (reading.failed()) return failure(reading);
  return effect;
}

}  // namespace riskd::wire
