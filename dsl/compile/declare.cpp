// The names of a policy, before any expression is looked at.
#include <algorithm>

#include "dsl/compile/compiler.hpp"
#include "engine/facts/answers.hpp"

namespace riskd::dsl {
using engine::Base;
using engine::Kind;
using engine::no_index;
using engine::Type;

Compiler::Compiler(const Sources& sources, const Syntax& syntax, Diagnostics& diagnostics,
                   Libraries& libraries, std::size_t given_files)
    : libraries_(libraries),
      policy_{sources, given_files, syntax, libraries, diagnostics, resolved_.uses},
      nodes_(program_) {
  nodes_.reserve(syntax.exprs.size());
  for (const SourceFile& file : sources) program_.files.push_back(file.name());
  const auto enumeration = [&](std::string name, bool ordered,
                               const std::vector<std::string>& steps) {
    engine::EnumType type;
    type.name = std::move(name);
    type.ordered = ordered;
    for (const std::string& step : steps)
      type.steps.push_back({step, step, static_cast<double>(type.steps.size())});
    program_.enums.push_back(std::move(type));
    return static_cast<std::uint32_t>(program_.enums.size() - 1);
  };
  program_.state_enum = enumeration(
      "state", false, {"recommended", "required", "implemented", "rejected", "not-applicable"});
  program_.tested_enum = enumeration("tested", false, {"untested", "stale", "passed", "failed"});
  program_.component_type_enum = enumeration("component type", false, {});
}

void Compiler::add_member(Library& library, const Name& name, Member member) {
  std::vector<Member>& members = library.members[name.text];
  for (const Member& other : members) {
    if (other.kind != member.kind) continue;
    // Questions of different component types never meet.
    const auto type_of_question = [&](const Member& each) {
      return each.what == Member::What::question ? program_.questions[each.index].component_type
                                                 : no_index;
    };
    if (other.what == Member::What::question && member.what == Member::What::question &&
        type_of_question(other) != type_of_question(member)) {
      continue;
    }
    duplicate(policy_, "the name", name, other.span);
    return;
  }
  for (const BuiltinName& builtin : builtin_names()) {
    const bool rating = member.what == Member::What::rating;
    if (builtin.kind == member.kind && builtin.name == name.text && !rating) {
      policy_.report(
          Code::duplicate_name, name.span,
          "every " + std::string(to_string(member.kind)) + " has its own `" + name.text + "`",
          "choose another name");
      return;
    }
  }
  members.push_back(member);
}

// After all fields: a name that one has is no former name of another.
void Compiler::declare_former_fields() {
  std::map<std::pair<Kind, std::string>, Span> owners;
  for (std::size_t i = 0; i < program_.fields.size(); ++i)
    owners.emplace(std::pair(program_.fields[i].kind, program_.fields[i].name),
                   policy_.clause(field_clauses_[i]).head);
  for (std::size_t i = 0; i < program_.fields.size(); ++i) {
    const Clause& declared = policy_.clause(field_clauses_[i]);
    for (const Name& was : declared.more().names) {
      const auto [known, fresh] =
          owners.emplace(std::pair(program_.fields[i].kind, was.text), declared.head);
      if (!fresh) former_taken(policy_, was, known->second);
    }
  }
}

// Of a question, field or attribute. Where it is wrong, or could not be read, that is told, and who uses the name
// need not be told again.
std::optional<Type> Compiler::declared_type(const Clause& declared, const Library& library) {
  const auto type = declared.type == nothing
                        ? std::nullopt
                        : type_of(policy_.syntax.types[declared.type], library, declared.name.text);
  if (!type) untyped_.insert(declared.name.text);
  return type;
}

void Compiler::declare_members() {
  each_declaration(
      policy_.syntax, libraries_, ClauseKind::questionnaire, [&](ClauseId id, Library& library) {
        const Clause& declared = policy_.clause(id);
        const std::uint32_t of_type = component_type(declared.more().target, library);
        if (!declared.more().target.text.empty() && of_type == no_index) return;
        const auto [known, fresh] =
            library.questionnaires.try_emplace(declared.name.text, declared.name.span);
        if (!fresh) duplicate(policy_, "the questionnaire", declared.name, known->second);
        const auto index = static_cast<std::uint32_t>(program_.questionnaires.size());
        program_.questionnaires.push_back(
            {library.qualified(declared.name.text), policy_.plain(declared.title), of_type});
        if (declared.children.empty())
          missing(policy_, declared, "this questionnaire asks nothing",
                  "add a question: `question NAME \"…\" : yes-no`");
        for (const ClauseId question_id : declared.children) {
          const Clause& asked = policy_.clause(question_id);
          if (asked.kind != ClauseKind::question || asked.name.text.empty()) continue;
          const auto type = declared_type(asked, library);
          if (!type) continue;
          engine::Question question;
          question.id = library.qualified(asked.name.text);
          question.text = policy_.plain(asked.title);
          question.help = policy_.plain(asked.text);
          question.questionnaire = index;
          question.component_type = of_type;
          question.type = *type;
          question.place = policy_.place(asked.head);
          for (const Name& was : asked.more().names)
            question.was.push_back(library.qualified(was.text));
          const auto question_index = static_cast<std::uint32_t>(program_.questions.size());
          const Kind kind = of_type == no_index ? Kind::product : Kind::component;
          program_.question_by_id.emplace(engine::question_key(of_type, question.id),
                                          question_index);

          program_.questions.push_back(std::move(question));
          question_clauses_.push_back(question_id);
          question_libraries_.push_back(&library);
          add_member(library, asked.name,
                     {Member::What::question, kind, question_index, asked.name.span});
        }
      });
  // After all of them: a name that a question has is no former name of another.
  for (std::uint32_t i = 0; i < program_.questions.size(); ++i) {
    const Clause& asked = policy_.clause(question_clauses_[i]);
    const std::uint32_t of_type = program_.questions[i].component_type;
    for (const Name& was : asked.more().names) {
      const std::string key =
          engine::question_key(of_type, question_libraries_[i]->qualified(was.text));
      const auto [known, fresh] = program_.question_by_id.emplace(key, i);
      if (!fresh) former_taken(policy_, was, policy_.clause(question_clauses_[known->second]).head);
    }
  }
  each_declaration(
      policy_.syntax, libraries_, ClauseKind::field, [&](ClauseId id, Library& library) {
        const Clause& declared = policy_.clause(id);
        const auto type = declared_type(declared, library);
        if (!type) return;
        const Kind kind =
            declared.more().kind_word.text == "product" ? Kind::product : Kind::component;
        for (std::size_t i = 0; i < program_.fields.size(); ++i) {
          if (program_.fields[i].name == declared.name.text && program_.fields[i].kind == kind) {
            return once_in_a_policy(policy_, declared.name.span,
                                    policy_.clause(field_clauses_[i]).name.span,
                                    "the field `" + declared.name.text + "` is declared twice");
          }
        }
        const auto index = static_cast<std::uint32_t>(program_.fields.size());
        add_member(library, declared.name, {Member::What::field, kind, index, declared.name.span});
        engine::Field field{
            declared.name.text, policy_.plain(declared.title), kind, *type, declared.flag,
            engine::no_node,    policy_.place(declared.head)};
        for (const Name& was : declared.more().names) field.was.push_back(was.text);
        program_.fields.push_back(std::move(field));
        field_clauses_.push_back(id);
      });
  declare_former_fields();
  for (std::uint32_t file = 0; file < policy_.syntax.files.size(); ++file) {
    if (policy_.libraries.of_file[file] == no_index) continue;
    Library& library = libraries_.all[libraries_.of_file[file]];
    for (const ClauseId id : policy_.syntax.files[file]) {
      if (policy_.clause(id).kind != ClauseKind::attributes) continue;
      const std::string& word = policy_.clause(id).more().kind_word.text;
      const Kind kind = word == "risk"       ? Kind::risk
                        : word == "weakness" ? Kind::weakness
                                             : Kind::countermeasure;
      for (const ClauseId child : policy_.clause(id).children) {
        const Clause& declared = policy_.clause(child);
        if (declared.name.text.empty()) continue;
        const auto type = declared_type(declared, library);
        if (!type) continue;
        const auto index = static_cast<std::uint32_t>(program_.attributes.size());
        add_member(library, declared.name,
                   {Member::What::attribute, kind, index, declared.name.span});
        program_.attributes.push_back(
            {declared.name.text, policy_.plain(declared.title), kind, *type, engine::no_node});
        attribute_clauses_.push_back(child);
        attribute_libraries_.push_back(&library);
      }
    }
  }
  const auto kind_of = [](const std::string& word) {
    for (const Kind kind :
         {Kind::product, Kind::component, Kind::risk, Kind::weakness, Kind::countermeasure}) {
      if (to_string(kind) == word) return kind;
    }
    return Kind::product;
  };
  each_declaration(policy_.syntax, libraries_, ClauseKind::let, [&](ClauseId id, Library& library) {
    const Clause& declared = policy_.clause(id);
    const Kind kind = kind_of(declared.more().kind_word.text);
    const auto index = static_cast<std::uint32_t>(program_.lets.size());
    add_member(library, declared.name, {Member::What::let, kind, index, declared.name.span});
    program_.lets.push_back(
        {declared.name.text, kind, {}, engine::no_node, policy_.place(declared.head)});
    let_clauses_.push_back(id);
    let_libraries_.push_back(&library);
    let_marks_.push_back(LetMark::fresh);
  });
  each_declaration(
      policy_.syntax, libraries_, ClauseKind::rating, [&](ClauseId id, Library& library) {
        const Clause& declared = policy_.clause(id);
        const Kind kind = kind_of(declared.more().kind_word.text);
        const auto index = static_cast<std::uint32_t>(program_.ratings.size());
        const bool inherent = kind == Kind::risk && declared.name.text == "inherent";
        const bool rating = kind == Kind::product && declared.name.text == "rating";
        std::uint32_t& known = inherent ? program_.inherent : program_.product_rating;
        if ((inherent || rating) && known != no_index) {
          rated_twice_ = true;
          const std::string name = declared.more().kind_word.text + "." + declared.name.text;
          return once_in_a_policy(
              policy_, declared.name.span, policy_.clause(rating_clauses_[known]).name.span,
              "a policy has one rating `" + name + "`", "`override rating " + name + " = …`");
        }
        if (inherent || rating) known = index;
        add_member(library, declared.name, {Member::What::rating, kind, index, declared.name.span});
        program_.ratings.push_back(
            {declared.name.text, kind, engine::no_node, policy_.place(declared.head)});
        rating_clauses_.push_back(id);
        rating_libraries_.push_back(&library);
      });
}

}  // namespace riskd::dsl
