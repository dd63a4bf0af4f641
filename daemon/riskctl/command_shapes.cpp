#include "daemon/riskctl/command_shapes.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace riskd::riskctl {
namespace {

// What the help calls values that are files or folders.
constexpr std::array files = {"FILE", "PATH"};
constexpr std::array folders = {"DIR", "FOLDER", "BACKUP", "STORE"};

template <typename List>
bool has(const List& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// "TEXT:{auto,always,never}" → auto, always, never
std::vector<std::string> choices_of(const std::string& type) {
  std::vector<std::string> choices;
  const std::size_t begin = type.find(":{");
  if (begin == std::string::npos) return choices;
  std::string rest = type.substr(begin + 2, type.find('}', begin) - begin - 2);
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    choices.push_back(rest.substr(0, comma));
    rest.erase(0, comma + 1);
  }
  return choices;
}

ArgumentShape shape_of(const CLI::Option& option) {
  ArgumentShape shape;
  for (const std::string& name : option.get_snames()) shape.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) shape.names.push_back("--" + name);
  const bool is_place = shape.names.empty();
  if (is_place) shape.names.push_back(option.get_name(true));
  shape.description = option.get_description();
  shape.is_required = option.get_required();
  shape.repeats = option.get_items_expected_max() > 1;
  if (option.get_items_expected_max() == 0) return shape;
  const std::string& said =
      option.get_option_text();  // where the help shows it in place of the type
  const std::string type = said.empty() ? option.get_type_name() : said;
  shape.value = is_place ? shape.names.front() : type.substr(0, type.find(':'));
  shape.choices = choices_of(type);
  shape.takes = !shape.choices.empty()      ? Takes::choice
                : has(files, shape.value)   ? Takes::file
                : has(folders, shape.value) ? Takes::folder
                                            : Takes::text;
  return shape;
}

void add(std::vector<CommandShape>& shapes, const CLI::App& app, const std::string& name) {
  CommandShape shape;
  shape.name = name;
  shape.description = app.get_description();
  shape.footer = app.get_footer();
  for (const CLI::Option* option : app.get_options()) {
    if (option == app.get_help_ptr()) continue;
    (option->nonpositional() ? shape.options : shape.places).push_back(shape_of(*option));
  }
  const auto inner = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* each : inner) shape.commands.push_back(each->get_name());
  shapes.push_back(std::move(shape));
  for (const CLI::App* each : inner)
    add(shapes, *each, name.empty() ? each->get_name() : name + " " + each->get_name());
}

}  // namespace

std::vector<CommandShape> command_shapes(const CLI::App& app) {
  std::vector<CommandShape> shapes;
  add(shapes, app, "");
  return shapes;
}

}  // namespace riskd::riskctl
