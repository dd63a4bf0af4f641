// riskctl manual: riskctl(1), from what the help says. In the macros of mdoc(7).
#include <fmt/format.h>

#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "daemon/riskctl/app.hpp"
#include "daemon/riskctl/command_shapes.hpp"
#include "daemon/riskctl/output.hpp"

namespace riskd::riskctl {
namespace {

constexpr std::string_view page_head = R"~(.Dd November 30, 2026
.Dt RISKCTL 1
.Os
.Sh NAME
.Nm riskctl
.Nd threat models from policies and facts
.Sh SYNOPSIS
.Nm
.Op Ar option ...
.Ar command
.Op Ar argument ...
.Sh DESCRIPTION
.Nm
checks, tests and lays out the rules of a policy,
and evaluates them over facts, without a daemon.
It also asks a running
.Xr riskd 8
over its Unix socket: for models, reviews, tickets and the past;
and it gives it facts, test reports and a new policy.
What a user may do there is said by the roles in
.Xr riskd.toml 5 .
.Pp
These options may stand before or after the command:
)~";

constexpr std::string_view page_tail = R"~(.Sh ENVIRONMENT
.Bl -tag -width RISKD_SOCKET
.It Ev RISKD_SOCKET
the daemon's socket, where
.Fl -socket
does not name it
.It Ev NO_COLOR
where it is set, nothing is coloured by itself
.It Ev COLUMNS
how wide the text is laid out; without it, as wide as the terminal
.El
.Sh FILES
.Bl -tag -width /usr/share/riskd/rules
.It Pa /run/riskd/riskd.sock
the daemon's socket
.It Pa /usr/share/riskd/rules
the shipped rules, for
.Ql import
.El
.Sh EXIT STATUS
0 where all went well, 1 where a policy, a report, facts or the daemon said
otherwise, and 64 where the command line was wrong.
Commands that mean more by it say so.
.Sh EXAMPLES
What riskd says of a product, and why:
.Bd -literal -offset indent
riskctl model shop
riskctl why shop:web.throttle-logins
.Ed
.Pp
What a change of the rules would do, and the change itself:
.Bd -literal -offset indent
riskctl check policy
riskctl test policy
riskctl plan policy
riskctl reload policy
.Ed
.Sh SEE ALSO
.Xr riskd.toml 5 ,
.Xr riskd 8
.Pp
.Pa /usr/share/doc/riskd/language.md ,
.Pa /usr/share/doc/riskd/operations.md
)~";

// A line of text: a dot or a quote at its beginning would be a macro.
std::string line_of(std::string_view text) {
  std::string line = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (const char c : text) line += c == '\\' ? "\\e" : std::string(1, c);
  return line + "\n";
}

// Text in lines, each sentence in its own, as mdoc wants it.
std::string lines_of(std::string_view text) {
  constexpr std::size_t longest = 78;
  std::string lines, line;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    const bool is_full = line.size() + 1 + word.size() > longest;
    if (!line.empty() && (is_full || line.ends_with('.')))
      lines += line_of(std::exchange(line, {}));
    line += (line.empty() ? "" : " ") + word;
  }
  return line.empty() ? lines : lines + line_of(line);
}

// As an argument of a macro: no word of it is one.
std::string word_of(std::string_view text) {
  std::string word;
  for (const char c : text) word += c == '\\' ? "\\e" : c == '"' ? "\"\"" : std::string(1, c);
  return "\"\\&" + word + "\"";
}

std::string value_shown(const ArgumentShape& shape) {
  if (shape.takes == Takes::choice) return fmt::format("{}", fmt::join(shape.choices, "|"));
  return shape.value;
}

std::string item_of(const ArgumentShape& shape) {
  std::string line = ".It";
  for (std::size_t i = 0; i < shape.names.size(); ++i) {
    const std::string& name = shape.names[i];
    if (i > 0) line += " ,";
    line += name.starts_with('-') ? " Fl " + name.substr(1) : " Ar " + word_of(name);
  }
  const std::string value = value_shown(shape);
  if (!value.empty() && shape.names.front() != value) line += " Ar " + word_of(value);
  const std::string& said = shape.description;
  return line + "\n" + lines_of(said.empty() ? "required" : said);
}

std::string list_of(const std::vector<ArgumentShape>& shapes) {
  if (shapes.empty()) return {};
  std::string text = ".Bl -tag -width Ds -compact\n";
  for (const ArgumentShape& shape : shapes) text += item_of(shape);
  return text + ".El\n";
}

// How it is written: what has only a place stands last.
std::string usage_of(const CommandShape& command) {
  std::string line = ".It Nm riskctl Ic " + word_of(command.name);
  if (!command.options.empty()) line += " Oo Ar options Oc";
  for (const ArgumentShape& place : command.places) {
    line += (place.is_required ? " Ar " : " Oo Ar ") + word_of(place.names.front());
    if (place.repeats) line += " No ...";
    if (!place.is_required) line += " Oc";
  }
  return line + "\n";
}

// The footer of the help: paragraphs, and examples, whose lines begin with blanks.
std::string footer_of(const std::string& footer) {
  std::string text, paragraph, example;
  const auto end_all = [&] {
    if (!paragraph.empty()) text += ".Pp\n" + lines_of(std::exchange(paragraph, {}));
    if (!example.empty())
      text += ".Bd -literal -offset indent\n" + std::exchange(example, {}) + ".Ed\n";
  };
  std::istringstream lines(footer);
  for (std::string line; std::getline(lines, line);) {
    const bool is_example = line.starts_with("  ");
    if (line.empty() || is_example != !example.empty()) end_all();
    if (is_example) {
      example += line_of(std::string_view(line).substr(2));
    } else {
      paragraph += line + " ";
    }
  }
  end_all();
  return text;
}

std::string page_of(const std::vector<CommandShape>& shapes) {
  std::string text(page_head);
  text += list_of(shapes.front().options);
  text += ".Sh COMMANDS\nEach also takes\n.Fl -help .\n.Bl -tag -width Ds\n";
  for (const CommandShape& command : shapes) {
    const bool is_group = !command.commands.empty() && command.places.empty();
    if (command.name.empty() || is_group) continue;
    text += usage_of(command) + lines_of(command.description);
    const std::string lists = list_of(command.places) + list_of(command.options);
    if (!lists.empty()) text += ".Pp\n" + lists;
    text += footer_of(command.footer);
  }
  return text + ".El\n" + std::string(page_tail);
}

}  // namespace

void add_manual(CLI::App& app, SharedOptions&, Outcome&) {
  CLI::App* command = app.add_subcommand("manual", "the manual page of riskctl, for man");
  command->footer("The package riskctl installs it.\n\nExample:\n  riskctl manual | man -l -");
  command->callback([&app] { print_file(page_of(command_shapes(app))); });
}

}  // namespace riskd::riskctl
