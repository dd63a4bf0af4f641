#include "engine/facts/lost.hpp"

#include <algorithm>

#include "engine/facts/answers.hpp"

namespace riskd::engine {
namespace {

// What is said of the product, or of a component.
struct Subject {
  const std::string& component;  // its id; empty: the product
  const RawMap& answers;
  const RawMap& fields;
  std::uint32_t type_before, type_after;  // of the component; no_index for the product
};

class Losses {
 public:
  Losses(const Program& before, const Program& after) : before_(before), after_(after) {}

  void look(const Subject& said) {
    for (const Question& question : before_.questions) {
      if (question.component_type != said.type_before) continue;
      const auto* given = newest_answer(said.answers, question);
      if (given == nullptr || !fits(before_, question.type, given->value)) continue;
      const bool type_is_gone = !said.component.empty() && said.type_after == no_index;
      const std::uint32_t same =
          type_is_gone ? no_index : question_named(after_, said.type_after, question.id);
      const Question* now = same == no_index ? nullptr : &after_.questions[same];
      if (now != nullptr && holds(question.type, now->type, newest_answer(said.answers, *now)))
        continue;
      lost_.push_back(said.component.empty() ? question.id : said.component + "/" + question.id);
    }
    const Kind kind = said.component.empty() ? Kind::product : Kind::component;
    for (const Field& field : before_.fields) {
      if (field.kind != kind) continue;
      const auto* given = newest_value(said.fields, field);
      if (given == nullptr || !fits(before_, field.type, given->value)) continue;
      const Field* now = field_named(after_, kind, field.name);
      if (now != nullptr && holds(field.type, now->type, newest_value(said.fields, *now))) continue;
      lost_.push_back(said.component.empty() ? "product." + field.name
                                             : said.component + "/component." + field.name);
    }
  }

  std::vector<std::string> take() {
    std::sort(lost_.begin(), lost_.end());
    return std::move(lost_);
  }

 private:
  // Whether the value is one of the type, with every choice that it had.
  bool holds(Type before, Type after, const Stamped<RawValue>* given) const {
    if (given == nullptr || !fits(after_, after, given->value)) return false;
    const auto gone = [](const Program& program, Type type, const RawValue& value) {
      const RawValue choices = gone_choices(program, type, value);
      const auto* names = std::get_if<std::vector<std::string>>(&choices);
      return names == nullptr ? std::size_t{0} : names->size();
    };
    return gone(after_, after, given->value) <= gone(before_, before, given->value);
  }

  const Program& before_;
  const Program& after_;
  std::vector<std::string> lost_;
};

}  // namespace

std::vector<std::string> lost_under(const Program& before, const Program& after,
                                    const Product& product) {
  Losses losses(before, after);
  const std::string no_component;
  losses.look({no_component, product.answers, product.fields, no_index, no_index});
  for (const auto& [id, component] : product.components) {
    if (!component.exists()) continue;
    const std::string& type = component.type.value;
    if (component_type_named(before, type) == no_index) continue;
    losses.look({id, component.answers, component.fields, component_type_named(before, type),
                 component_type_named(after, type)});
  }
  return losses.take();
}

}  // namespace riskd::engine
