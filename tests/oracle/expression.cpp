// Expressions, as "Expressions" and "Unanswered is not false" of docs/language.md say them.
#include "engine/facts/resolve_values.hpp"
#include "tests/oracle/evaluator.hpp"

namespace riskd::oracle {
namespace {

const RawValue* newest(const RawMap& facts, const std::string& id,
                       const std::vector<std::string>& was) {
  const Stamped<RawValue>* found = nullptr;
  const auto look = [&](const std::string& name) {
    const auto it = facts.find(name);
    if (it == facts.end()) return;
    const Provenance& from = it->second.from;
    if (!found || std::tie(found->from.at, found->from.seq) < std::tie(from.at, from.seq))
      found = &it->second;
  };
  look(id);
  for (const auto& each : was) look(each);
  return !found || std::holds_alternative<std::monostate>(found->value) ? nullptr : &found->value;
}

// What an element's own expressions see.
At own(Kind kind, const At& at) {
  At inside;
  if (kind == Kind::component) inside.component = at.component;
  if (kind == Kind::risk) inside.risk = at.risk;
  if (kind == Kind::weakness) inside.weakness = at.weakness;
  if (kind == Kind::countermeasure) inside.countermeasure = at.countermeasure;
  for (const Element* each : {&inside.risk, &inside.weakness, &inside.countermeasure}) {
    if (each->is() && !each->part->id.empty()) inside.component = each->part;
  }
  return inside;
}

V reduce(Aggregate function, const std::vector<V>& values) {
  const auto folded = [&](V all, V (*join)(const V&, const V&)) {
    for (const V& value : values) all = join(all, value);
    return all;
  };
  switch (function) {
    case Aggregate::any:
    case Aggregate::all:
    case Aggregate::count:  // a sum of ones
    case Aggregate::sum:
      return folded(number(0), plus);
    case Aggregate::product:
      return folded(number(1), times);
    case Aggregate::max:
      return values.empty() ? V{} : folded(values.front(), larger);
    case Aggregate::min:
      return values.empty() ? V{} : folded(values.front(), smaller);
    case Aggregate::mean:
      return values.empty()
                 ? V{}
                 : over(folded(number(0), plus), number(static_cast<double>(values.size())));
  }
  return V{};
}

}  // namespace

double Evaluator::today() const { return static_cast<double>(start_of(date_of(now)).ms / 1000); }
// The id of an element, and those that it had in earlier versions, with its component.
std::vector<std::string> Evaluator::ids_of(Kind kind, const std::string& element) const {
  const std::size_t slash = element.find('/');
  const std::string prefix = slash == std::string::npos ? "" : element.substr(0, slash + 1);
  const auto& by_id = kind == Kind::risk       ? program.by_id.risks
                      : kind == Kind::weakness ? program.by_id.weaknesses
                                               : program.by_id.countermeasures;
  std::vector<std::string> ids;
  const auto known = by_id.find(element.substr(prefix.size()));
  if (known == by_id.end()) return {element};
  for (const auto& [id, index] : by_id) {
    if (index == known->second) ids.push_back(prefix + id);
  }
  return ids;
}

// The newest that has not ended.
const Stamped<DecisionFact>* Evaluator::decided(Kind kind, const std::string& element,
                                                const std::string& aspect) const {
  const Stamped<DecisionFact>* made = nullptr;
  for (const std::string& id : ids_of(kind, element)) {
    const auto it = product.decisions.find({id, aspect});
    if (it == product.decisions.end()) continue;
    const Provenance& from = it->second.from;
    if (!made || std::tie(made->from.at, made->from.seq) < std::tie(from.at, from.seq))
      made = &it->second;
  }
  return made && made->value.until && *made->value.until < date_of(now) ? nullptr : made;
}

const DecisionFact* Evaluator::decision(Kind kind, const std::string& element,
                                        const std::string& aspect) const {
  const auto* made = decided(kind, element, aspect);
  return made ? &made->value : nullptr;
}

bool Evaluator::is_false_positive(const std::string& test) const {
  const auto it = product.decisions.find({test, "false-positive"});
  return it != product.decisions.end() &&
         !(it->second.value.until && *it->second.value.until < date_of(now));
}

// --- values that people gave ---------------------------------------------------------------

V Evaluator::step(Type type, const std::string& name) const {
  const auto& steps = program.enums[type.of].steps;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const bool was =
        std::find(steps[i].was.begin(), steps[i].was.end(), name) != steps[i].was.end();
    if (steps[i].name == name || was)
      return number(type.base == Base::scale ? steps[i].number : static_cast<double>(i));
  }
  return {};
}
V Evaluator::widest(Type type) const {
  if (type.base == Base::truth || type.base == Base::percent) return maybe();
  if (type.base != Base::choice && type.base != Base::scale) return {};
  const auto& steps = program.enums[type.of].steps;
  if (type.base == Base::scale) return span(steps.front().number, steps.back().number);
  return program.enums[type.of].ordered ? span(0, static_cast<double>(steps.size() - 1)) : V{};
}
// Whether what was posted is a value of the type as it is now.
bool Evaluator::fits(Type type, const RawValue& raw) const {
  const auto* text = std::get_if<std::string>(&raw);
  const auto* names = std::get_if<std::vector<std::string>>(&raw);
  const auto is_choice = [&](const std::string& name) {
    const auto& steps = program.enums[type.of].steps;
    return std::any_of(steps.begin(), steps.end(), [&](const EnumStep& step) {
      return step.name == name ||
             std::find(step.was.begin(), step.was.end(), name) != step.was.end();
    });
  };
  switch (type.base) {
    case Base::truth:
      return std::holds_alternative<bool>(raw);
    case Base::number:
    case Base::percent:
      return std::holds_alternative<double>(raw);
    case Base::choice:
    case Base::scale:
      return text && is_choice(*text);
    case Base::set:
      return names && (names->empty() || std::any_of(names->begin(), names->end(), is_choice));
    case Base::date:
      return text && parse_date(*text);
    case Base::duration:
      return text && parse_duration(*text);
    default:
      return text != nullptr;
  }
}

V Evaluator::given(Type type, const RawValue& raw) const {
  if (const bool* value = std::get_if<bool>(&raw)) return truth(*value);
  if (const double* value = std::get_if<double>(&raw)) return number(*value);
  if (const auto* names = std::get_if<std::vector<std::string>>(&raw)) {
    std::uint64_t bits = 0;
    for (const auto& name : *names) {
      const V choice = step({Base::choice, type.of}, name);
      if (choice.known()) bits |= std::uint64_t{1} << static_cast<unsigned>(choice.lo);
    }
    return data(bits);
  }
  const std::string& text = std::get<std::string>(raw);
  if (type.base == Base::choice || type.base == Base::scale) return step(type, text);
  if (type.base == Base::date)
    return number(static_cast<double>(start_of(*parse_date(text)).ms / 1000));
  if (type.base == Base::duration) return number(*parse_duration(text));
  return data(0, text);
}
V Evaluator::question(std::uint32_t index, const At& at, bool is_answered) const {
  const Question& q = program.questions[index];
  const bool own = q.component_type != no_index;
  if (own && (!at.component || at.component->type != q.component_type))
    return is_answered ? truth(false) : nothing();
  const Part& part = own ? *at.component : parts.front();
  const V asked =
      q.ask_when == no_node ? truth(true) : truth_of(q.ask_when, {own ? &part : nullptr});
  const RawValue* answer = newest(*part.answers, q.id, q.was);
  if (answer && !fits(q.type, *answer)) answer = nullptr;
  if (asked.no()) return is_answered ? truth(false) : nothing();
  if (!asked.yes()) return is_answered ? maybe() : widest(q.type);
  if (is_answered) return truth(answer != nullptr);
  if (answer) return given(q.type, *answer);
  return q.default_value == no_node ? widest(q.type) : eval(q.default_value, {});
}

V Evaluator::field(std::uint32_t index, const At& at, bool is_answered) const {
  const Field& f = program.fields[index];
  if (f.kind == Kind::component && !at.component) return is_answered ? truth(false) : nothing();
  const RawValue* value =
      newest(*(f.kind == Kind::component ? *at.component : parts.front()).fields, f.name, f.was);
  if (value && !fits(f.type, *value)) value = nullptr;
  if (is_answered) return truth(value != nullptr);
  if (value) return given(f.type, *value);
  return f.default_value == no_node ? widest(f.type) : eval(f.default_value, {});
}

V Evaluator::attribute(std::uint32_t index, const At& at) const {
  const Attribute& a = program.attributes[index];
  const Element& element = a.kind == Kind::risk       ? at.risk
                           : a.kind == Kind::weakness ? at.weakness
                                                      : at.countermeasure;
  if (!element.is()) return nothing();
  if (const auto* set = decision(a.kind, element.id, "set:" + a.name)) {
    if (fits(a.type, set->value)) return given(a.type, set->value);
  }
  const auto& settings = a.kind == Kind::risk ? program.risks[element.index].settings
                         : a.kind == Kind::weakness
                             ? program.weaknesses[element.index].settings
                             : program.countermeasures[element.index].settings;
  const V standard = eval(a.default_value, {});
  for (const Setting& setting : settings) {
    if (setting.attribute != index) continue;
    const V value = eval(setting.value, own(a.kind, at));
    if (value.known()) return value;
    if (value.nothing() || standard.is == V::Is::data) return standard;
    return number(std::clamp(standard.lo, value.lo, value.hi));
  }
  return standard;
}

// --- expressions ---------------------------------------------------------------------------

V Evaluator::truth_of(NodeId id, const At& at) const { return condition(eval(id, at)); }

V Evaluator::eval(NodeId id, const At& at) const {
  const Node& node = program.nodes[id];
  const auto kids = program.kids_of(node);
  const auto kid = [&](std::size_t i) { return eval(kids[i], at); };
  // Over all kids that have a value.
  const auto fold = [&](auto f) {
    std::vector<V> values;
    for (std::size_t i = 0; i < kids.size(); ++i) {
      if (const V value = kid(i); !value.nothing()) values.push_back(value);
    }
    return f(values);
  };
  switch (node.op) {
    case Op::constant:
      return number(node.number);
    case Op::constant_set:
      return data(node.bits);
    case Op::constant_text:
      return data(0, program.texts[node.a]);
    case Op::question:
      return question(node.a, at, false);
    case Op::answered:
      return question(node.a, at, true);
    case Op::field:
      return field(node.a, at, false);
    case Op::field_answered:
      return field(node.a, at, true);
    case Op::let:
      return eval(program.lets[node.a].value, own(program.lets[node.a].kind, at));
    case Op::attribute:
      return attribute(node.a, at);
    case Op::rating:
      return number(rating(node.a, at));
    case Op::builtin:
      return builtin(node, at);
    case Op::record:
      return recorded(node, *at.record);
    case Op::logic_not:
      return negation(truth_of(kids[0], at));
    case Op::logic_and: {
      V all = truth(true);
      for (const NodeId each : kids) all = both(all, truth_of(each, at));
      return all;
    }
    case Op::logic_or: {
      V any = truth(false);
      for (const NodeId each : kids) any = either(any, truth_of(each, at));
      return any;
    }
    case Op::equal:
      return same(kid(0), kid(1));
    case Op::text_equal: {
      V a = kid(0), b = kid(1);
      if (node.a) a.text = lower(a.text), b.text = lower(b.text);
      return same(a, b);
    }
    case Op::less:
      return below(kid(0), kid(1), false);
    case Op::less_equal:
      return below(kid(0), kid(1), true);
    case Op::includes_any:
    case Op::includes_all: {
      const V set = kid(0);
      if (set.nothing() || !set.known()) return set.nothing() ? truth(false) : maybe();
      return truth(node.op == Op::includes_any ? (set.bits & node.bits) != 0
                                               : (set.bits & node.bits) == node.bits);
    }
    case Op::text_matches: {
      const V asked = kid(0);
      if (asked.nothing() || !asked.known()) return asked.nothing() ? truth(false) : maybe();
      std::vector<std::string> all = asked.list;
      if (program.nodes[kids[0]].type.base == Base::text) all = {asked.text};
      const std::string pattern = kid(1).text;
      return truth(std::any_of(all.begin(), all.end(), [&](const auto& each) {
        return node.a ? glob(lower(pattern), lower(each)) : glob(pattern, each);
      }));
    }
    case Op::texts_include: {
      const V list = kid(0), text = kid(1);
      return truth(std::any_of(list.list.begin(), list.list.end(), [&](const auto& each) {
        return node.a ? lower(each) == lower(text.text) : each == text.text;
      }));
    }
    case Op::add:
      return plus(kid(0), kid(1));
    case Op::subtract:
      return plus(kid(0), minus(kid(1)));
    case Op::multiply:
      return times(kid(0), kid(1));
    case Op::divide:
      return over(kid(0), kid(1));
    case Op::negate:
      return minus(kid(0));
    case Op::to_day: {
      const V date = kid(0);
      const auto down = [](double x) { return std::floor(x / seconds_per_day) * seconds_per_day; };
      return date.nothing() ? date : span(down(date.lo), down(date.hi));
    }
    case Op::minimum:
      return fold([&](const auto& values) { return reduce(Aggregate::min, values); });
    case Op::maximum:
      return fold([&](const auto& values) { return reduce(Aggregate::max, values); });
    case Op::mean:
      return fold([&](const auto& values) { return reduce(Aggregate::mean, values); });
    case Op::square_root: {
      const V value = kid(0);
      if (value.nothing() || value.lo < 0) return value.nothing() ? value : V{};
      return span(std::sqrt(value.lo), std::sqrt(value.hi));
    }
    case Op::choose: {
      const V which = truth_of(kids[0], at);
      if (which.known()) return kid(which.yes() ? 1 : 2);
      return spanning(kid(1), kid(2));
    }
    case Op::match:
      return match(node, at);
    case Op::today:
      return number(today());
    case Op::age:
      return plus(number(today()), minus(kid(0)));
    case Op::aggregate:
      return aggregate(node, at);
    case Op::concat:
    case Op::print:
      return data(0);
  }
  return {};
}

V Evaluator::match(const Node& node, const At& at) const {
  const auto kids = program.kids_of(node);
  const bool has_otherwise = node.a != 0;
  const V subject = eval(kids[0], at);
  const Type type = program.nodes[kids[0]].type;
  std::vector<V> possible, keys;
  for (std::size_t i = 1; i + 1 < kids.size(); i += 2) {
    keys.push_back(eval(kids[i], at));
    const V fits = same(subject, keys.back());
    if (fits.yes()) return eval(kids[i + 1], at);
    if (!fits.no()) possible.push_back(eval(kids[i + 1], at));
  }
  // `otherwise` is possible for every value of the subject that no key names.
  bool other = true;
  if (!subject.nothing() && !subject.known() && type.base != Base::number &&
      type.base != Base::text) {
    std::vector<V> values{truth(false), truth(true)};
    if (type.base == Base::choice || type.base == Base::scale) {
      values.clear();
      for (const EnumStep& each : program.enums[type.of].steps)
        values.push_back(step(type, each.name));
    }
    other = std::any_of(values.begin(), values.end(), [&](const V& value) {
      return !same(subject, value).no() && std::find(keys.begin(), keys.end(), value) == keys.end();
    });
  }
  if (other) possible.push_back(has_otherwise ? eval(kids.back(), at) : nothing());
  V all = possible.front();
  for (const V& each : possible) all = spanning(all, each);
  return all;
}

V Evaluator::aggregate(const Node& node, const At& at) const {
  const auto kids = program.kids_of(node);
  const auto function = static_cast<Aggregate>(node.a);
  if (static_cast<List>(node.b) == List::product_undecided)
    return number(static_cast<double>(undecided.size()));
  std::vector<V> values;
  for (const At& item : items(static_cast<List>(node.b), at)) {
    const V value = kids.empty() ? truth(true) : eval(kids[0], item);
    if (!value.nothing()) values.push_back(value);
  }
  V any = truth(false), all = truth(true);
  for (const V& value : values) any = either(any, value), all = both(all, value);
  if (function == Aggregate::any || function == Aggregate::all)
    return function == Aggregate::any ? any : all;
  return reduce(function == Aggregate::count ? Aggregate::sum : function, values);
}

std::vector<At> Evaluator::items(List list, const At& at) const {
  std::map<std::string, At> found;  // in id order, each once
  const auto item = [&](Kind kind, const Element& element) {
    At inside = at;
    (kind == Kind::risk       ? inside.risk
     : kind == Kind::weakness ? inside.weakness
                              : inside.countermeasure) = element;
    inside.use = no_index;
    found[element.id] = inside;
  };
  if (list == List::product_components) {
    for (std::size_t i = 1; i < parts.size(); ++i) (found[parts[i].id] = at).component = &parts[i];
  }
  for (const auto& [id, risk] : risks) {
    if (list == List::product_risks || (list == List::component_risks && risk.part == at.component))
      item(Kind::risk, risk);
  }
  for (const auto& [risk, weakness] : links) {
    if (list == List::risk_weaknesses && risk.id == at.risk.id) item(Kind::weakness, weakness);
    if (list == List::weakness_risks && weakness.id == at.weakness.id) item(Kind::risk, risk);
  }
  for (const auto& [ids, use] : uses) {
    if (list == List::risk_countermeasures && use.risk.id == at.risk.id)
      item(Kind::countermeasure, use.countermeasure);
    if (list == List::weakness_countermeasures && use.weakness.id == at.weakness.id)
      item(Kind::countermeasure, use.countermeasure);
    if (use.countermeasure.id != at.countermeasure.id) continue;
    if (list == List::countermeasure_risks) item(Kind::risk, use.risk);
    if (list == List::countermeasure_weaknesses) item(Kind::weakness, use.weakness);
  }
  std::vector<At> all;
  for (const auto& [id, each] : found) all.push_back(each);
  return all;
}

}  // namespace riskd::oracle
