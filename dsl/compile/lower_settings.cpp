#include "dsl/compile/lower_settings.hpp"

#include <algorithm>

#include "dsl/compile/builtins.hpp"
#include "dsl/compile/lower_value.hpp"
#include "dsl/compile/reports.hpp"
#include "dsl/syntax/parser.hpp"

namespace riskd::dsl {
using engine::Kind;
using engine::no_node;
using engine::NodeId;

namespace {

// Of a name that is no attribute of this kind, what it is; empty where it is nothing.
std::string why_not_set(const PolicyText& policy, const Name& name, Kind kind) {
  for (const Library* library : policy.libraries.visible(policy.library_at(name.span))) {
    const auto found = library->members.find(name.text);
    if (found == library->members.end()) continue;
    for (const Member& member : found->second) {
      if (member.kind == kind && member.what != Member::What::attribute)
        return "`" + name.text + "` is derived: nothing sets it";
      if (member.what == Member::What::attribute)
        return "it is an attribute of a " + std::string(to_string(member.kind));
    }
  }
  for (const BuiltinName& builtin : builtin_names()) {
    if (builtin.kind == kind && builtin.name == name.text)
      return "every " + std::string(to_string(kind)) + " has one, and nothing sets it";
  }
  return {};
}

}  // namespace

void lower_setting(Lowering& lowering, const WrittenSetting& set, Kind kind, const Scope& scope,
                   std::vector<engine::Setting>& out) {
  if (set.attribute.text.empty() || set.value == nothing) return;
  const std::vector<const Library*> visible =
      lowering.policy.libraries.visible(lowering.policy.library_at(set.head));
  // Of the library itself, otherwise of those that it imports.
  std::vector<std::pair<const Library*, Span>> declared;
  const Member* attribute = nullptr;
  for (const Library* library : visible) {
    const auto found = library->members.find(set.attribute.text);
    if (found == library->members.end()) continue;
    for (const Member& member : found->second) {
      if (member.what != Member::What::attribute || member.kind != kind) continue;
      declared.emplace_back(library, member.span);
      attribute = &member;
    }
    if (library == visible.front() && !declared.empty()) break;
  }
  if (declared.size() > 1)
    return ambiguous(lowering.policy, set.attribute, declared,
                     "import only one of them, or rename one");
  if (attribute == nullptr && lowering.declared.untyped.contains(set.attribute.text)) return;
  if (attribute == nullptr) {
    std::vector<std::string> names;
    for (const Library* library : visible) {
      for (const auto& [name, members] : library->members) {
        for (const Member& member : members) {
          if (member.what == Member::What::attribute && member.kind == kind) names.push_back(name);
        }
      }
    }
    static const std::vector<std::string> clauses{"test",           "standard", "guide",
                                                  "mitigates",      "required", "untested",
                                                  "countermeasure", "weakness", "was"};
    names.insert(names.end(), clauses.begin(), clauses.end());
    std::sort(names.begin(), names.end());
    const std::string near = closest(set.attribute.text, names);
    std::string help = why_not_set(lowering.policy, set.attribute, kind);
    if (help.empty()) help = home_of(set.attribute.text);
    if (help.empty())
      help =
          import_for(lowering.policy, NameSpace::attributes, set.attribute.text, *visible.front());
    if (help.empty() && !near.empty()) help = "did you mean `" + near + "`?";
    if (help.empty())
      help = "declare it: `attribute " + std::string(to_string(kind)) + " { " + set.attribute.text +
             " : level = medium }`";
    lowering.policy.report(
        Code::unknown_name, set.attribute.span,
        "a " + std::string(to_string(kind)) + " has no attribute `" + set.attribute.text + "`",
        help);
    return;
  }
  lowering.policy.record_use(set.attribute, attribute->span);
  for (const engine::Setting& other : out) {
    if (other.attribute == attribute->index) {
      lowering.policy.report(Code::repeated_clause, set.head,
                             "`" + set.attribute.text + "` is set twice here");
      return;
    }
  }
  const NodeId value =
      lower_value(lowering, set.value, scope, lowering.program.attributes[attribute->index].type,
                  "`" + set.attribute.text + "`");
  if (value != no_node) out.push_back({attribute->index, value, lowering.policy.place(set.head)});
}

void lower_test(const PolicyText& policy, const TestSyntax& test, Span head,
                std::vector<engine::TestBinding>& out) {
  if (test.source.text.empty() || test.name == nothing) return;
  const engine::TestSource* source = engine::test_source(test.source.text);
  if (source == nullptr) {
    const std::vector<std::string_view> names = engine::source_names();
    const std::string near = closest(test.source.text, {names.begin(), names.end()});
    policy.report(
        Code::unknown_name, test.source.span,
        "there is no source of tests `" + test.source.text + "`",
        near.empty() ? "the sources are " + engine::listed(names) : "did you mean `" + near + "`?");
    return;
  }
  if (policy.plain(test.name).empty()) {
    policy.report(Code::missing_clause, policy.syntax.texts[test.name].span,
                  "this test has no name", "name it as its source does");
    return;
  }
  const Span& named = policy.syntax.texts[test.name].span;
  if (!source->has_globs && policy.plain(test.name).find('*') != std::string::npos) {
    policy.report(Code::wrong_kind, named,
                  "`" + policy.plain(test.name) + "` would never match: the name of a test of " +
                      std::string(source->name) + " is no pattern",
                  "name each test by itself");
    return;
  }
  std::string tool;
  if (test.tool != nothing) {
    tool = policy.plain(test.tool);
    if (!source->names_tool || tool.empty()) {
      policy.report(Code::unknown_name, policy.syntax.texts[test.tool].span,
                    tool.empty() ? "this tool has no name"
                                 : "a report of " + std::string(source->name) +
                                       " does not say which tool it is of",
                    "leave `by` out");
      return;
    }
  }
  out.push_back({test.source.text, policy.plain(test.name), std::move(tool), policy.place(head)});
}

}  // namespace riskd::dsl
