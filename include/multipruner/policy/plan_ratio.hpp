// SPDX-License-Identifier: MIT
#pragma once

#include <functional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// What a plan removes of the unpruned model, in percent of something that a model has: parameters, bytes, time. It
/// must not fall where more is removed.
using PlanRatio = std::function<double(const Plan&)>;

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
