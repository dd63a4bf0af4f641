// The commands of riskctl with their options, read from the description that also parses the command line and prints the
// help: completions and the manual page say nothing else.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace riskd::riskctl {

enum class Takes : std::uint8_t { nothing, text, file, folder, choice };

struct ArgumentShape {
  std::vector<std::string>
      names;          // "-o", "--output"; of what has only a place, the one that the help shows
  std::string value;  // what the help calls the value: "DIR"; empty: a flag
  std::string description;
  Takes takes = Takes::nothing;
  std::vector<std::string> choices;  // of Takes::choice
  bool is_required = false;
  bool repeats = false;
};

struct CommandShape {
  std::string name;  // "tickets link"; of riskctl itself empty
  std::string description;
  std::string footer;                  // examples and exit codes
  std::vector<ArgumentShape> options;  // without --help, which every command has
  std::vector<ArgumentShape> places;   // in their order
  std::vector<std::string> commands;   // the last words of those within it
};

// riskctl first; then each command before those within it, in the order of the help.
std::vector<CommandShape> command_shapes(const CLI::App& app);

}  // namespace riskd::riskctl
