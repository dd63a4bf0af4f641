#include "engine/evaluate/texts.hpp"

#include <algorithm>
#include <span>

#include "engine/base/limits.hpp"
#include "engine/evaluate/aggregates.hpp"
#include "engine/evaluate/builtins.hpp"
#include "engine/evaluate/decisions.hpp"
#include "engine/evaluate/elements.hpp"
#include "engine/evaluate/model.hpp"
#include "engine/evaluate/print.hpp"
#include "engine/evaluate/scopes.hpp"
#include "engine/evaluate/states.hpp"
#include "engine/evaluate/values.hpp"

namespace riskd::engine {

namespace {

RichText own(std::string text) { return {{std::move(text), false}}; }

RichText outside(std::string_view text) {
  return {{sanitize_outside(text, limits::outside_text_bytes), true}};
}

void append(RichText& all, const RichText& more) {
  for (const TextPiece& piece : more) {
    if (!all.empty() && all.back().outside == piece.outside)
      all.back().text += piece.text;
    else if (!piece.text.empty())
      all.push_back(piece);
  }
}

}  // namespace

Texts::Texts(const Basis& basis, const Parts& parts)
    : basis_(basis), program_(basis.program), dependencies_(basis.dependencies), parts_(parts) {}

RichText Texts::of(NodeId id, const Context& context) {
  if (id == no_node) return {};
  const Node& node = program_.nodes[id];
  const bool is_text = node.type.base == Base::text;
  if (node.op == Op::constant_text) return own(program_.texts[node.a]);
  if (node.op == Op::print) return printed(node, context);
  if (node.op == Op::concat) {
    RichText all;
    for (const NodeId kid : program_.kids_of(node)) append(all, of(kid, context));
    return all;
  }
  if (node.op == Op::choose) {
    const auto kids = program_.kids_of(node);
    const Value test = as_truth(parts_.values.eval(kids[0], context));
    if (test.known()) return of(kids[test.is_true() ? 1 : 2], context);
    const RichText a = of(kids[1], context);
    return a == of(kids[2], context) ? a : RichText{};
  }
  if (node.op == Op::builtin)
    return node.type.base == Base::texts ? list_text(id, context) : builtin(node, context);
  if (is_text) {
    if (node.op == Op::match) return of_match(id, context);
    if (node.op == Op::question || node.op == Op::field) return given_text(id, context);
    if (node.op == Op::let) return of(program_.lets[node.a].value, context);
    if (node.op == Op::attribute) return attribute(node.a, context);
    if (node.op == Op::record) {
      const auto it = context.record->texts.find(node.a);
      return it == context.record->texts.end() ? RichText{} : own(it->second);
    }
  }
  return own(print_value(program_, node.type, parts_.values.eval(id, context)));
}

// One value, or those of a list with commas between them.
RichText Texts::printed(const Node& node, const Context& context) {
  const NodeId kid = program_.kids_of(node)[0];
  const auto list = static_cast<List>(node.a);
  if (list == List::none) return of(kid, context);
  if (list == List::product_undecided) return undecided_patterns();
  RichText all;
  bool first = true;
  for (const Context& item : parts_.aggregates.items(list, context)) {
    if (!first) append(all, own(", "));
    first = false;
    append(all, of(kid, item));
  }
  return all;
}

RichText Texts::undecided_patterns() const {
  RichText all;
  for (const auto& scope : parts_.scopes) {
    const auto& patterns = dependencies_.patterns_in[Dependencies::scope_of(scope->component_type)];
    for (std::size_t slot = 0; slot < patterns.size(); ++slot) {
      if (scope->patterns[slot] != Applies::undecided) continue;
      if (!all.empty()) append(all, own(", "));
      append(all, outside(scope->element(program_.patterns[patterns[slot]].id)));
    }
  }
  return all;
}

RichText Texts::list_text(NodeId id, const Context& context) {
  const std::vector<std::string> each = list(id, context);
  const bool is_ours = static_cast<Builtin>(program_.nodes[id].a) == Builtin::standards;
  const std::size_t shown = std::min(each.size(), limits::told_failures);
  RichText all;
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) append(all, own(", "));
    append(all, is_ours ? own(each[i]) : outside(each[i]));
  }
  if (shown < each.size())
    append(all, own(" and " + std::to_string(each.size() - shown) + " more"));
  return all;
}

// Of a question or a field: what was given, else the default.
RichText Texts::given_text(NodeId id, const Context& context) {
  if (!parts_.values.eval(id, context).known()) return {};
  const Node& node = program_.nodes[id];
  if (const std::string* given = raw(node, context)) return outside(*given);
  return of(node.op == Op::field ? program_.fields[node.a].default_value
                                 : program_.questions[node.a].default_value,
            context);
}

// Of the cases that are possible, what all of them say; empty where they differ.
RichText Texts::of_match(NodeId id, const Context& context) {
  const std::vector<NodeId> possible = possible_cases(id, context);
  if (possible.empty()) return {};
  RichText all = of(possible.front(), context);
  const auto agrees = [&](NodeId each) { return of(each, context) == all; };
  return std::all_of(possible.begin(), possible.end(), agrees) ? all : RichText{};
}

const std::string* Texts::raw(const Node& node, const Context& context) const {
  const Stamped<RawValue>* given = nullptr;
  if (node.op == Op::question) {
    if (const ScopeInstance* scope = parts_.scopes.of(program_.questions[node.a], context))
      given = parts_.scopes.answer(node.a, *scope);
  } else {
    const Field& field = program_.fields[node.a];
    if (const ScopeInstance* scope = parts_.scopes.of(field, context))
      given = parts_.scopes.given_field(field, *scope);
  }
  return given == nullptr ? nullptr : std::get_if<std::string>(&given->value);
}

// What a match of texts may still be: one where it is decided, none where it has no value.
std::vector<NodeId> Texts::possible_cases(NodeId id, const Context& context) {
  const Node& node = program_.nodes[id];
  const auto kids = program_.kids_of(node);
  const Type type = program_.nodes[kids[0]].type;
  const bool of_text = type.base == Base::text;
  const Value subject = parts_.values.eval(kids[0], context);
  const auto subject_text = of_text ? plain(kids[0], context) : std::nullopt;
  const bool open = subject.is_unknown() || (of_text && !subject_text && !subject.is_none());
  const auto take = [&](std::size_t kid) {
    if (basis_.trace != nullptr)
      ++basis_.trace->cases[{id, static_cast<std::uint32_t>((kid - 1) / 2)}];
    return std::vector<NodeId>{kids[kid]};
  };
  const bool has_otherwise = node.a == 1;
  const std::size_t end = kids.size() - (has_otherwise ? 1 : 0);
  std::vector<NodeId> possible;
  for (std::size_t i = 1; i + 1 < end; i += 2) {
    const Value same = of_text
                           ? Value::truth(subject_text && plain(kids[i], context) == subject_text)
                           : equal(subject, parts_.values.eval(kids[i], context));
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
RichText Texts::attribute(std::uint32_t index, const Context& context) {
  const Attribute& definition = program_.attributes[index];
  const Instance* instance = instance_of(definition.kind, context);
  if (instance == nullptr) return {};
  if (const auto* decided = parts_.decisions.of(*instance, "set:" + definition.name)) {
    if (const auto* text = std::get_if<std::string>(&decided->value.value)) return outside(*text);
  }
  const std::span<const Setting> settings =
      parts_.values.settings_of(definition.kind, instance->definition);
  const Context own = own_context(definition.kind, context);
  for (const Setting& setting : settings) {
    if (setting.attribute == index && plain(setting.value, own)) return of(setting.value, own);
  }
  return of(definition.default_value, {});
}

RichText Texts::builtin(const Node& node, const Context& context) {
  const auto which = static_cast<Builtin>(node.a);
  const auto kind = static_cast<Kind>(node.b);
  switch (which) {
    case Builtin::id:
      if (kind == Kind::product) return outside(basis_.product->id);
      if (kind == Kind::component)
        return context.component ? outside(context.component->id) : RichText{};
      if (const Instance* element = instance_of(kind, context)) return outside(element->id.str());
      return {};
    case Builtin::title:
      return title(kind, context);
    case Builtin::component:
      return context.risk ? outside(context.risk->scope->id) : RichText{};
    case Builtin::guide:
      return context.countermeasure
                 ? own(program_.countermeasures[context.countermeasure->definition].guide)
                 : RichText{};
    case Builtin::reason:
      return reason(kind, context);
    case Builtin::run:
    case Builtin::run_name:
    case Builtin::run_at:
    case Builtin::run_url:
      return of_run(which, context);
    case Builtin::failures:
      return context.weakness == nullptr ? RichText{} : failures_text(context.weakness->results);
    case Builtin::standards:
    case Builtin::failing_tests:
      return {};  // lists
    case Builtin::approved:
    case Builtin::rating:
    case Builtin::band:
    case Builtin::type:
    case Builtin::inherent:
    case Builtin::current:
    case Builtin::projected:
    case Builtin::accepted_until:
    case Builtin::accepted_inherent:
    case Builtin::cwe:
    case Builtin::tested:
    case Builtin::state:
    case Builtin::mitigates:
      return own(print_value(program_, node.type, parts_.builtins.value(node, context)));
  }
  return {};
}

RichText Texts::title(Kind kind, const Context& context) const {
  if (kind == Kind::product) {
    const Product& product = *basis_.product;
    return outside(product.title.value.empty() ? product.id : product.title.value);
  }
  if (kind == Kind::component)
    return context.component ? outside(context.component->id) : RichText{};
  const Instance* element = instance_of(kind, context);
  if (element == nullptr) return {};
  return own(kind == Kind::risk       ? program_.risks[element->definition].title
             : kind == Kind::weakness ? program_.weaknesses[element->definition].title
                                      : program_.countermeasures[element->definition].title);
}

RichText Texts::reason(Kind kind, const Context& context) {
  if (kind == Kind::countermeasure && context.countermeasure)
    return outside(parts_.states.why(*context.countermeasure).reason);
  if (kind != Kind::risk || context.risk == nullptr) return {};
  const auto* accepted = parts_.decisions.of(*context.risk, "accepted");
  return accepted ? outside(accepted->value.reason) : RichText{};
}

// Of the run whose result makes the weakness as tested as it is.
RichText Texts::of_run(Builtin which, const Context& context) const {
  const WeaknessInstance* weakness = context.weakness;
  const BoundResult* result =
      weakness == nullptr ? nullptr : deciding(weakness->results, weakness->tested);
  if (result == nullptr) return {};
  if (which == Builtin::run_at) return own(to_display(result->at));
  if (which == Builtin::run_url) return outside(result->listing.said->url);
  return outside(result->suite + (result->run.empty() ? "" : " " + result->run));
}

std::optional<std::string> Texts::plain(NodeId id, const Context& context) {
  const Node& node = program_.nodes[id];
  const auto agreed = [&](std::span<const NodeId> possible) {
    std::optional<std::string> text;
    for (std::size_t i = 0; i < possible.size(); ++i) {
      const auto each = plain(possible[i], context);
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
    if (!parts_.values.eval(id, context).known()) return std::nullopt;
    if (const std::string* given = raw(node, context)) return *given;
  }
  if (node.type.base == Base::text) {
    if (node.op == Op::let) return plain(program_.lets[node.a].value, context);
    if (node.op == Op::match) return agreed(possible_cases(id, context));
    if (node.op == Op::choose) {
      const auto kids = program_.kids_of(node);
      const Value test = as_truth(parts_.values.eval(kids[0], context));
      return agreed(test.is_unknown() ? kids.subspan(1) : kids.subspan(test.is_true() ? 1 : 2, 1));
    }
  }
  return to_plain(of(id, context));
}

std::vector<std::string> Texts::list(NodeId id, const Context& context) {
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
    const TestResult test = result.result();
    const bool titled = !test.title.empty() && test.id.find(test.title) == std::string::npos;
    failing.push_back(titled ? test.id + " " + test.title : test.id);
  });
  std::sort(failing.begin(), failing.end());
  failing.erase(std::unique(failing.begin(), failing.end()), failing.end());
  return failing;
}

}  // namespace riskd::engine
