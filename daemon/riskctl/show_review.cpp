#include "daemon/riskctl/show_review.hpp"

#include <string>
#include <vector>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"

namespace riskd::riskctl {
namespace {

void line(const Text& margin, const Text& paragraph) {
  print("{}\n", beside(margin, text("{}  ", margin), paragraph, terminal_width()));
}

Text named(const json::value& element) {
  return text("{}  {}", text_at(element, "title"),
              Text(text_at(element, "element")).in(Style::faint));
}

void print_added(const json::array& added) {
  if (!added.empty()) print("\n{}\n", strong("new"));
  for (const json::value& each : added) {
    line("  ", text("{}: {}", text_at(each, "kind"), named(each)));
    std::vector<std::string> values;
    if (const json::object* members = member_of(each, "values").if_object()) {
      for (const auto& value : *members)
        values.push_back(std::string(value.key()) + " " + text_of(value.value()));
    }
    if (!values.empty()) line("    ", joined(values));
  }
}

// Returns how many elements they are.
std::size_t print_changed(const json::array& changed) {
  std::size_t elements = 0;
  if (!changed.empty()) print("\n{}\n", strong("changed since the approval"));
  std::string element;
  for (const json::value& each : changed) {
    if (text_at(each, "element") != element) {
      line("  ", named(each));
      element = text_at(each, "element");
      ++elements;
    }
    const std::string because = text_at(each, "because");
    const std::string from = text_at(each, "from");
    const std::string to = text_at(each, "to");
    line("    ", text("{}: {} → {}{}", text_at(each, "attribute"), from.empty() ? "–" : from,
                      to.empty() ? "–" : to, because.empty() ? "" : ", " + because));
  }
  return elements;
}

}  // namespace

void print_review(const json::value& review) {
  const bool is_first = member_of(review, "since").is_null();
  print("{}: {}\n", strong(text_at(review, "product")),
        is_first ? Text("not approved yet")
                 : text("approved by {}, {}", text_at(review, "approved-by"),
                        moment_words(text_at(review, "approved-at"))));
  print_added(list_at(review, "added"));
  const std::size_t changed = print_changed(list_at(review, "changed"));
  const json::array& removed = list_at(review, "removed");
  if (!removed.empty()) print("\n{}\n", strong("no longer in the model"));
  for (const json::value& each : removed) line("  ", text_of(each));
  const std::string missing = text_at(review, "missing-fields");
  print("\n");
  if (!missing.empty())
    line("", text("{} without a value, which hold the approval back: {}",
                  Text("required fields").in(Style::caution), missing));
  print("{} new, {} changed, {} gone, {} as approved\nversion {}\n",
        list_at(review, "added").size(), changed, removed.size(), text_at(review, "unchanged"),
        text_at(review, "version"));
}

}  // namespace riskd::riskctl
