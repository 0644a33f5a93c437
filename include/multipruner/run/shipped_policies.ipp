// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/run/detail/evolution_policies.hpp>
#include <multipruner/run/detail/layer_policies.hpp>
#include <multipruner/run/detail/narrowing_policies.hpp>
#include <multipruner/run/detail/slicing_policies.hpp>
#include <multipruner/run/detail/stage_policies.hpp>
#include <multipruner/run/shipped_policies.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE Registry<PolicyMethod> shipped_policies() {
  using namespace detail;
  return {"--policy",
          {multipruner_method(), evol_method(), allocation_method(), block_pruner_method(), short_gpt_method(),
           relative_magnitude_method(), consecutive_layers_method(), laco_method(), slice_gpt_method(),
           one_shot_method(), uniform_method(), random_method()}};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
