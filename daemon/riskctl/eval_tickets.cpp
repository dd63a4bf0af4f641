// riskctl eval --tickets: what riskd would write into a tracker.
#include "daemon/riskctl/eval_tickets.hpp"

#include <boost/json.hpp>
#include <sstream>

#include "daemon/riskctl/layout.hpp"
#include "daemon/riskctl/output.hpp"
#include "daemon/wire/serialize.hpp"
#include "engine/evaluate/reconcile.hpp"

namespace riskd::riskctl {
namespace {

namespace json = boost::json;

json::object as_json(const engine::Effect& effect) {
  json::object item;
  item["kind"] = to_string(effect.kind);
  item["ticket"] = effect.ticket;
  item["for"] = effect.element;
  item["cause"] = effect.cause;
  if (!effect.title.empty()) item["title"] = to_plain(effect.title);
  if (!effect.body.empty()) item["body"] = to_plain(effect.body);
  if (!effect.text.empty()) item["text"] = to_plain(effect.text);
  if (!effect.labels.empty()) item["labels"] = json::value_from(effect.labels);
  if (!effect.priority.empty()) item["priority"] = effect.priority;
  if (!effect.other_ticket.empty())
    item["other"] = effect.other_ticket + ":" + effect.other_element;
  return item;
}

void print_effect(const engine::Effect& effect) {
  print("{} {} for {}: {}\n", Text(std::string(to_string(effect.kind))).in(Style::strong),
        effect.ticket, effect.element, effect.cause);
  if (!effect.title.empty()) print("  title: {}\n", to_plain(effect.title));
  std::string labels;
  for (const std::string& each : effect.labels) labels += (labels.empty() ? "" : ", ") + each;
  if (!labels.empty()) print("  labels: {}\n", labels);
  if (!effect.priority.empty()) print("  priority: {}\n", effect.priority);
  if (!effect.other_ticket.empty())
    print("  related to: {} for {}\n", effect.other_ticket, effect.other_element);
  for (const RichText* each : {&effect.body, &effect.text}) {
    std::istringstream lines(to_plain(*each));
    for (std::string line; std::getline(lines, line);) print("    {}\n", line);
  }
}

}  // namespace

void show_tickets(const engine::Program& program, const engine::Product& product, Instant now,
                  bool as_json_text) {
  const auto effects = engine::reconcile(program, product, now, nullptr);
  if (as_json_text) {
    json::array items;
    for (const engine::Effect& each : effects) items.push_back(as_json(each));
    return print_json_text(wire::serialize(items));
  }
  if (effects.empty()) print("nothing would be written: only what is approved gets a ticket\n");
  for (const engine::Effect& each : effects) print_effect(each);
}

}  // namespace riskd::riskctl
