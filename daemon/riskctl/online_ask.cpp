// riskctl ask.
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iostream>
#include <memory>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/questions.hpp"
#include "daemon/riskctl/show_change.hpp"

namespace riskd::riskctl {
namespace {

constexpr std::string_view commands_help =
    "?  explains a question\n"
    "b  goes back to the one before\n"
    "s  skips it, as an empty line does\n"
    "q  ends\n"
    "=  before an answer that is one of these letters; alone it takes an answer back\n";

// A walk through the open questions of a product: answers come line by line, from a terminal or a pipe.
class Walk {
 public:
  Walk(const SharedOptions& options, Questioned questions)
      : options_(options), begin_(questions), now_(std::move(questions)), known_(now_.model) {}

  int run() {
    if (::isatty(STDIN_FILENO) == 1) say(Text::lines(commands_help));
    while (const json::value* question = current()) {
      print_question(*question);
      std::string line;
      if (!std::getline(std::cin, line)) {
        say(text("\n"));
        break;
      }
      if (!line.empty() && line.back() == '\r') line.pop_back();
      if (line == "q") break;
      if (!take(*question, line)) {
        say(text("{} saved before that\n", counted(saved_, "answer")));
        return exit_bad_input;
      }
    }
    return end();
  }

 private:
  // The questions are not what `--json` prints.
  void say(const Text& text) const {
    if (options_.json) {
      print_error(text);
    } else {
      print(text);
      flush_output();
    }
  }

  const json::value* find(const std::string& id) const {
    for (const json::value& question : now_.questions) {
      if (text_at(question, "id") == id) return &question;
    }
    return nullptr;
  }

  bool was_shown(const std::string& id) const {
    return std::find(shown_.begin(), shown_.end(), id) != shown_.end();
  }

  // Open questions that were not shown yet; those that something waits for come first.
  std::vector<const json::value*> ahead() const {
    std::vector<const json::value*> list;
    for (const json::value& question : now_.questions) {
      if (is_open(question) && !was_shown(text_at(question, "id"))) list.push_back(&question);
    }
    std::stable_partition(list.begin(), list.end(), [](const json::value* question) {
      return truth_at(*question, "matters");
    });
    return list;
  }

  // The question to ask: the one that somebody went back to, else the next that is open; from there the
  // way leads over those that were shown.
  const json::value* current() {
    for (; at_ < shown_.size(); ++at_) {
      const json::value* question = find(shown_[at_]);
      if (question != nullptr && (is_open(*question) || went_back_)) return question;
    }
    const auto list = ahead();
    if (list.empty()) return nullptr;
    shown_.push_back(text_at(*list.front(), "id"));
    return list.front();
  }

  // "3 of 12, 4 of them matter".
  Text progress(const json::value& question) const {
    const auto waiting = ahead();
    std::size_t matter = truth_at(question, "matters") ? 1 : 0;
    for (const json::value* each : waiting) matter += truth_at(*each, "matters") ? 1 : 0;
    const Text place = text("{} of {}", at_ + 1, shown_.size() + waiting.size());
    if (matter == 0) return place;
    return text("{}, {} of them {}", place, matter, matter == 1 ? "matters" : "matter");
  }

  void print_question(const json::value& question) const {
    const json::value& answer = member_of(question, "answer");
    say(text("\n{}\n{}  ({})\n{}{}> ", progress(question), strong(text_at(question, "text")),
             text_at(question, "id"), choices_of(question),
             answer.is_null() ? Text() : text("  now: {}\n", value_words(answer))));
  }

  static Text choices_of(const json::value& question) {
    std::vector<Row> rows;
    for (const json::value& choice : list_at(question, "choices")) {
      rows.push_back(
          {text("  {}", rows.size() + 1), text_at(choice, "name"), text_at(choice, "title")});
    }
    const std::string type = text_at(question, "type");
    if (type == "any-of") rows.push_back({"   ", "none", "none of them; several with commas"});
    if (rows.empty()) return text("  {}\n", type == "yes-no" ? "yes or no" : type);
    return table(rows, terminal_width());
  }

  void explain(const json::value& question) const {
    const std::string help = text_at(question, "help");
    say(text("  {}\n{}",
             Text(help.empty() ? "there is no more to say about it" : help)
                 .wrapped(terminal_width(), 2, 2),
             Text::lines(commands_help)));
  }

  // False where it is no use to go on.
  bool take(const json::value& question, std::string line) {
    if (line == "?") {
      explain(question);
      return true;
    }
    if (line == "b") {
      go_back();
      return true;
    }
    if (line.empty() || line == "s") {
      go_on();
      return true;
    }
    if (line.front() == '=') line.erase(0, 1);
    return send(question, line);
  }

  void go_back() {
    for (std::size_t before = at_; before > 0; --before) {
      const json::value* question = find(shown_[before - 1]);
      if (question == nullptr || !truth_at(*question, "asked")) continue;
      at_ = before - 1;
      went_back_ = true;
      return;
    }
    say(text("  this is the first question\n"));
  }

  void go_on() {
    ++at_;
    went_back_ = false;
  }

  bool send(const json::value& question, const std::string& line) {
    const std::string component = text_at(question, "component");
    std::string name = text_at(question, "id");
    if (!component.empty() && name.rfind(component + "/", 0) == 0)
      name.erase(0, component.size() + 1);
    json::object answers;
    answers[name] = value_of(written_out(line, question), &question);
    const auto response = send_answers(options_, now_.product, component, std::move(answers));
    if (!response) return false;
    if (response->status == 422) {
      complain_of(*response, options_);
      is_refused_ = true;
      return true;
    }
    const auto changed = read_answer(*response, options_);
    if (!changed) return false;
    ++saved_;
    go_on();
    if (options_.json) print_json(*changed);
    say(in_short(known_.apply(*changed), 2));
    auto questions = read_questions(options_, now_.product);
    if (!questions) return false;
    now_ = std::move(*questions);
    return true;
  }

  // Choices by their numbers in the list, as their names.
  static std::string written_out(const std::string& line, const json::value& question) {
    const json::array& choices = list_at(question, "choices");
    if (choices.empty()) return line;
    std::string names;
    for (std::size_t begin = 0; begin <= line.size();) {
      const std::size_t comma = std::min(line.find(',', begin), line.size());
      std::string name = line.substr(begin, comma - begin);
      name.erase(0, name.find_first_not_of(' '));
      name.erase(name.find_last_not_of(' ') + 1);
      std::size_t number = 0;
      const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
      const bool is_number = error == std::errc() && end == name.data() + name.size();
      if (is_number && number > 0 && number <= choices.size())
        name = text_at(choices[number - 1], "name");
      names += (begin == 0 ? "" : ",") + name;
      begin = comma + 1;
    }
    return names;
  }

  int end() {
    const std::size_t open = static_cast<std::size_t>(
        std::count_if(now_.questions.begin(), now_.questions.end(), is_open));
    say(text("\n{} saved; {} open\n", counted(saved_, "answer"),
             open == 0 ? Text("no question is") : text("{} still", counted(open, "question"))));
    if (!options_.json && saved_ > 0) print("\n{}", summary(begin_, now_));
    // Nobody is there to read what was refused.
    return is_refused_ && ::isatty(STDIN_FILENO) != 1 ? exit_bad_input : exit_success;
  }

  const SharedOptions& options_;
  const Questioned begin_;
  Questioned now_;
  Snapshot known_;
  std::vector<std::string> shown_;  // ids, in the order in which they were asked
  std::size_t at_ = 0;              // in `shown_`; at its end: at the next open question
  bool went_back_ = false;          // to the question at `at_`, answered or not
  std::size_t saved_ = 0;
  bool is_refused_ = false;
};

int ask(const std::string& product, const SharedOptions& options) {
  auto questions = read_questions(options, product);
  if (!questions) return exit_bad_input;
  return Walk(options, std::move(*questions)).run();
}

}  // namespace

void add_ask(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  const auto product = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("ask", "asks the open questions of a product one by one");
  command->add_option("PRODUCT", *product)->required();
  command->footer(
      "Answers are read line by line, from a terminal or a pipe. Each answer is saved at once. If "
      "a\n"
      "line is no answer, the reason is printed and the question asked again. At the end it "
      "prints\n"
      "what was saved and what that changed. In a pipe it exits 1 if something was refused. With\n"
      "--json it prints a line of changes for each answer, and the questions go to standard "
      "error.\n\n" +
      std::string(commands_help) +
      "\nExamples:\n  riskctl ask shop\n  printf '%s\\n' internet yes s | riskctl ask shop");
  command->callback([product, &options, &outcome] { outcome.code = ask(*product, options); });
}

}  // namespace riskd::riskctl
