#include "daemon/wire/fact_values.hpp"
#include "daemon/wire/json.hpp"

namespace riskd::wire {
namespace {

using namespace engine;

// Something that is one, or a list of them.
std::vector<Node> one_or_more(const Node& node) {
  return node.is(Json::Kind::array) ? node.items() : std::vector<Node>{node};
}

class FileReader {
 public:
  FileReader(const Node& file, FactsFile& into) : file_(file), into_(into) {}

  void read() {
    file_.only({"product", "now", "fields", "answers", "components", "decisions", "approve",
                "tickets", "results"});
    if (const Node product = file_.at("product"); product.there()) into_.product = product.text();
    into_.now = file_.at("now").time();
    if (const Node node = file_.at("fields"); node.there())
      add(node, FieldsFact{"", read_answers(node)});
    components();
    if (const Node node = file_.at("answers"); node.there())
      add(node, AnswersFact{"", read_answers(node)});
    decisions();
    tickets();
    results();
    approve();
  }

 private:
  void add(const Node& node, FactBody body, std::optional<Instant> at = std::nullopt) {
    into_.facts.push_back(std::move(body));
    into_.times.push_back(at);
    into_.places.push_back(node.pointer());
  }

  void components() {
    const Node node = file_.at("components");
    if (!node.there()) return;
    for (const auto& [id, each] : node.members()) {
      ComponentFact fact = read_component(each, Origin::offline, false);
      fact.id = id;
      add(each, std::move(fact));
    }
  }

  void decisions() {
    const Node node = file_.at("decisions");
    if (!node.there()) return;
    for (const auto& [element, list] : node.members()) {
      for (const Node& each : one_or_more(list)) {
        DecisionFact fact = read_decision(each, Origin::offline, false);
        fact.element = element;
        add(each, std::move(fact));
      }
    }
  }

  void tickets() {
    const Node node = file_.at("tickets");
    if (!node.there()) return;
    for (const auto& [name, each] : node.members()) {
      TicketFact fact = read_ticket(each, Origin::offline, false);
      std::tie(fact.ticket, fact.element) = split_ticket(each, name);
      add(each, std::move(fact));
    }
  }

  void results() {
    const Node node = file_.at("results");
    if (!node.there()) return;
    for (const Node& each : node.items())
      add(each, read_result(each, Origin::offline), each.at("at").time());
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
    add(node, std::move(approval));
  }

  Node file_;
  FactsFile& into_;
};

}  // namespace

Result<FactsFile> read_facts_file(std::string_view text) {
  const auto document = parse_json(text);
  if (!document) return failure(document);
  Reading reading;
  FactsFile file;
  FileReader(Node(reading, &*document, ""), file).read();
  if (reading.failed()) return failure(reading);
  return file;
}

}  // namespace riskd::wire
