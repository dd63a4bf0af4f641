// The scopes of a product: the product itself and its components, with what was said of each. Used inside engine/
// only.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/evaluate/basis.hpp"
#include "engine/evaluate/instances.hpp"

namespace riskd::engine {

// Owns the scopes and finds what the facts say in them; computes nothing. Other parts keep at a scope what they
// derive for it (ScopeInstance). A scope stays at its place as long as this lives.
//
// Between updates ScopeInstance::given has, for each question, the newest answer that fits it.
class Scopes {
 public:
  explicit Scopes(const Basis& basis);  // none yet
  // One for the product, one for each component that there is and whose type the policy has.
  void make();
  // The same scopes as `other` has, with what is derived for them, but without elements.
  void copy(const Scopes& other);
  // The facts stand elsewhere now, and are the same.
  void read_again();

  ScopeInstance& product() const { return *scopes_.front(); }
  ScopeInstance* named(
      std::string_view component) const;  // null: there is none; empty: the product
  ScopeInstance& twin(
      const ScopeInstance& of_other) const;  // of a scope of an evaluation with the same scopes
  // The product first, then components by id.
  auto begin() const { return scopes_.begin(); }
  auto end() const { return scopes_.end(); }
  std::size_t size() const { return scopes_.size(); }
  // In which scope a question is asked, or a field has its value, that `context` reads; null: in none.
  ScopeInstance* of(const Question& question, const Context& context) const;
  ScopeInstance* of(const Field& field, const Context& context) const;
  ScopeInstance& at(std::size_t index) const { return *scopes_[index]; }

  // The newest answer, under the question's id or one that it had; null where there is none, or it does not
  // fit the question as it is now.
  const Stamped<RawValue>* answer(std::uint32_t question, const ScopeInstance& scope) const;
  // One that does not fit; null where there is none.
  const Stamped<RawValue>* lost_answer(std::uint32_t question, const ScopeInstance& scope) const;
  bool answered(std::uint32_t question, const ScopeInstance& scope) const;
  // To be called once an answer to it was posted or taken back.
  void find_answer(std::uint32_t question, ScopeInstance& scope) const;

  // What was given for a field, under its name or one that it had; null where nobody gave a value, or one
  // that does not fit its type.
  const Stamped<RawValue>* given_field(const Field& field, const ScopeInstance& scope) const;
  // Required fields without value, by name: they hold back approval.
  std::vector<std::string> missing_fields() const;
  bool is_any_field_missing() const;  // kept until forget_missing_fields()
  void forget_missing_fields() { field_missing_.reset(); }

 private:
  void add(std::uint32_t type, const std::string& id, const RawMap& answers, const RawMap& fields);
  void find_answers(ScopeInstance& scope) const;
  const Stamped<RawValue>* fitting_answer(const Question& question,
                                          const ScopeInstance& scope) const;
  bool is_field_missing(const Field& field, const ScopeInstance& scope) const;

  const Basis& basis_;
  const Program& program_;
  const Dependencies& dependencies_;
  std::vector<std::unique_ptr<ScopeInstance>> scopes_;  // the product, then components by id
  mutable std::optional<bool> field_missing_;           // once it was asked for
};

// What was said of a field last; null where nobody gave a value.
const Stamped<RawValue>* newest_field(const Field& field, const ScopeInstance& scope);

// How a field is named among open questions: "product.release", "api/component.image".
std::string field_id(const Field& field, const ScopeInstance& scope);

}  // namespace riskd::engine
