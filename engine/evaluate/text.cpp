// Values as text: what a ticket says, and how people read a number, a date, a list.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

#include "engine/base/limits.hpp"
#include "engine/evaluate/evaluator.hpp"

namespace riskd::engine {

// Halves go away from zero, of the shortest decimals that mean the number: people round what they see,
// and 1.005 looks like a half though the double is a little less.
std::string print_number(double value) {
  if (!std::isfinite(value)) return "0";
  std::array<char, 400> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                          std::abs(value), std::chars_format::fixed);
  std::string text(buffer.data(), end);
  const std::size_t point = text.find('.');
  if (point != std::string::npos && text.size() > point + 3) {
    const bool up = text[point + 3] >= '5';
    text.resize(point + 3);
    std::size_t digit = text.size();
    while (up && digit > 0) {
      char& c = text[--digit];
      if (c == '.') continue;
      if (c != '9') {
        ++c;
        break;
      }
      c = '0';
      if (digit == 0) text.insert(0, "1");
    }
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
  }
  return value < 0 && text != "0" ? "-" + text : text;
}

namespace {

RichText own(std::string text) { return {{std::move(text), false}}; }
RichText outside(std::string_view text) {
  return {{sanitize_outside(text, limits::outside_text_bytes), true}};
}

std::string print_duration(double seconds) {
  const auto unit = [&](double length, const char* name) {
    const double count = seconds / length;
    return print_number(count) + " " + name + (count == 1 ? "" : "s");
  };
  if (std::fmod(seconds, 86'400) == 0) return unit(86'400, "day");
  if (std::fmod(seconds, 3600) == 0) return unit(3600, "hour");
  return unit(60, "minute");
}

}  // namespace

std::string print_value(const Program& program, Type type, const Value& value) {
  if (!value.known()) return "";
  switch (type.base) {
    case Base::truth:
      return value.is_true() ? "yes" : "no";
    case Base::percent:
      return print_number(value.lo * 100) + "%";
    case Base::choice:
    case Base::scale:
      return std::string(step_name(program, type, value.lo));
    case Base::set: {
      std::string text;
      const auto& steps = program.enums[type.of].steps;
      for (std::size_t i = 0; i < steps.size(); ++i) {
        if ((value.bits >> i & 1) != 0) text += (text.empty() ? "" : ", ") + steps[i].name;
      }
      return text;
    }
    case Base::date:
      return to_string(date_of(Instant{static_cast<std::int64_t>(value.lo) * 1000}));
    case Base::duration:
      return print_duration(value.lo);
    default:
      return print_number(value.lo);
  }
}

std::string print_raw(const RawValue& value) {
  if (const bool* truth = std::get_if<bool>(&value)) return *truth ? "yes" : "no";
  if (const double* number = std::get_if<double>(&value)) return print_number(*number);
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  std::string all;
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    for (const std::string& each : *list) all += (all.empty() ? "" : ", ") + each;
  }
  return all;
}

const std::string* Evaluator::raw_text(const Node& node, const Context& context) const {
  const bool of_product = node.op == Op::question
                              ? program_.questions[node.a].component_type == no_index
                              : program_.fields[node.a].kind == Kind::product;
  const ScopeInstance* scope = of_product ? scopes_.front().get() : context.component;
  if (scope == nullptr) return nullptr;
  if (node.op == Op::question) {
    const auto* given = answer(node.a, *scope);
    return given == nullptr ? nullptr : std::get_if<std::string>(&given->value);
  }
  const auto* given = given_field(program_.fields[node.a], *scope);
  return given == nullptr ? nullptr : std::get_if<std::string>(&given->value);
}

// What a match of texts may still be: one where it is decided, none where it has no value.
std::vector<NodeId> Evaluator::texts_of_match(NodeId id, const Context& context) {
  const Node& node = program_.nodes[id];
  const auto kids = program_.kids_of(node);
  const Type type = program_.nodes[kids[0]].type;
  const bool of_text = type.base == Base::text;
  const Value subject = eval(kids[0], context);
  const auto subject_text = of_text ? plain_text(kids[0], context) : std::nullopt;
  const bool open = subject.is_unknown() || (of_text && !subject_text && !subject.is_none());
  const auto take = [&](std::size_t kid) {
    if (trace_ != nullptr) ++trace_->cases[{id, static_cast<std::uint32_t>((kid - 1) / 2)}];
    return std::vector<NodeId>{kids[kid]};
  };
  const bool has_otherwise = node.a == 1;
  const std::size_t end = kids.size() - (has_otherwise ? 1 : 0);
  std::vector<NodeId> possible;
  for (std::size_t i = 1; i + 1 < end; i += 2) {
    const Value same =
        of_text ? Value::truth(subject_text && plain_text(kids[i], context) == subject_text)
                : equal(subject, eval(kids[i], context));
    if (same.is_true()) return take(i + 1);
    if (open && (of_text || same.is_unknown())) possible.push_back(kids[i + 1]);
  }
  if (!has_otherwise) return possible;
  if (!open) return take(kids.size() - 1);
  const bool enumerated = type.base == Base::choice || type.base == Base::scale;
  const std::size_t values = enumerated                 ? program_.enums[type.of].steps.size()
                             : type.base == Base::truth ? 2
                                                        : kids.size();
  if (end / 2 < values) possible.push_back(kids.back());  // not every value has a case
  return possible;
}

// As a decision has it, else as the element sets it, else the default.
RichText Evaluator::attribute_text(std::uint32_t index, const Context& context) {
  const Attribute& definition = program_.attributes[index];
  const Instance* instance = instance_of(definition.kind, context);
  if (instance == nullptr) return {};
  if (const auto* decided = decision(*instance, "set:" + definition.name)) {
    if (const auto* text = std::get_if<std::string>(&decided->value.value)) return outside(*text);
  }
  const std::span<const Setting> settings = settings_of(definition.kind, instance->definition);
  const Context own = own_context(definition.kind, context);
  for (const Setting& setting : settings) {
    if (setting.attribute == index && plain_text(setting.value, own))
      return text(setting.value, own);
  }
  return text(definition.default_value, {});
}

RichText Evaluator::builtin_text(const Node& node, const Context& context) {
  const auto kind = static_cast<Kind>(node.b);
  const auto newest = [&]() -> const BoundResult* {
    const WeaknessInstance* weakness = context.weakness;
    return weakness == nullptr ? nullptr : deciding(weakness->results, weakness->tested);
  };
  switch (static_cast<Builtin>(node.a)) {
    case Builtin::id:
      if (kind == Kind::product) return outside(product_->id);
      if (kind == Kind::component)
        return context.component ? outside(context.component->id) : RichText{};
      if (kind == Kind::risk) return context.risk ? outside(context.risk->id) : RichText{};
      if (kind == Kind::weakness)
        return context.weakness ? outside(context.weakness->id) : RichText{};
      return context.countermeasure ? outside(context.countermeasure->id) : RichText{};
    case Builtin::title:
      if (kind == Kind::product)
        return outside(product_->title.value.empty() ? product_->id : product_->title.value);
      if (kind == Kind::component)
        return context.component ? outside(context.component->id) : RichText{};
      if (kind == Kind::risk)
        return context.risk ? own(program_.risks[context.risk->definition].title) : RichText{};
      if (kind == Kind::weakness)
        return context.weakness ? own(program_.weaknesses[context.weakness->definition].title)
                                : RichText{};
      return context.countermeasure
                 ? own(program_.countermeasures[context.countermeasure->definition].title)
                 : RichText{};
    case Builtin::component:
      return context.risk ? outside(context.risk->scope->id) : RichText{};
    case Builtin::guide:
      return context.countermeasure
                 ? own(program_.countermeasures[context.countermeasure->definition].guide)
                 : RichText{};
    case Builtin::reason: {
      const Stamped<DecisionFact>* held = nullptr;
      if (kind == Kind::risk && context.risk) held = decision(*context.risk, "accepted");
      if (kind == Kind::countermeasure && context.countermeasure)
        return outside(why(*context.countermeasure).reason);
      return held ? outside(held->value.reason) : RichText{};
    }
    case Builtin::run:
    case Builtin::run_name: {
      const BoundResult* result = newest();
      if (result == nullptr) return {};
      return outside(result->suite + (result->run.empty() ? "" : " " + result->run));
    }
    case Builtin::run_at: {
      const BoundResult* result = newest();
      return result == nullptr ? RichText{} : own(to_display(result->at));
    }
    case Builtin::run_url: {
      const BoundResult* result = newest();
      return result == nullptr ? RichText{} : outside(result->entry->url);
    }
    case Builtin::failures:
      return context.weakness == nullptr ? RichText{} : failures_text(context.weakness->results);
    case Builtin::standards:
    case Builtin::failing_tests:
      return {};
    default:
      return own(print_value(program_, node.type, builtin(node, context)));
  }
}

RichText Evaluator::text(NodeId id, const Context& context) {
  if (id == no_node) return {};
  const Node& node = program_.nodes[id];
  const auto kids = program_.kids_of(node);
  const auto joined = [](RichText& all, const RichText& more) {
    for (const TextPiece& piece : more) {
      if (!all.empty() && all.back().outside == piece.outside)
        all.back().text += piece.text;
      else if (!piece.text.empty())
        all.push_back(piece);
    }
  };
  RichText all;
  switch (node.op) {
    case Op::constant_text:
      return own(program_.texts[node.a]);
    case Op::concat:
      for (const NodeId kid : kids) joined(all, text(kid, context));
      return all;
    case Op::print: {
      const auto list = static_cast<List>(node.a);
      if (list == List::none) return text(kids[0], context);
      if (list == List::product_undecided) {
        for (const auto& scope : scopes_) {
          const auto& patterns =
              dependencies_.patterns_in[Dependencies::scope_of(scope->component_type)];
          for (std::size_t slot = 0; slot < patterns.size(); ++slot) {
            if (scope->patterns[slot] != Applies::undecided) continue;
            if (!all.empty()) joined(all, own(", "));
            joined(all, outside(scope->element(program_.patterns[patterns[slot]].id)));
          }
        }
        return all;
      }
      bool first = true;
      for (const Context& item : items(list, context)) {
        if (!first) joined(all, own(", "));
        first = false;
        joined(all, text(kids[0], item));
      }
      return all;
    }
    case Op::choose: {
      const Value test = as_truth(eval(kids[0], context));
      if (test.known()) return text(kids[test.is_true() ? 1 : 2], context);
      const RichText a = text(kids[1], context);
      return a == text(kids[2], context) ? a : RichText{};
    }
    case Op::match: {
      if (node.type.base != Base::text) break;
      const std::vector<NodeId> possible = texts_of_match(id, context);
      if (possible.empty()) return {};
      all = text(possible.front(), context);
      const auto agrees = [&](NodeId each) { return text(each, context) == all; };
      return std::all_of(possible.begin(), possible.end(), agrees) ? all : RichText{};
    }
    case Op::builtin:
      if (node.type.base == Base::texts) {
        const std::vector<std::string> each = texts(id, context);
        const std::size_t shown = std::min(each.size(), limits::told_failures);
        for (std::size_t i = 0; i < shown; ++i) {
          if (i > 0) joined(all, own(", "));
          joined(all, static_cast<Builtin>(node.a) == Builtin::standards ? own(each[i])
                                                                         : outside(each[i]));
        }
        if (shown < each.size())
          joined(all, own(" and " + std::to_string(each.size() - shown) + " more"));
        return all;
      }
      return builtin_text(node, context);
    case Op::question:
    case Op::field:
      if (node.type.base == Base::text) {
        const bool held = eval(id, context).known();
        const std::string* given = raw_text(node, context);
        if (given != nullptr && held) return outside(*given);
        const NodeId standard = node.op == Op::field ? program_.fields[node.a].default_value
                                                     : program_.questions[node.a].default_value;
        return held && standard != no_node ? text(standard, context) : RichText{};
      }
      break;
    case Op::let:
      if (node.type.base == Base::text) return text(program_.lets[node.a].value, context);
      break;
    case Op::attribute:
      if (node.type.base == Base::text) return attribute_text(node.a, context);
      break;
    case Op::record: {
      if (node.type.base != Base::text) break;
      const auto it = context.record->texts.find(node.a);
      return it == context.record->texts.end() ? RichText{} : own(it->second);
    }
    default:
      break;
  }
  return own(print_value(program_, node.type, eval(id, context)));
}

std::optional<std::string> Evaluator::plain_text(NodeId id, const Context& context) {
  const Node& node = program_.nodes[id];
  const auto agreed = [&](std::span<const NodeId> possible) {
    std::optional<std::string> text;
    for (std::size_t i = 0; i < possible.size(); ++i) {
      const auto each = plain_text(possible[i], context);
      if (!each || (i > 0 && each != text)) return std::optional<std::string>();
      text = each;
    }
    return text;
  };
  if (node.op == Op::constant_text) return program_.texts[node.a];
  if (node.op == Op::record) {
    const auto it = context.record->texts.find(node.a);
    const bool said = it != context.record->texts.end() && !context.record->open.contains(node.a);
    return said ? std::optional(it->second) : std::nullopt;
  }
  if (node.op == Op::question || node.op == Op::field) {
    if (!eval(id, context).known()) return std::nullopt;
    if (const std::string* given = raw_text(node, context)) return *given;
  }
  if (node.type.base == Base::text) {
    if (node.op == Op::let) return plain_text(program_.lets[node.a].value, context);
    if (node.op == Op::match) return agreed(texts_of_match(id, context));
    if (node.op == Op::choose) {
      const auto kids = program_.kids_of(node);
      const Value test = as_truth(eval(kids[0], context));
      return agreed(test.is_unknown() ? kids.subspan(1) : kids.subspan(test.is_true() ? 1 : 2, 1));
    }
  }
  return to_plain(text(id, context));
}

std::vector<std::string> Evaluator::texts(NodeId id, const Context& context) {
  const Node& node = program_.nodes[id];
  if (node.op == Op::record) {
    const auto it = context.record->lists.find(node.a);
    return it == context.record->lists.end() ? std::vector<std::string>{} : it->second;
  }
  if (node.op != Op::builtin) return {};
  if (static_cast<Builtin>(node.a) == Builtin::standards) {
    return context.countermeasure
               ? program_.countermeasures[context.countermeasure->definition].standards
               : std::vector<std::string>{};
  }
  std::vector<std::string> failing;
  if (context.weakness == nullptr) return failing;
  context.weakness->results.each([&](const BoundResult& result) {
    if (result.verdict != Verdict::failed) return;
    const TestResult& test = result.result();
    const bool titled = !test.title.empty() && test.id.find(test.title) == std::string::npos;
    failing.push_back(titled ? test.id + " " + test.title : test.id);
  });
  std::sort(failing.begin(), failing.end());
  failing.erase(std::unique(failing.begin(), failing.end()), failing.end());
  return failing;
}

}  // namespace riskd::engine
