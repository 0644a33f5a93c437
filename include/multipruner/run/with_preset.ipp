// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/run/with_preset.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE bool has_stages(const RunSpec& spec) {
  return spec.policy == "multipruner" || spec.policy == "random";
}

MULTIPRUNER_INLINE RunSpec with_preset(RunSpec spec) {
  const bool reference = spec.preset == "reference";
  if (!reference && spec.preset != "quality") {
    throw OptionError("--preset", "\"" + spec.preset + "\" is not known", "Use quality or reference");
  }
  if (!spec.reorder) spec.reorder = reference ? "l1" : "output-norm";
  if (!spec.compensate) spec.compensate = reference ? "none" : "stream-matching";
  const bool shares = has_stages(spec) && spec.ratio && !spec.stages;
  if (!spec.distribution && shares) spec.distribution = reference ? "44:52:4" : "0:96:4";
  return spec;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
