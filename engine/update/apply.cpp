#include "engine/update/apply.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/evaluate/describe.hpp"
#include "engine/update/difference.hpp"
#include "engine/update/update.hpp"

namespace riskd::engine {

struct LiveProduct::Evaluation {
  Evaluation(const Program& program, const Product& product, Instant now)
      : evaluator(program, product, now) {
    evaluator.compute_all();
  }
  Evaluation(const Evaluation& other, const Product& product)
      : evaluator(other.evaluator, product) {}

  Evaluator evaluator;
  Update update{evaluator};
};

LiveProduct::LiveProduct(Policy policy, std::string id)
    : policy_(std::move(policy)), facts_(std::make_shared<Product>()) {
  facts_->id = std::move(id);
}

LiveProduct::LiveProduct(Policy policy, Product facts, Instant now)
    : LiveProduct(std::move(policy), std::make_shared<Product>(std::move(facts)), now) {}

LiveProduct::LiveProduct(Policy policy, std::shared_ptr<Product> facts, Instant now)
    : policy_(std::move(policy)), facts_(std::move(facts)), now_(now), begun_(true) {
  Evaluator& made = evaluator();
  rating_ = made.values.product_rating();
  next_change_ = made.next_change();
}

LiveProduct LiveProduct::cool(Policy policy, Product facts, Instant now, double rating,
                              std::optional<Instant> next_change) {
  LiveProduct product(std::move(policy), std::string());
  product.facts_ = std::make_shared<Product>(std::move(facts));
  product.now_ = now;
  product.begun_ = true;
  product.rating_ = rating;
  product.next_change_ = next_change;
  return product;
}

LiveProduct::LiveProduct(const LiveProduct& other)
    : policy_(other.policy_),
      facts_(std::make_shared<Product>(*other.facts_)),
      now_(other.now_),
      begun_(other.begun_),
      rating_(other.rating_),
      next_change_(other.next_change_) {
  if (other.evaluation_) evaluation_ = std::make_unique<Evaluation>(*other.evaluation_, *facts_);
}

LiveProduct::LiveProduct(LiveProduct&& other) noexcept
    : policy_(std::move(other.policy_)),
      facts_(std::move(other.facts_)),
      facts_shared_(other.facts_shared_),
      now_(other.now_),
      begun_(other.begun_),
      rating_(other.rating_),
      next_change_(other.next_change_),
      evaluation_(std::move(other.evaluation_)),
      model_(std::move(other.model_)) {}

LiveProduct& LiveProduct::operator=(LiveProduct other) noexcept {
  policy_ = std::move(other.policy_);
  evaluation_ = std::move(other.evaluation_);
  model_ = std::move(other.model_);
  facts_ = std::move(other.facts_);
  facts_shared_ = other.facts_shared_;
  now_ = other.now_;
  begun_ = other.begun_;
  rating_ = other.rating_;
  next_change_ = other.next_change_;
  return *this;
}

LiveProduct::~LiveProduct() = default;

Evaluator& LiveProduct::evaluator() const {
  if (!evaluation_) evaluation_ = std::make_unique<Evaluation>(*policy_, *facts_, now_);
  return evaluation_->evaluator;
}

Product& LiveProduct::own_facts() {
  if (facts_shared_) {
    const std::shared_ptr<Product> shared = std::move(facts_);
    facts_ = std::make_shared<Product>(*shared);
    facts_shared_ = false;
    if (evaluation_) evaluation_->evaluator.read_from(*facts_);
  }
  return *facts_;
}

Deltas LiveProduct::apply(std::vector<Fact> facts, Instant now) {
  model_.reset();
  Product& own = own_facts();
  Deltas deltas;
  if (!begun_) {
    for (Fact& fact : facts) fold(own, std::move(fact));
    begun_ = true;
    now_ = now;
    evaluation_ = std::make_unique<Evaluation>(*policy_, *facts_, now_);
    deltas = engine::difference(nullptr, evaluation_->evaluator);
  } else {
    for (Fact& fact : facts) name_present_components(own, fact.body);
    const bool sets_clock_back = std::any_of(facts.begin(), facts.end(), [](const Fact& fact) {
      return std::holds_alternative<ClockFact>(fact.body);
    });
    if (sets_clock_back) {
      deltas = apply_at(std::move(facts), now);
      deltas.policy = policy_;
      return deltas;
    }
    evaluator();
    Update& update = evaluation_->update;
    for (const Fact& fact : facts) update.expect(fact);
    for (Fact& fact : facts) fold(own, std::move(fact));
    now_ = std::max(now, now_);
    if (update.needs_whole()) {
      const std::unique_ptr<Evaluation> before = std::move(evaluation_);
      evaluation_ = std::make_unique<Evaluation>(*policy_, own, now_);
      deltas = engine::difference(&before->evaluator, evaluation_->evaluator);
    } else {
      deltas = update.bring_to(now_);
    }
  }
  deltas.policy = policy_;
  rating_ = deltas.rating;
  next_change_ = evaluation_->evaluator.next_change();
  return deltas;
}

// At `now`, be it earlier than before: only a correction of the clock may do that.
Deltas LiveProduct::apply_at(std::vector<Fact> facts, Instant now) {
  evaluator();
  const std::unique_ptr<Evaluation> before = std::move(evaluation_);
  for (Fact& fact : facts) fold(*facts_, std::move(fact));
  now_ = now;
  evaluation_ = std::make_unique<Evaluation>(*policy_, *facts_, now_);
  Evaluator& after = evaluation_->evaluator;
  rating_ = after.values.product_rating();
  next_change_ = after.next_change();
  return engine::difference(&before->evaluator, after);
}

void LiveProduct::arrive(const Arrival& arrival) {
  model_.reset();
  engine::arrive(own_facts(), arrival);
}

void LiveProduct::cool() const {
  evaluation_.reset();
  model_.reset();
}

LiveProduct LiveProduct::under(Policy policy, Instant now) const {
  LiveProduct other(std::move(policy), facts_, now);
  facts_shared_ = other.facts_shared_ = true;
  return other;
}

LiveProduct LiveProduct::carried_to(Policy policy) const {
  LiveProduct other(std::move(policy), std::string());
  other.facts_ = facts_;
  facts_shared_ = other.facts_shared_ = true;
  other.now_ = now_;
  other.begun_ = begun_;
  other.rating_ = rating_;
  other.next_change_ = next_change_;
  return other;
}

double LiveProduct::rating() const { return rating_; }

std::optional<Instant> LiveProduct::next_change() const { return next_change_; }

RiskRow LiveProduct::risk(const std::string& id) const {
  Evaluator& evaluation = evaluator();
  RiskInstance* risk = evaluation.elements.risk_named(id);
  return risk == nullptr ? RiskRow{} : describe_rating(evaluation, *risk);
}

const Model& LiveProduct::model() const {
  if (!model_) model_ = std::make_unique<const Model>(model_of(evaluator()));
  return *model_;
}

Turnover turnover(const LiveProduct& before, const LiveProduct& after) {
  const std::vector<std::string> old = before.evaluator().elements.ids(&after.evaluator().elements);
  const std::vector<std::string> now = after.evaluator().elements.ids();
  Turnover result;
  std::set_difference(now.begin(), now.end(), old.begin(), old.end(),
                      std::back_inserter(result.added));
  std::set_difference(old.begin(), old.end(), now.begin(), now.end(),
                      std::back_inserter(result.removed));
  return result;
}

std::vector<Effect> reconcile(const LiveProduct& product, std::vector<TicketNote>* notes) {
  return reconcile(product.evaluator(), notes);
}

Deltas difference(const LiveProduct& before, const LiveProduct& after) {
  Deltas deltas = engine::difference(&before.evaluator(), after.evaluator());
  deltas.policy = after.policy();
  return deltas;
}

}  // namespace riskd::engine
