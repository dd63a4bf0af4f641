#include "daemon/wire/fact_values.hpp"
#include "daemon/wire/json.hpp"

namespace riskd::wire {
namespace {

using namespace engine;

class FileReader {
 public:
  FileReader(const Node& file, FactsFile& into) : file_(file), into_(into) {}

  void read() {
    file_.only({"product", "now", "fields", "answers", "components", "decisions", "approve",
                "tickets", "results"});
    if (const Node product = file_.at("product"); product.there()) into_.product = product.text();
    into_.now = file_.at("now").time();
    if (const Node node = file_.at("fields"); node.there())
      add("/fields", FieldsFact{"", read_answers(node)});
    components();
    if (const Node node = file_.at("answers"); node.there())
      add("/answers", AnswersFact{"", read_answers(node)});
    decisions();
    tickets();
    results();
    approve();
  }

 private:
  // `place` is the fact's in the file. It is built on the way down: Reading::pointer_of would go through the whole file
  // for each fact.
  void add(std::string place, FactBody body, std::optional<Instant> at = std::nullopt) {
    into_.facts.push_back(std::move(body));
    into_.times.push_back(at);
    into_.places.push_back(std::move(place));
  }

  void components() {
    const Node node = file_.at("components");
    if (!node.there()) return;
    for (const auto& [id, each] : node.members()) {
      ComponentFact fact = read_component(each, Origin::offline, false);
      fact.id = id;
      add("/components" + pointer_step(id), std::move(fact));
    }
  }

  void decisions() {
    const Node node = file_.at("decisions");
    if (!node.there()) return;
    for (const auto& [element, list] : node.members()) {
      const std::string place = "/decisions" + pointer_step(element);
      if (!list.is(Json::Kind::array)) {
        decision(list, element, place);
        continue;
      }
      std::size_t number = 0;
      for (const Node& each : list.items())
        decision(each, element, place + "/" + std::to_string(number++));
    }
  }

  void decision(const Node& node, std::string_view element, std::string place) {
    DecisionFact fact = read_decision(node, Origin::offline, false);
    fact.element = element;
    add(std::move(place), std::move(fact));
  }

  void tickets() {
    const Node node = file_.at("tickets");
    if (!node.there()) return;
    for (const auto& [name, each] : node.members()) {
      TicketFact fact = read_ticket(each, Origin::offline, false);
      std::tie(fact.ticket, fact.element) = split_ticket(each, std::string(name));
      add("/tickets" + pointer_step(name), std::move(fact));
    }
  }

  void results() {
    const Node node = file_.at("results");
    if (!node.there()) return;
    std::size_t number = 0;
    for (const Node& each : node.items()) {
      const std::optional<Instant> at = each.at("at").time();
      add("/results/" + std::to_string(number++), read_result(each, Origin::offline), at);
    }
  }

  void approve() {
    const Node node = file_.at("approve");
    if (!node.there()) return;
    ApproveFact approval;
    if (node.is(Json::Kind::boolean)) {
      if (!node.truth()) return;
      approval.all = true;
    } else {
      approval = read_approve(node, Origin::offline);
    }
    add("/approve", std::move(approval));
  }

  Node file_;
  FactsFile& into_;
};

}  // namespace

Result<FactsFile> read_facts_file(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return failure(document);
  Reading reading(*document);
  FactsFile file;
  FileReader(reading.root(), file).read();
  if (reading.failed()) return failure(reading);
  return file;
}

}  // namespace riskd::wire
