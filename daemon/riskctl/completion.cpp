// riskctl completion: what a shell loads to complete riskctl's commands, options and files.
#include <fmt/format.h>

#include <memory>
#include <string>
#include <string_view>

#include "daemon/riskctl/app.hpp"
#include "daemon/riskctl/command_shapes.hpp"
#include "daemon/riskctl/output.hpp"

namespace riskd::riskctl {
namespace {

using Shapes = std::vector<CommandShape>;

// The way through the words before the cursor, in bash: `at` is the command that they name, `value` what the last option
// takes. bash splits words at `=` and `:`.
constexpr std::string_view bash_walk = R"~(
_riskctl() {
  local word=${COMP_WORDS[COMP_CWORD]} at='' value='' number=0 is_rest='' each i what
  for ((i = 1; i < COMP_CWORD; i++)); do
    each=${COMP_WORDS[i]}
    if [[ $each == '=' ]]; then
      continue
    elif [[ $each == ':' ]]; then
      is_rest=yes
    elif [[ -n $is_rest ]]; then
      is_rest=''
    elif [[ -n $value ]]; then
      value=''
    elif [[ $each == -?* ]]; then
      value=$(_riskctl_value "$at" "$each")
    elif [[ " $(_riskctl_commands "$at") " == *" $each "* ]]; then
      at=${at:+$at }$each number=0
    else
      number=$((number + 1))
    fi
  done
  if [[ $word == '=' ]]; then word=''; fi
  what=$value
  if [[ -z $what && $word == -* ]]; then
    what="words $(_riskctl_options "$at")"
  elif [[ -z $what && $number -eq 0 && -n $(_riskctl_commands "$at") ]]; then
    what="words $(_riskctl_commands "$at")"
  elif [[ -z $what ]]; then
    what=$(_riskctl_place "$at" "$number")
  fi
  COMPREPLY=()
  case $what in
    file) compopt -o default ;;
    folder) compopt -o dirnames ;;
    words*) mapfile -t COMPREPLY < <(compgen -W "${what#words}" -- "$word") ;;
  esac
}
complete -F _riskctl riskctl
)~";

constexpr std::string_view zsh_walk = R"~(
_riskctl() {
  local at='' value='' number=0 each what
  local -a told
  for each in "${(@)words[2,CURRENT-1]}"; do
    if [[ -n $value ]]; then
      value=''
    elif [[ $each == -*=* ]]; then
      continue
    elif [[ $each == -?* ]]; then
      value=$(_riskctl_value "$at" "$each")
    elif [[ " $(_riskctl_commands "$at") " == *" $each "* ]]; then
      at=${at:+$at }$each number=0
    else
      number=$((number + 1))
    fi
  done
  what=$value
  if [[ -z $what && ${words[CURRENT]} == --*=* ]]; then
    what=$(_riskctl_value "$at" "${words[CURRENT]%%=*}")
    compset -P '*='
  elif [[ -z $what && ${words[CURRENT]} == -* ]]; then
    what="words $(_riskctl_options "$at")"
  elif [[ -z $what && $number -eq 0 && -n $(_riskctl_commands "$at") ]]; then
    told=("${(f)$(_riskctl_told "$at")}")
    _describe command told
    return
  elif [[ -z $what ]]; then
    what=$(_riskctl_place "$at" "$number")
  fi
  case $what in
    file) _files ;;
    folder) _files -/ ;;
    words*) compadd -- ${=what#words} ;;
  esac
}
if [[ ${funcstack[1]} == _riskctl ]]; then _riskctl "$@"; else compdef _riskctl riskctl; fi
)~";

constexpr std::string_view fish_walk = R"~(
# Whether the words before the cursor name this command.
function __riskctl_at
    set -l at
    set -l takes no
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test $takes = yes
            set takes no
        else if string match -q -- '-*' $word
            if contains -- "$at:$word" $__riskctl_values; or contains -- ":$word" $__riskctl_values
                set takes yes
            end
        else if contains -- (string join ' ' -- $at $word) $__riskctl_commands
            set at (string join ' ' -- $at $word)
        end
    end
    test "$at" = "$argv"
end
complete -c riskctl -f
)~";

std::string in_quotes(std::string_view text, std::string_view quote) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string(quote) : std::string(1, c);
  return quoted + "'";
}
std::string of_bash(std::string_view text) { return in_quotes(text, R"('\'')"); }
std::string of_fish(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped += c == '\\' ? "\\\\" : std::string(1, c);
  return in_quotes(escaped, R"(\')");
}

std::string joined(const std::vector<std::string>& words) {
  return fmt::format("{}", fmt::join(words, " "));
}

// What the walks of bash and zsh compare.
std::string kind_of(const ArgumentShape& shape) {
  switch (shape.takes) {
    case Takes::nothing:
      return "";
    case Takes::text:
      return "text";
    case Takes::file:
      return "file";
    case Takes::folder:
      return "folder";
    case Takes::choice:
      return "words " + joined(shape.choices);
  }
  return "";
}

// A function of bash and zsh that prints what belongs to its first argument, or to its first two.
std::string shell_function(std::string_view name, std::string_view given, const std::string& rows) {
  return fmt::format("{}() {{\n  case {} in\n{}  esac\n}}\n", name, given, rows);
}

std::string case_row(const std::string& pattern, const std::string& said) {
  return fmt::format("    {}) echo {} ;;\n", pattern, of_bash(said));
}

std::string value_rows(const CommandShape& shape) {
  std::string rows;
  for (const ArgumentShape& option : shape.options) {
    if (option.takes == Takes::nothing) continue;
    for (const std::string& name : option.names) {
      // riskctl's own options may stand anywhere.
      const std::string of = shape.name.empty() ? "*" : of_bash(shape.name);
      rows += case_row(of + ":" + name, kind_of(option));
    }
  }
  return rows;
}

std::string place_rows(const CommandShape& shape) {
  std::string rows;
  for (std::size_t i = 0; i < shape.places.size(); ++i) {
    const std::string number = shape.places[i].repeats ? "*" : std::to_string(i);
    rows += case_row(of_bash(shape.name) + ":" + number, kind_of(shape.places[i]));
  }
  return rows;
}

std::vector<std::string> names_of(const std::vector<ArgumentShape>& options) {
  std::vector<std::string> names;
  for (const ArgumentShape& option : options)
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

// The functions that bash and zsh share.
std::string tables(const Shapes& shapes) {
  std::string commands, options, values, own_values, places, told;
  const std::string everywhere = joined(names_of(shapes.front().options)) + " --help";
  for (const CommandShape& shape : shapes) {
    if (!shape.commands.empty()) commands += case_row(of_bash(shape.name), joined(shape.commands));
    const std::string own = shape.name.empty() ? "" : joined(names_of(shape.options)) + " ";
    options += case_row(of_bash(shape.name), own + everywhere);
    (shape.name.empty() ? own_values : values) += value_rows(shape);
    places += place_rows(shape);
    std::string lines;
    for (const CommandShape& inner : shapes) {
      const std::string before = shape.name.empty() ? "" : shape.name + " ";
      if (inner.name.empty() || !inner.name.starts_with(before)) continue;
      const std::string last = inner.name.substr(before.size());
      if (last.find(' ') == std::string::npos) lines += last + ":" + inner.description + "\n";
    }
    if (!lines.empty()) told += case_row(of_bash(shape.name), lines);
  }
  return shell_function("_riskctl_commands", "$1", commands) +
         shell_function("_riskctl_options", "$1", options) +
         shell_function("_riskctl_value", "$1:$2", values + own_values) +
         shell_function("_riskctl_place", "$1:$2", places) +
         shell_function("_riskctl_told", "$1", told);
}

// How fish is told what an argument takes.
std::string fish_value(const ArgumentShape& shape) {
  switch (shape.takes) {
    case Takes::nothing:
      return "";
    case Takes::text:
      return " -x";
    case Takes::file:
      return " -r -F";
    case Takes::folder:
      return " -x -a '(__fish_complete_directories)'";
    case Takes::choice:
      return " -x -a " + of_fish(joined(shape.choices));
  }
  return "";
}

std::string fish_script(const Shapes& shapes) {
  std::string commands, values, lines;
  for (const CommandShape& shape : shapes) {
    const std::string at = fmt::format(" -n {}", of_fish("__riskctl_at '" + shape.name + "'"));
    if (!shape.name.empty()) {
      commands += " " + of_fish(shape.name);
      const std::size_t end = shape.name.rfind(' ');
      const std::string before = end == std::string::npos ? "" : shape.name.substr(0, end);
      lines += fmt::format("complete -c riskctl -n {} -a {} -d {}\n",
                           of_fish("__riskctl_at '" + before + "'"), shape.name.substr(end + 1),
                           of_fish(shape.description));
    }
    for (const ArgumentShape& option : shape.options) {
      std::string line = "complete -c riskctl" + (shape.name.empty() ? "" : at);
      for (const std::string& name : option.names) {
        if (option.takes != Takes::nothing) values += " " + of_fish(shape.name + ":" + name);
        line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      lines += line + fish_value(option) + " -d " + of_fish(option.description) + "\n";
    }
    for (const ArgumentShape& place : shape.places) {
      if (place.takes == Takes::file) lines += "complete -c riskctl" + at + " -F\n";
      if (place.takes == Takes::folder)
        lines += "complete -c riskctl" + at + " -a '(__fish_complete_directories)'\n";
      if (place.takes == Takes::choice)
        lines += "complete -c riskctl" + at + " -a " + of_fish(joined(place.choices)) + "\n";
    }
  }
  return "set -g __riskctl_commands" + commands + "\nset -g __riskctl_values" + values + "\n" +
         std::string(fish_walk) + "complete -c riskctl -l help -d 'what a command takes'\n" + lines;
}

}  // namespace

void add_completion(CLI::App& app, SharedOptions&, Outcome&) {
  CLI::App* command = app.add_subcommand("completion", "what a shell loads to complete riskctl");
  const auto shell = std::make_shared<std::string>();
  command->add_option("SHELL", *shell)->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "The package riskctl installs them.\n\n"
      "Examples:\n  source <(riskctl completion bash)\n"
      "  riskctl completion zsh > \"${fpath[1]}/_riskctl\"\n"
      "  riskctl completion fish > ~/.config/fish/completions/riskctl.fish");
  command->callback([shell, &app] {
    const Shapes shapes = command_shapes(app);
    const std::string head = fmt::format("# `riskctl completion {}` prints this.\n", *shell);
    if (*shell == "bash") print_file(head + tables(shapes) + std::string(bash_walk));
    if (*shell == "zsh")
      print_file("#compdef riskctl\n" + head + tables(shapes) + std::string(zsh_walk));
    if (*shell == "fish") print_file(head + fish_script(shapes));
  });
}

}  // namespace riskd::riskctl
