// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <memory>
#include <optional>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/policy/staged_policy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// A PruningPolicy of any type, as a value: for what learns at run time which policy it works with.
class AnyPolicy {
 public:
  using Options = AnyPolicy;  ///< which makes it a PruningPolicy itself

  AnyPolicy(const AnyPolicy&) = default;  // and no move: what is moved from would be without a policy
  AnyPolicy& operator=(const AnyPolicy&) = default;
  ~AnyPolicy() = default;

  template <class Policy>
  requires(!std::same_as<Policy, AnyPolicy>) AnyPolicy(Policy policy)
      : policy_(std::make_shared<const Adapter<Policy>>(std::move(policy))) {
    static_assert(PruningPolicy<Policy>,
                  "AnyPolicy: the policy must be a PruningPolicy: a type Options, a constructor from it, and run(const "
                  "RunContext&) returning a PruningResult");
  }

  [[nodiscard]] PruningResult run(const RunContext& context) const { return policy_->run(context); }

  /// Whether it is a StagedPolicy, which can be taken to its target in parts.
  [[nodiscard]] bool is_staged() const { return target().has_value(); }

  /// The ratio of a StagedPolicy, in percent; nothing of another one.
  [[nodiscard]] std::optional<double> target() const { return policy_->target(); }

  /// The policy that stops at a smaller ratio. @throws OptionError where it is no StagedPolicy
  [[nodiscard]] AnyPolicy until(double ratio) const { return policy_->until(ratio); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    [[nodiscard]] virtual PruningResult run(const RunContext& context) const = 0;
    [[nodiscard]] virtual std::optional<double> target() const = 0;
    [[nodiscard]] virtual AnyPolicy until(double ratio) const = 0;
  };

  template <class Policy>
  struct Adapter final : Interface {
    explicit Adapter(Policy of) : policy(std::move(of)) {}

    [[nodiscard]] PruningResult run(const RunContext& context) const override {
      if constexpr (PruningPolicy<Policy>) return policy.run(context);
      return {};
    }
    [[nodiscard]] std::optional<double> target() const override {
      if constexpr (StagedPolicy<Policy>) return policy.target();
      return std::nullopt;
    }
    [[nodiscard]] AnyPolicy until([[maybe_unused]] double ratio) const override {
      if constexpr (StagedPolicy<Policy>) return policy.until(ratio);
      throw OptionError("policy", "it cannot be taken to its target in parts", "Let it run in one turn");
    }

    Policy policy;
  };

  std::shared_ptr<const Interface> policy_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
