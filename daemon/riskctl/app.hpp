// What all commands of riskctl share: options, exit codes, and how commands are registered.
#pragma once

#include <CLI/CLI.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/instant.hpp"
#include "engine/base/result.hpp"

namespace riskd::riskctl {

inline constexpr int exit_success = 0;
inline constexpr int exit_bad_input = 1;  // a bad policy, report or facts file
inline constexpr int exit_usage = 64;     // EX_USAGE of sysexits.h

// Given before or after the command's name.
struct SharedOptions {
  std::string socket_path;               // empty: /run/riskd/riskd.sock
  std::string url, token_file, ca_file;  // of a riskd over TLS; empty: the socket
  std::string rules_folder;              // empty: found beside the program
  std::string colour = "auto";           // auto, always, never
  bool json = false;
  std::optional<double> timeout_seconds;  // for an answer of the daemon; nullopt: see Patience
  // The daemon is waited for no longer, however many requests the command makes.
  std::optional<std::chrono::steady_clock::time_point> deadline;
};

// A command's callback leaves its exit code here; main returns it.
struct Outcome {
  int code = exit_success;
};

// Adds one or more commands. `options` and `outcome` outlive the run.
using AddCommands = void (*)(CLI::App& app, SharedOptions& options, Outcome& outcome);

void add_check(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_completion(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_fmt(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_doc(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_eval(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_explain(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_lsp(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_manual(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_replay(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_results(CLI::App& app, SharedOptions& options, Outcome& outcome);
void add_test(CLI::App& app, SharedOptions& options, Outcome& outcome);

// All commands, in the order of the help.
const std::vector<AddCommands>& commands();

// "riskctl: message (where)" on standard error; returns exit_bad_input.
int complain(const Error& error);

// A whole file, or standard input for "-". not_found, unavailable, or too_large where it passes `limit`.
Result<std::string> read_file(const std::string& path, std::size_t limit);

// Writes the whole file or leaves the old one: a reader never sees half of it. What is there keeps its
// permissions, and a link stays one. unavailable.
Status write_atomically(const std::string& path, const std::string& content);

// A moment as `--now` takes it.
Result<std::optional<Instant>> parse_now(const std::string& text);
Instant system_now();

}  // namespace riskd::riskctl
