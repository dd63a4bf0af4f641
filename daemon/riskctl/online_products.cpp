// riskctl product, component.
#include <memory>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/online.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/riskctl/show_change.hpp"

namespace riskd::riskctl {
namespace {

struct ProductOptions {
  std::string product, title, component, type;
  std::vector<std::string> fields;
};

// "owner=payments" as {"owner": "payments"}; nullopt where one has no `=`.
std::optional<json::object> fields_of(const std::vector<std::string>& given) {
  json::object fields;
  for (const std::string& field : given) {
    const std::size_t equals = field.find('=');
    if (equals == std::string::npos || equals == 0) {
      complain({ErrorCode::invalid, "`" + field + "` is not NAME=VALUE", {}});
      return std::nullopt;
    }
    const std::string value = field.substr(equals + 1);
    fields[field.substr(0, equals)] = value.empty() ? json::value() : json::value(value);
  }
  return fields;
}

// "shop: rating 46.88 → 87.5" and what else `answer` says has changed.
void print_rating_and_change(const std::string& product, Snapshot before,
                             const json::value& answer) {
  const Change change = before.apply(answer);
  print("{}{}", rating_line(product, change), shown(change));
}

int add(const ProductOptions& given, const SharedOptions& options) {
  auto fields = fields_of(given.fields);
  if (!fields) return exit_usage;
  Snapshot before = snapshot(options, given.product);
  json::object body;
  if (!given.title.empty()) body["title"] = given.title;
  if (!fields->empty()) body["fields"] = std::move(*fields);
  const json::value sent = std::move(body);
  const auto answer = ask_daemon(options, "PUT", product_target(given.product), &sent);
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  print_rating_and_change(given.product, std::move(before), *answer);
  return exit_success;
}

int list(const SharedOptions& options) {
  auto items = ask_list(options, "/v1/products");
  if (!items) return exit_bad_input;
  if (options.json) return print_json({{"items", *items}, {"next", nullptr}});
  std::vector<Row> rows = {
      heading({"PRODUCT", "RATING", "BAND", "APPROVED", "OPEN QUESTIONS", "TITLE"})};
  for (const json::value& item : *items) {
    rows.push_back({text_at(item, "product"), text_at(item, "rating"), text_at(item, "band"),
                    text_at(item, "approved"), text_at(item, "open-questions"),
                    text_at(item, "title")});
  }
  if (rows.size() == 1) {
    print("no products yet: `riskctl product add NAME`\n");
  } else {
    print(table(rows, terminal_width()));
  }
  return exit_success;
}

void print_members(const json::value& object, std::string_view name, std::string_view before_each) {
  const json::value* member = object.as_object().if_contains(name);
  if (member == nullptr || !member->is_object() || member->as_object().empty()) return;
  print("{}{}\n", before_each, name);
  for (const auto& each : member->as_object()) {
    print("{}  {} = {}\n", before_each, each.key(), text_of(each.value()));
  }
}

int show(const ProductOptions& given, const SharedOptions& options) {
  const auto answer = ask_daemon(options, "GET", product_target(given.product));
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  const std::string title = text_at(*answer, "title");
  const std::string open = text_at(*answer, "open-questions");
  print("{}{}\nrating {} {}, {}, {} open {}\n", strong(given.product),
        title.empty() ? "" : ": " + title, text_at(*answer, "rating"), text_at(*answer, "band"),
        truth_at(*answer, "approved") ? "approved" : "not approved", open,
        open == "1" ? "question" : "questions");
  const std::string missing = text_at(*answer, "missing-fields");
  if (!missing.empty()) print("required and without value: {}\n", missing);
  print_members(*answer, "fields", "");
  const json::value* components = answer->as_object().if_contains("components");
  if (components == nullptr || !components->is_object()) return exit_success;
  for (const auto& each : components->as_object()) {
    print("component {} : {}\n", each.key(), text_at(each.value(), "type"));
    print_members(each.value(), "answers", "  ");
    print_members(each.value(), "fields", "  ");
  }
  return exit_success;
}

int remove(const ProductOptions& given, const SharedOptions& options) {
  const auto answer = ask_daemon(options, "DELETE", product_target(given.product));
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  print("{} is removed\n", given.product);
  return exit_success;
}

std::string component_target(const ProductOptions& given) {
  return product_target(given.product, "/components/" + client::encode(given.component));
}

int add_component(const ProductOptions& given, const SharedOptions& options) {
  auto fields = fields_of(given.fields);
  if (!fields) return exit_usage;
  json::object body;
  body["type"] = given.type;
  if (!fields->empty()) body["fields"] = std::move(*fields);
  const json::value sent = std::move(body);
  Snapshot before = snapshot(options, given.product);
  const auto answer = ask_daemon(options, "PUT", component_target(given), &sent);
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  print("{}/{} : {}\n", given.product, given.component, given.type);
  print_rating_and_change(given.product, std::move(before), *answer);
  return exit_success;
}

int remove_component(const ProductOptions& given, const SharedOptions& options) {
  Snapshot before = snapshot(options, given.product);
  const auto answer = ask_daemon(options, "DELETE", component_target(given));
  if (!answer) return exit_bad_input;
  if (options.json) return print_json(*answer);
  print("{}/{} is removed\n", given.product, given.component);
  print_rating_and_change(given.product, std::move(before), *answer);
  return exit_success;
}

}  // namespace

void add_products(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* product = app.add_subcommand("product", "products: add, list, show, rm");
  product->require_subcommand(1);
  product->footer(
      "Examples:\n  riskctl product add shop --title Shop --field owner=payments\n"
      "  riskctl product list");
  const auto given = std::make_shared<ProductOptions>();
  CLI::App* one = product->add_subcommand("add", "makes a product, or sets its title and fields");
  one->add_option("PRODUCT", given->product)->required();
  one->add_option("--title", given->title, "what people call it");
  one->add_option("--field", given->fields, "NAME=VALUE, as often as needed");
  one->footer("Example:\n  riskctl product add shop --field owner=payments");
  one->callback([given, &options, &outcome] { outcome.code = add(*given, options); });
  one = product->add_subcommand("list", "all products with their ratings");
  one->footer("Example:\n  riskctl product list --json");
  one->callback([&options, &outcome] { outcome.code = list(options); });
  one = product->add_subcommand("show", "a product's fields and components");
  one->add_option("PRODUCT", given->product)->required();
  one->footer("Example:\n  riskctl product show shop");
  one->callback([given, &options, &outcome] { outcome.code = show(*given, options); });
  one = product->add_subcommand("rm", "removes a product");
  one->add_option("PRODUCT", given->product)->required();
  one->footer("Example:\n  riskctl product rm shop");
  one->callback([given, &options, &outcome] { outcome.code = remove(*given, options); });
}

void add_components(CLI::App& app, SharedOptions& options, Outcome& outcome) {
  CLI::App* component = app.add_subcommand("component", "a product's components: add, rm");
  component->require_subcommand(1);
  component->footer("Example:\n  riskctl component add shop api --type web-service");
  const auto given = std::make_shared<ProductOptions>();
  CLI::App* one = component->add_subcommand("add", "adds a component, or changes its type");
  one->add_option("PRODUCT", given->product)->required();
  one->add_option("COMPONENT", given->component)->required();
  one->add_option("--type", given->type, "a component type of the policy")->required();
  one->add_option("--field", given->fields, "NAME=VALUE, as often as needed");
  one->footer("Example:\n  riskctl component add shop api --type web-service");
  one->callback([given, &options, &outcome] { outcome.code = add_component(*given, options); });
  one = component->add_subcommand("rm", "removes a component");
  one->add_option("PRODUCT", given->product)->required();
  one->add_option("COMPONENT", given->component)->required();
  one->footer("Example:\n  riskctl component rm shop api");
  one->callback([given, &options, &outcome] { outcome.code = remove_component(*given, options); });
}

}  // namespace riskd::riskctl
