// `compare`: what differs in a product between two moments, or under two policies.
#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <map>

#include "daemon/api/routes.hpp"
#include "daemon/api/then.hpp"
#include "daemon/wire/json.hpp"
#include "daemon/wire/serialize.hpp"

namespace riskd::api {
namespace {

using server::Response;
using service::Moment;
using service::Then;

constexpr std::string_view revision_word = "revision:";

// A moment, or "revision:3".
Result<Moment, Response> read_side(const Call& call, const std::string& name) {
  const std::string text = call.query(name);
  Moment side;
  if (!text.starts_with(revision_word)) {
    side.at = parse_instant(text);
    if (side.at) return side;
    return Unexpected(refusal(
        400, fmt::format("`{}` is a time such as 2026-11-23T02:10:00Z, or a revision of the "
                         "policy such as revision:3, not `{}`",
                         name, text)));
  }
  std::uint64_t revision = 0;
  const char* const begin = text.data() + revision_word.size();
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), revision);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Unexpected(refusal(
        400, fmt::format("`{}` names a revision such as revision:3, not `{}`", name, text)));
  }
  side.revision = revision;
  return side;
}

struct Sides {
  Moment a, b;
};
Result<Sides, Response> read_sides(const Call& call) {
  auto a = read_side(call, "a");
  if (!a) return failure(a);
  auto b = read_side(call, "b");
  if (!b) return failure(b);
  if (a->revision.has_value() != b->revision.has_value()) {
    return Unexpected(refusal(
        400, "`a` and `b` are two moments, or two revisions of the policy: not one of each"));
  }
  if (!call.has_query("at")) return Sides{*a, *b};
  if (!a->revision) {
    return Unexpected(refusal(400,
                              "`at` is the moment at which two revisions are compared; `a` and "
                              "`b` are moments already"));
  }
  auto at = read_moment("at", call.query("at"));
  if (!at) return failure(at);
  a->at = b->at = *at;
  return Sides{*a, *b};
}

json::value risk_json(const engine::RiskRow* row) {
  if (row == nullptr) return nullptr;
  json::object object;
  object["inherent"] = to_json(row->inherent);
  object["current"] = to_json(row->current);
  object["projected"] = to_json(row->projected);
  object["band"] = word_or_null(row->band);
  return object;
}

json::value weakness_json(const engine::WeaknessRow* row) {
  if (row == nullptr) return nullptr;
  return json::object{{"tested", engine::to_string(row->tested)}};
}

json::value measure_json(const engine::CountermeasureRow* row) {
  if (row == nullptr) return nullptr;
  return json::object{{"state", engine::to_string(row->state)},
                      {"tested", engine::to_string(row->tested)}};
}

json::value ticket_json(const engine::TicketRow* row) {
  if (row == nullptr) return nullptr;
  return json::object{{"desired", row->desired == engine::Desired::open ? "open" : "closed"}};
}

// What differs between two views of a product, as lists of JSON: of each thing both sides.
class Comparison {
 public:
  Comparison(const service::ProductView& a, const service::ProductView& b)
      : a_(a.model()), b_(b.model()), change_(service::change(a, b)) {
    for (const engine::RiskChange& each : change_.deltas.risks)
      if (!each.was.empty()) former_[each.id.str()] = each.was;
    for (const engine::StateChange& each : change_.deltas.states) {
      if (!each.was.empty()) former_[each.id.str()] = each.was;
      elements_[each.id.str()];
    }
    for (const std::vector<std::string>* list :
         {&change_.elements.added, &change_.elements.removed})
      for (const std::string& id : *list) elements_[id];
  }

  void add_to(json::object& answer) const {
    answer["patterns"] = patterns();
    answer["risks"] = risks();
    json::array weaknesses, countermeasures;
    for (const auto& [id, nothing] : elements_) {
      const std::string was = former(id);
      add(weaknesses, id, a_.weakness(was), b_.weakness(id), weakness_json);
      add(countermeasures, id, a_.countermeasure(was), b_.countermeasure(id), measure_json);
    }
    answer["weaknesses"] = std::move(weaknesses);
    answer["countermeasures"] = std::move(countermeasures);
    answer["tickets"] = tickets();
  }

 private:
  std::string former(const std::string& id) const {
    const auto known = former_.find(id);
    return known == former_.end() ? id : known->second;
  }

  // Nothing where neither side has it.
  template <typename Row>
  void add(json::array& list, const std::string& id, const Row* before, const Row* now,
           json::value (*side)(const Row*)) const {
    if (before == nullptr && now == nullptr) return;
    json::object item;
    item["id"] = id;
    if (former_.contains(id)) item["was"] = former(id);
    item["title"] = now == nullptr ? before->title : now->title;
    item["a"] = side(before);
    item["b"] = side(now);
    list.push_back(std::move(item));
  }

  json::array risks() const {
    json::array list;
    for (const engine::RiskChange& each : change_.deltas.risks) {
      const std::string& id = each.id.str();
      add(list, id, a_.risk(former(id)), each.ended ? nullptr : b_.risk(id), risk_json);
    }
    return list;
  }

  json::array tickets() const {
    json::array list;
    for (const engine::TicketChange& each : change_.deltas.tickets) {
      json::object item;
      item["ticket"] = each.ticket;
      item["for"] = each.element;
      item["a"] = ticket_json(a_.ticket(each.ticket, former(each.element)));
      item["b"] = ticket_json(b_.ticket(each.ticket, each.element));
      list.push_back(std::move(item));
    }
    return list;
  }

  json::object patterns() const {
    const auto only_in = [](std::vector<std::string> one, std::vector<std::string> other) {
      std::sort(one.begin(), one.end());
      std::sort(other.begin(), other.end());
      std::vector<std::string> only;
      std::set_difference(one.begin(), one.end(), other.begin(), other.end(),
                          std::back_inserter(only));
      return to_json(only);
    };
    return {{"begin", only_in(b_.applying, a_.applying)},
            {"end", only_in(a_.applying, b_.applying)}};
  }

  const engine::Model& a_;
  const engine::Model& b_;
  const service::Change change_;
  std::map<std::string, std::string> former_;  // by the id in `b`, that in `a`
  std::map<std::string, bool> elements_;       // weaknesses and countermeasures that differ
};

json::object side_json(const Then& side) {
  json::object object = then_json(side);
  const engine::Model& model = side.view->model();
  object["rating"] = to_json(model.rating);
  object["band"] = word_or_null(model.band);
  return object;
}

}  // namespace

void get_compare(const CallPtr& call) {
  auto sides = read_sides(*call);
  if (!sides) return call->reply(std::move(sides.error()));
  auto a = see_then(*call, sides->a);
  if (!a) return call->reply(std::move(a.error()));
  auto b = see_then(*call, sides->b);
  if (!b) return call->reply(std::move(b.error()));
  if (!sides->b.at) {
    // Both sides are of the same facts, though others may have come in between.
    b->at = a->at;
    b->view = a->view->under(b->policy.compiled.program, a->at);
  }
  json::object answer;
  answer["product"] = call->product();
  answer["a"] = side_json(*a);
  answer["b"] = side_json(*b);
  Comparison(*a->view, *b->view).add_to(answer);
  call->reply(json_answer(std::move(answer)));
}

}  // namespace riskd::api
