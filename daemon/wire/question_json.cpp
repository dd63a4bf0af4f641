#include "daemon/wire/fact_values.hpp"
#include "daemon/wire/json.hpp"
#include "engine/facts/answers.hpp"

namespace riskd::wire {
namespace {

using namespace engine;

std::string type_name(const Program& program, Type type) {
  switch (type.base) {
    case Base::truth:
      return "yes-no";
    case Base::number:
      return "number";
    case Base::percent:
      return "percent";
    case Base::choice:
      return "one-of";
    case Base::scale:
      return program.enums[type.of].name;
    case Base::set:
      return "any-of";
    case Base::date:
      return "date";
    case Base::duration:
      return "duration";
    case Base::text:
    case Base::texts:
    case Base::elements:
      return "text";
  }
  return "text";
}

}  // namespace

std::string write_questionnaire(const Program& program, const Product& product,
                                const Model& model) {
  Writer out;
  out.begin_object().key("product").text(model.product).key("questions").begin_array();
  for (const QuestionRow& row : model.questions) {
    const Question& question = program.questions[row.definition];
    const Type type = question.type;
    out.begin_object().key("id").text(row.id);
    out.key("questionnaire").text(program.questionnaires[question.questionnaire].title);
    out.key("component").text_or_null(row.component).key("text").text(question.text);
    out.key("help")
        .text(question.help)
        .key("type")
        .text(type_name(program, type))
        .key("choices")
        .begin_array();
    if (type.base == Base::choice || type.base == Base::set || type.base == Base::scale) {
      for (const EnumStep& step : program.enums[type.of].steps) {
        out.begin_object().key("name").text(step.name).key("title").text(step.title).end_object();
      }
    }
    out.end_array().key("asked");
    if (row.asked.known()) {
      out.truth(row.asked.is_true());
    } else {
      out.null();
    }
    out.key("answered").truth(row.answered).key("matters").truth(row.matters).key("answer");
    write_value(out, row.answered
                         ? answer_of(product, row.component, program.questions[row.definition])
                         : RawValue{});
    if (row.from) {
      out.key("answered-by").begin_object();
      write_provenance(out, *row.from);
      out.end_object();
    }
    // What the policy does not take any more: the question is open again.
    out.some("old-answer", row.lost);
    out.end_object();
  }
  out.end_array().end_object();
  return out.take();
}

}  // namespace riskd::wire
