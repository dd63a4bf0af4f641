#include "engine/apply.hpp"

#include <utility>

#include "engine/evaluator.hpp"

namespace riskd::engine {

LiveProduct::LiveProduct(Policy policy, std::string id)
    : policy_(std::move(policy)), facts_(std::make_unique<Product>()) {
  facts_->id = std::move(id);
}

LiveProduct::LiveProduct(Policy policy, Product facts, Instant now)
    : policy_(std::move(policy)),
      facts_(std::make_unique<Product>(std::move(facts))),
      now_(now),
      begun_(true) {
  Evaluator& made = evaluator();
  rating_ = made.rating();
  next_change_ = made.next_change();
}

LiveProduct::LiveProduct(const LiveProduct& other)
    : policy_(other.policy_),
      facts_(std::make_unique<Product>(*other.facts_)),
      now_(other.now_),
      begun_(other.begun_),
      rating_(other.rating_),
      next_change_(other.next_change_) {
  if (other.evaluator_) evaluator_ = std::make_unique<Evaluator>(*other.evaluator_, *facts_);
}

LiveProduct::LiveProduct(LiveProduct&& other) noexcept
    : policy_(std::move(other.policy_)),
      facts_(std::move(other.facts_)),
      now_(other.now_),
      begun_(other.begun_),
      rating_(other.rating_),
      next_change_(other.next_change_),
      evaluator_(std::move(other.evaluator_)),
      model_(std::move(other.model_)) {}

LiveProduct& LiveProduct::operator=(LiveProduct other) noexcept {
  policy_ = std::move(other.policy_);
  evaluator_ = std::move(other.evaluator_);
  model_ = std::move(other.model_);
  facts_ = std::move(other.facts_);
  now_ = other.now_;
  begun_ = other.begun_;
  rating_ = other.rating_;
  next_change_ = other.next_change_;
  return *this;
}

LiveProduct::~LiveProduct() = default;

Evaluator& LiveProduct::evaluator() const {
  if (!evaluator_) {
    evaluator_ = std::make_unique<Evaluator>(*policy_, *facts_, now_);
    evaluator_->begin();
  }
  return *evaluator_;
}

Deltas LiveProduct::apply(std::vector<Fact> facts, Instant now) {
  model_.reset();
  Deltas deltas;
  if (!begun_) {
    for (const Fact& fact : facts) fold(*facts_, fact);
    begun_ = true;
    now_ = now;
    evaluator_ = std::make_unique<Evaluator>(*policy_, *facts_, now_);
    deltas = evaluator_->begin();
  } else {
    Evaluator& evaluation = evaluator();
    for (const Fact& fact : facts) evaluation.expect(fact);
    for (const Fact& fact : facts) fold(*facts_, fact);
    deltas = evaluation.update(now);
    now_ = evaluation.now();
  }
  rating_ = deltas.rating;
  next_change_ = evaluator_->next_change();
  return deltas;
}

void LiveProduct::cool() {
  evaluator_.reset();
  model_.reset();
}

double LiveProduct::rating() const { return rating_; }

std::optional<Instant> LiveProduct::next_change() const { return next_change_; }

RiskRow LiveProduct::risk(const std::string& id) const {
  Evaluator& evaluation = evaluator();
  const std::size_t slash = id.find('/');
  for (const auto& scope : evaluation.scopes()) {
    if (scope->id != (slash == std::string::npos ? "" : id.substr(0, slash))) continue;
    const auto found =
        policy_->risk_by_id.find(id.substr(slash == std::string::npos ? 0 : slash + 1));
    if (found == policy_->risk_by_id.end()) break;
    if (RiskInstance* risk = scope->risk_of.find(found->second)) return evaluation.describe(*risk);
  }
  return {};
}

const Model& LiveProduct::model() const {
  if (!model_) model_ = std::make_unique<const Model>(evaluator().model());
  return *model_;
}

Deltas difference(const LiveProduct& before, const LiveProduct& after) {
  return after.evaluator().difference_from(&before.evaluator());
}

}  // namespace riskd::engine
