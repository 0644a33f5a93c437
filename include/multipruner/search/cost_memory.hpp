// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/plan.hpp>
#include <multipruner/search/cost_request.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// Changes whenever a change of this library gives a plan other costs, be it in their last bits, or tells models apart
/// in another way: kernels, the loss, how windows are cut into parts, checksums of weights, how compensation is solved.
/// Costs that are kept beyond a program's life belong to one version.
inline constexpr std::string_view costs_version = "3";

/// Some windows of a set, and a plan that they cost something.
struct CostKey {
  std::string_view samples{};  ///< the name of the set
  const Plan* plan = nullptr;
  Index first_window = 0;
  /// Tells the model that the plan is of from others that a run goes on with, by a checksum of its weights; 0 is the
  /// model that the memory belongs to.
  std::uint64_t start = 0;
  /// Tells where narrowed blocks are taken from, by a checksum of the source's identity; 0 is the graph itself.
  std::uint64_t source = 0;
};

/// Keeps what an evaluator has measured beyond its life, e.g. in a file. It belongs to one model, one calibration,
/// one metric and one compute type.
class CostMemory {
 public:
  virtual ~CostMemory() = default;

  /// Fills in one cost a window and returns true if they are known, all of them.
  [[nodiscard]] virtual bool find(const CostKey& key, std::span<double> costs) const = 0;

  /// Called as soon as costs are measured, once for each key.
  virtual void add(const CostKey& key, std::span<const double> costs) = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
