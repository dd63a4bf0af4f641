#include "dsl/compile/declare.hpp"

#include <map>

#include "dsl/compile/builtins.hpp"
#include "dsl/compile/lookup.hpp"
#include "dsl/compile/reports.hpp"
#include "engine/facts/answers.hpp"

namespace riskd::dsl {
using engine::Kind;
using engine::no_index;
using engine::Type;

namespace {

void add_member(Declaring& declaring, Library& library, const Name& name, Member member) {
  std::vector<Member>& members = library.members[name.text];
  for (const Member& other : members) {
    if (other.kind != member.kind) continue;
    // Questions of different component types never meet.
    const auto type_of_question = [&](const Member& each) {
      return each.what == Member::What::question
                 ? declaring.program.questions[each.index].component_type
                 : no_index;
    };
    if (other.what == Member::What::question && member.what == Member::What::question &&
        type_of_question(other) != type_of_question(member)) {
      continue;
    }
    duplicate(declaring.policy, "the name", name, other.span);
    return;
  }
  for (const BuiltinName& builtin : builtin_names()) {
    const bool rating = member.what == Member::What::rating;
    if (builtin.kind == member.kind && builtin.name == name.text && !rating) {
      declaring.policy.report(
          Code::duplicate_name, name.span,
          "every " + std::string(to_string(member.kind)) + " has its own `" + name.text + "`",
          "choose another name");
      return;
    }
  }
  members.push_back(member);
}

// Of a question, field or attribute. Where it is wrong, or could not be read, that is told, and who uses the name
// need not be told again.
std::optional<Type> declared_type(Declaring& declaring, const Clause& declared,
                                  const Library& library) {
  const auto type = declared.type == nothing
                        ? std::nullopt
                        : declare_type(declaring, declaring.policy.syntax.types[declared.type],
                                       library, declared.name.text);
  if (!type) declaring.declared.untyped.insert(declared.name.text);
  return type;
}

// A question of a questionnaire, which is of the components of `of_type`, or of the product.
void declare_question(Declaring& declaring, ClauseId id, Library& library,
                      std::uint32_t questionnaire, std::uint32_t of_type) {
  const PolicyText& policy = declaring.policy;
  const Clause& asked = policy.clause(id);
  if (asked.kind != ClauseKind::question || asked.name.text.empty()) return;
  const auto type = declared_type(declaring, asked, library);
  if (!type) return;
  engine::Question question;
  question.id = library.qualified(asked.name.text);
  question.text = policy.plain(asked.title);
  question.help = policy.plain(asked.text);
  question.questionnaire = questionnaire;
  question.component_type = of_type;
  question.type = *type;
  question.place = policy.place(asked.head);
  for (const Name& was : asked.as<QuestionSyntax>().was)
    question.was.push_back(library.qualified(was.text));
  engine::Program& program = declaring.program;
  const auto index = static_cast<std::uint32_t>(program.questions.size());
  program.by_id.questions.emplace(engine::question_key(of_type, question.id), index);
  program.questions.push_back(std::move(question));
  declaring.declared.questions.push_back({id, &library});
  const Kind kind = of_type == no_index ? Kind::product : Kind::component;
  add_member(declaring, library, asked.name,
             {Member::What::question, kind, index, asked.name.span});
}

// After all questions: a name that one has is no former name of another.
void declare_former_questions(Declaring& declaring) {
  const PolicyText& policy = declaring.policy;
  engine::Program& program = declaring.program;
  const std::vector<DeclaredMember>& questions = declaring.declared.questions;
  for (std::uint32_t i = 0; i < program.questions.size(); ++i) {
    const std::uint32_t of_type = program.questions[i].component_type;
    for (const Name& was : policy.clause(questions[i].clause).as<QuestionSyntax>().was) {
      const std::string key =
          engine::question_key(of_type, questions[i].library->qualified(was.text));
      const auto [known, fresh] = program.by_id.questions.emplace(key, i);
      if (!fresh) former_taken(policy, was, policy.clause(questions[known->second].clause).head);
    }
  }
}

void declare_questionnaires(Declaring& declaring) {
  const PolicyText& policy = declaring.policy;
  declaring.each(ClauseKind::questionnaire, [&](ClauseId id, Library& library) {
    const Clause& declared = policy.clause(id);
    const Name& component = declared.as<QuestionnaireSyntax>().component_type;
    const std::uint32_t of_type =
        find_component_type(policy, declaring.program, component, library);
    if (!component.text.empty() && of_type == no_index) return;
    const auto [known, fresh] =
        library.questionnaires.try_emplace(declared.name.text, declared.name.span);
    if (!fresh) duplicate(policy, "the questionnaire", declared.name, known->second);
    const auto index = static_cast<std::uint32_t>(declaring.program.questionnaires.size());
    declaring.program.questionnaires.push_back(
        {library.qualified(declared.name.text), policy.plain(declared.title), of_type});
    if (declared.children.empty())
      missing(policy, declared, "this questionnaire asks nothing",
              "add a question: `question NAME \"…\" : yes-no`");
    for (const ClauseId question : declared.children)
      declare_question(declaring, question, library, index, of_type);
  });
  declare_former_questions(declaring);
}

// After all fields: a name that one has is no former name of another.
void declare_former_fields(Declaring& declaring) {
  const PolicyText& policy = declaring.policy;
  const std::vector<engine::Field>& fields = declaring.program.fields;
  std::map<std::pair<Kind, std::string>, Span> owners;
  const auto clause_of = [&](std::size_t field) -> const Clause& {
    return policy.clause(declaring.declared.fields[field].clause);
  };
  for (std::size_t i = 0; i < fields.size(); ++i)
    owners.emplace(std::pair(fields[i].kind, fields[i].name), clause_of(i).head);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    for (const Name& was : clause_of(i).as<FieldSyntax>().was) {
      const auto [known, fresh] =
          owners.emplace(std::pair(fields[i].kind, was.text), clause_of(i).head);
      if (!fresh) former_taken(policy, was, known->second);
    }
  }
}

void declare_fields(Declaring& declaring) {
  const PolicyText& policy = declaring.policy;
  std::vector<engine::Field>& fields = declaring.program.fields;
  declaring.each(ClauseKind::field, [&](ClauseId id, Library& library) {
    const Clause& declared = policy.clause(id);
    const auto type = declared_type(declaring, declared, library);
    if (!type) return;
    const FieldSyntax& said = declared.as<FieldSyntax>();
    const Kind kind = said.kind.text == "product" ? Kind::product : Kind::component;
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (fields[i].name == declared.name.text && fields[i].kind == kind) {
        const Clause& other = policy.clause(declaring.declared.fields[i].clause);
        return once_in_a_policy(policy, declared.name.span, other.name.span,
                                "the field `" + declared.name.text + "` is declared twice");
      }
    }
    const auto index = static_cast<std::uint32_t>(fields.size());
    add_member(declaring, library, declared.name,
               {Member::What::field, kind, index, declared.name.span});
    engine::Field field{
        declared.name.text, policy.plain(declared.title), kind, *type, said.required,
        engine::no_node,    policy.place(declared.head)};
    for (const Name& was : said.was) field.was.push_back(was.text);
    fields.push_back(std::move(field));
    declaring.declared.fields.push_back({id, &library});
  });
  declare_former_fields(declaring);
}

// Those of one `attribute risk { … }`.
void declare_attributes(Declaring& declaring, const Clause& block, Library& library) {
  const std::string& word = block.as<AttributesSyntax>().kind.text;
  const Kind kind = word == "risk"       ? Kind::risk
                    : word == "weakness" ? Kind::weakness
                                         : Kind::countermeasure;
  std::vector<engine::Attribute>& attributes = declaring.program.attributes;
  for (const ClauseId child : block.children) {
    const Clause& declared = declaring.policy.clause(child);
    if (declared.name.text.empty()) continue;
    const auto type = declared_type(declaring, declared, library);
    if (!type) continue;
    const auto index = static_cast<std::uint32_t>(attributes.size());
    add_member(declaring, library, declared.name,
               {Member::What::attribute, kind, index, declared.name.span});
    attributes.push_back(
        {declared.name.text, declaring.policy.plain(declared.title), kind, *type, engine::no_node});
    declaring.declared.attributes.push_back({child, &library});
  }
}

void declare_attributes(Declaring& declaring) {
  const Syntax& syntax = declaring.policy.syntax;
  for (std::uint32_t file = 0; file < syntax.files.size(); ++file) {
    if (declaring.libraries.of_file[file] == no_index) continue;
    Library& library = declaring.libraries.all[declaring.libraries.of_file[file]];
    for (const ClauseId id : syntax.files[file]) {
      if (syntax.clauses[id].kind == ClauseKind::attributes)
        declare_attributes(declaring, syntax.clauses[id], library);
    }
  }
}

// The kind that `let` and `rating` say.
Kind kind_of(const Clause& declared) {
  for (const Kind kind :
       {Kind::product, Kind::component, Kind::risk, Kind::weakness, Kind::countermeasure}) {
    if (to_string(kind) == kind_said(declared)) return kind;
  }
  return Kind::product;
}

void declare_lets(Declaring& declaring) {
  std::vector<engine::Let>& lets = declaring.program.lets;
  declaring.each(ClauseKind::let, [&](ClauseId id, Library& library) {
    const Clause& declared = declaring.policy.clause(id);
    const Kind kind = kind_of(declared);
    const auto index = static_cast<std::uint32_t>(lets.size());
    add_member(declaring, library, declared.name,
               {Member::What::let, kind, index, declared.name.span});
    lets.push_back(
        {declared.name.text, kind, {}, engine::no_node, declaring.policy.place(declared.head)});
    declaring.declared.lets.push_back({id, &library});
  });
}

void declare_ratings(Declaring& declaring) {
  const PolicyText& policy = declaring.policy;
  engine::Program& program = declaring.program;
  declaring.each(ClauseKind::rating, [&](ClauseId id, Library& library) {
    const Clause& declared = policy.clause(id);
    const Kind kind = kind_of(declared);
    const auto index = static_cast<std::uint32_t>(program.ratings.size());
    const bool inherent = kind == Kind::risk && declared.name.text == "inherent";
    const bool rating = kind == Kind::product && declared.name.text == "rating";
    std::uint32_t& known = inherent ? program.inherent : program.product_rating;
    if ((inherent || rating) && known != no_index) {
      declaring.declared.rated_twice = true;
      const std::string name = kind_said(declared) + "." + declared.name.text;
      const Clause& other = policy.clause(declaring.declared.ratings[known].clause);
      return once_in_a_policy(policy, declared.name.span, other.name.span,
                              "a policy has one rating `" + name + "`",
                              "`override rating " + name + " = …`");
    }
    if (inherent || rating) known = index;
    add_member(declaring, library, declared.name,
               {Member::What::rating, kind, index, declared.name.span});
    program.ratings.push_back(
        {declared.name.text, kind, engine::no_node, policy.place(declared.head)});
    declaring.declared.ratings.push_back({id, &library});
  });
}

}  // namespace

engine::Program empty_program(const Sources& sources) {
  engine::Program program;
  for (const SourceFile& file : sources) program.files.push_back(file.name());
  const auto enumeration = [&](std::string name, const std::vector<std::string>& steps) {
    engine::EnumType type;
    type.name = std::move(name);
    for (const std::string& step : steps)
      type.steps.push_back({step, step, static_cast<double>(type.steps.size())});
    program.enums.push_back(std::move(type));
    return static_cast<std::uint32_t>(program.enums.size() - 1);
  };
  program.state_enum = enumeration(
      "state", {"recommended", "required", "implemented", "rejected", "not-applicable"});
  program.tested_enum = enumeration("tested", {"untested", "stale", "passed", "failed"});
  program.component_type_enum = enumeration("component type", {});
  return program;
}

void declare_members(Declaring& declaring) {
  declare_questionnaires(declaring);
  declare_fields(declaring);
  declare_attributes(declaring);
  declare_lets(declaring);
  declare_ratings(declaring);
}

}  // namespace riskd::dsl
