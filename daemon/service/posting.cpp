#include "daemon/service/posting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "daemon/wire/json.hpp"
#include "engine/base/limits.hpp"
#include "engine/explain/review.hpp"
#include "engine/facts/answers.hpp"
#include "engine/facts/resolve_names.hpp"
#include "engine/facts/resolve_values.hpp"

namespace riskd::service {
namespace {

// Of its product and version; `view` is null where there is no product.
std::optional<PostError> refusal(const Posting& posting, const ProductView* view) {
  const auto& id = posting.product;
  if (id.empty() || id.size() > limits::id_bytes) {
    return PostError{Refusal::invalid,
                     "bad product id",
                     fmt::format("a product id has 1 to {} bytes", limits::id_bytes),
                     {}};
  }
  const bool exists = view != nullptr && !view->live.facts().removed.value;
  if (!exists && !posting.make_product) {
    return PostError{
        Refusal::unknown, "unknown product", fmt::format("there is no product `{}`", id), {}};
  }
  const std::string version = view == nullptr ? "" : view->version();
  if (posting.if_match && *posting.if_match != version) {
    return PostError{Refusal::outdated,
                     "another version",
                     fmt::format("the product is at {}, not at {}", version, *posting.if_match),
                     {}};
  }
  return std::nullopt;
}

// Only what the review shows can be approved.
std::vector<engine::FactError> not_shown(const engine::Program& program, const Approval& approval,
                                         const engine::Model& model) {
  std::vector<engine::FactError> errors;
  if (!approval.elements) return errors;
  const std::vector<std::string> shown = engine::approvable(model);
  for (std::size_t i = 0; i < approval.elements->size(); ++i) {
    const std::string& element = (*approval.elements)[i];
    if (std::binary_search(shown.begin(), shown.end(), engine::resolve_element(program, element)))
      continue;
    errors.push_back({fmt::format("/elements/{}", i),
                      "not-in-review",
                      fmt::format("the model shows no element `{}`", element),
                      {}});
  }
  return errors;
}

std::optional<PostError> stale_approval(const Approval& approval, const PolicyInForce& policy,
                                        const ProductView& view) {
  const engine::Model& model = view.model();
  if (!model.missing_fields.empty()) {
    std::vector<engine::FactError> errors;
    std::string names;
    for (const std::string& field : model.missing_fields) {
      errors.push_back({"/fields/" + field.substr(field.rfind('.') + 1),
                        "missing-field",
                        fmt::format("the field `{}` is required and has no value", field),
                        {}});
      names += (names.empty() ? "`" : ", `") + field + "`";
    }
    return PostError{Refusal::conflict, "a required field has no value",
                     fmt::format("approval waits for {}, which {} no value", names,
                                 errors.size() == 1 ? "has" : "have"),
                     std::move(errors)};
  }
  if (auto errors = not_shown(*policy.program, approval, model); !errors.empty()) {
    const std::string detail = errors.front().message;
    return PostError{Refusal::invalid, "this is not in the review", detail, std::move(errors)};
  }
  if (!approval.version || *approval.version == view.review_version()) return std::nullopt;
  return PostError{
      Refusal::conflict,
      "the review has changed",
      "the model is not what was reviewed: it has changed since. Look at the new review",
      {{"/version",
        "changed-review",
        "this is the version of an earlier review",
        {view.review_version()}}}};
}

// By its id, or its name alone.
const engine::QuestionRow* question_of(const ProductView& view, const Seen& seen) {
  const std::string component = seen.component.empty() ? "" : seen.component + "/";
  for (const engine::QuestionRow& row : view.model().questions) {
    if (row.component != seen.component) continue;
    if (row.id == component + seen.question || row.id.ends_with("." + seen.question)) return &row;
  }
  return nullptr;
}

// The answer or decision that holds, of what a poster says to have seen; without value where there is none.
engine::Stamped<engine::RawValue> what_holds(const engine::Program& program,
                                             const ProductView& view, const Seen& seen) {
  if (seen.question.empty()) {
    const auto& decisions = view.facts().decisions;
    const std::string element = engine::resolve_element(program, seen.element);
    const auto found = decisions.find({element.empty() ? seen.element : element, seen.aspect});
    if (found == decisions.end()) return {};
    const engine::DecisionFact& fact = found->second.value;
    const bool has_ended = fact.until && *fact.until < date_of(view.live.now());
    if (has_ended) return {};
    if (fact.state == engine::DecisionState::set) return {fact.value, found->second.from};
    return {std::string(to_string(fact.state)), found->second.from};
  }
  const engine::QuestionRow* row = question_of(view, seen);
  if (row == nullptr || !row->answered || !row->from) return {};
  return {engine::answer_of(view.facts(), row->component, program.questions[row->definition]),
          *row->from};
}

// What somebody else said of the same thing since the poster saw it.
std::vector<engine::FactError> conflicts(const engine::Program& program, const ProductView& view,
                                         const std::vector<Seen>& seen) {
  std::vector<engine::FactError> errors;
  for (const Seen& each : seen) {
    const auto said = what_holds(program, view, each);
    engine::RawValue value = each.value;
    if (const auto* row = each.question.empty() ? nullptr : question_of(view, each))
      engine::fit_value(program, program.questions[row->definition].type, value);
    if (said.value == value) continue;
    engine::FactError error{
        each.pointer, "conflict", "somebody has said something else meanwhile", {}};
    error.theirs = said;
    errors.push_back(std::move(error));
  }
  return errors;
}

// What makes a posting stale, though the product is there and nothing else is wrong with it.
std::optional<PostError> stale(const Posting& posting, const PolicyInForce& policy,
                               const ProductView& view) {
  if (posting.approval) return stale_approval(*posting.approval, policy, view);
  auto errors = conflicts(*policy.program, view, posting.seen);
  if (errors.empty()) return std::nullopt;
  const std::string detail = errors.front().message;
  return PostError{Refusal::conflict, "it has changed meanwhile", detail, std::move(errors)};
}

// Whether facts after a wrong one see it.
enum class Wrong { counts, is_left_out };

// Resolves one fact after the other, each as if those before it were folded; the errors of each.
std::vector<std::vector<engine::FactError>> resolve_each(const engine::Program& program,
                                                         const engine::Product& product,
                                                         std::vector<PostedFact>& facts,
                                                         Instant now, Wrong wrong) {
  if (facts.size() == 1) return {engine::resolve(program, product, facts.front().body, now)};
  engine::Product so_far = product;
  std::vector<std::vector<engine::FactError>> errors;
  errors.reserve(facts.size());
  for (PostedFact& fact : facts) {
    errors.push_back(engine::resolve(program, so_far, fact.body, now));
    if (!errors.back().empty() && wrong == Wrong::is_left_out) continue;
    engine::fold(so_far, {{so_far.last_seq + 1, now, {}}, fact.body});
  }
  return errors;
}

std::vector<engine::FactError> resolve_all(const engine::Program& program,
                                           const engine::Product& product,
                                           std::vector<PostedFact>& facts, Instant now) {
  std::vector<engine::FactError> errors;
  for (auto& found : resolve_each(program, product, facts, now, Wrong::counts))
    std::move(found.begin(), found.end(), std::back_inserter(errors));
  return errors;
}

// `errors` is not empty.
PostError not_taken(std::vector<engine::FactError> errors) {
  const std::string detail = errors.front().message;
  const bool taken = errors.front().code == "taken";
  return {taken ? Refusal::conflict : Refusal::invalid, "the policy does not take this", detail,
          std::move(errors)};
}

}  // namespace

Judged judge(const Posting& posting, const PolicyInForce& policy, const ProductView* view,
             Instant now) {
  Judged judged;
  judged.error = refusal(posting, view);
  if (!judged.error && view != nullptr) judged.error = stale(posting, policy, *view);
  if (judged.error) return judged;
  const engine::Program& program = *policy.program;
  std::vector<PostedFact>& facts = judged.facts;
  facts = posting.facts;
  if (posting.apart) {
    judged.each = resolve_each(program, view->facts(), facts, now, Wrong::is_left_out);
    std::size_t right = 0;
    for (std::size_t i = 0; i < facts.size(); ++i) {
      if (!judged.each[i].empty()) continue;
      if (right != i) facts[right] = std::move(facts[i]);
      ++right;
    }
    facts.resize(right);
    return judged;
  }
  if (posting.approval && view != nullptr)
    facts.push_back(
        {engine::approve(program, view->facts(), view->model(), posting.approval->elements),
         std::nullopt});
  const bool makes = view == nullptr || view->facts().removed.value;
  const bool says_so =
      !facts.empty() && std::holds_alternative<engine::ProductFact>(facts.front().body);
  if (makes && !says_so) facts.insert(facts.begin(), {engine::ProductFact{}, std::nullopt});
  engine::Product fresh;
  fresh.id = posting.product;
  auto wrong = resolve_all(program, view != nullptr ? view->facts() : fresh, facts, now);
  if (!wrong.empty()) judged.error = not_taken(std::move(wrong));
  return judged;
}

Posted posted_of(const Judged& judged, std::uint64_t policy, std::uint64_t seq, std::string change,
                 const engine::LiveProduct& product) {
  Posted posted;
  posted.policy = policy;
  posted.seq = seq;
  engine::Deltas unchanged;
  unchanged.rating = product.rating();
  // The facts of one change are stored one after the other.
  const auto taken = std::count_if(judged.each.begin(), judged.each.end(),
                                   [](const auto& errors) { return errors.empty(); });
  std::uint64_t each_seq = seq - static_cast<std::uint64_t>(taken);
  const std::string changed_nothing = wire::write_changed(product, unchanged);
  for (const auto& errors : judged.each) {
    if (!errors.empty()) {
      posted.each.emplace_back(Unexpected<PostError>(not_taken(errors)));
    } else if (++each_seq == seq) {
      posted.each.emplace_back(change);
    } else {
      posted.each.emplace_back(wire::numbered(each_seq, changed_nothing));
    }
  }
  posted.change = std::move(change);
  return posted;
}

}  // namespace riskd::service
