#include "daemon/riskctl/questions.hpp"

#include <algorithm>
#include <charconv>
#include <map>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/show_change.hpp"
#include "daemon/wire/serialize.hpp"

namespace riskd::riskctl {
namespace {

std::optional<double> number_of(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

json::array choices_in(const std::string& text) {
  json::array list;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t comma = std::min(text.find(',', begin), text.size());
    if (comma > begin) list.emplace_back(text.substr(begin, comma - begin));
    begin = comma + 1;
  }
  return list;
}

bool has_choice(const json::value& question, const std::string& name) {
  const json::array& choices = list_at(question, "choices");
  return std::any_of(choices.begin(), choices.end(),
                     [&](const json::value& choice) { return text_at(choice, "name") == name; });
}

std::map<std::string, const json::value*> by_id(const json::array& questions) {
  std::map<std::string, const json::value*> ids;
  for (const json::value& question : questions) ids.emplace(text_at(question, "id"), &question);
  return ids;
}

}  // namespace

const json::value* Questioned::find(const std::string& component, const std::string& name) const {
  for (const json::value& question : questions) {
    if (text_at(question, "component") != component) continue;
    std::string id = text_at(question, "id");
    if (!component.empty() && id.rfind(component + "/", 0) == 0) id.erase(0, component.size() + 1);
    if (id == name) return &question;
    const std::size_t dot = id.rfind('.');
    if (dot != std::string::npos && id.substr(dot + 1) == name) return &question;
  }
  return nullptr;
}

std::optional<Questioned> read_questions(const SharedOptions& options, const std::string& product) {
  const auto asked = ask_daemon(options, "GET", product_target(product, "/questionnaire"));
  if (!asked) return std::nullopt;
  return Questioned{product, snapshot(options, product), list_at(*asked, "questions")};
}

bool is_open(const json::value& question) {
  return truth_at(question, "asked") && !truth_at(question, "answered");
}

json::value value_of(const std::string& text, const json::value* question) {
  if (text.empty()) return nullptr;
  const std::string type = question == nullptr ? "" : text_at(*question, "type");
  if (type == "any-of") {
    if (text == "none" && !has_choice(*question, text)) return json::array();
    return choices_in(text);
  }
  if (type == "yes-no" || type.empty()) {
    if (text == "yes" || text == "true" || text == "y") return true;
    if (text == "no" || text == "false" || text == "n") return false;
  }
  if (type == "number" || type == "percent" || type.empty()) {
    if (const auto number = number_of(text)) return *number;
  }
  return json::value(text);
}

std::optional<client::Response> send_answers(const SharedOptions& options,
                                             const std::string& product,
                                             const std::string& component, json::object answers) {
  client::Request request;
  request.method = "PATCH";
  request.target =
      component.empty()
          ? product_target(product, "/answers")
          : product_target(product, "/components/" + client::encode(component) + "/answers");
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = wire::serialize({{"answers", std::move(answers)}});
  auto response = send(options, std::move(request));
  if (response) return std::move(*response);
  complain(response.error());
  return std::nullopt;
}

Text summary(const Questioned& before, const Questioned& after) {
  const auto earlier = by_id(before.questions);
  std::vector<Row> answered, opened;
  for (const json::value& question : after.questions) {
    const std::string id = text_at(question, "id");
    const auto was = earlier.find(id);
    const std::string old =
        was == earlier.end() ? "–" : value_words(member_of(*was->second, "answer"));
    const std::string now = value_words(member_of(question, "answer"));
    if (old != now) answered.push_back({text("  {}", id), text("{} → {}", old, now)});
    const bool was_open = was != earlier.end() && is_open(*was->second);
    if (is_open(question) && !was_open)
      opened.push_back({text("  {}", id), text_at(question, "text")});
  }
  const Change change = between(before.model, after.model);
  Text all = rating_line(after.product, change);
  if (answered.empty()) {
    all += text("  every answer is as it was\n");
  } else {
    all += table(answered, terminal_width());
  }
  all += shown(change);
  if (!opened.empty()) {
    all += text("\n{}\n{}", strong("open now"), table(opened, terminal_width()));
  }
  return all;
}

}  // namespace riskd::riskctl
