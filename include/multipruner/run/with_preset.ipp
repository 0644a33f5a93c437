// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/run/with_preset.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Whether a policy makes another model; of what is merged or turned, compensation knows nothing.
[[nodiscard]] inline bool makes_model(const RunSpec& spec) {
  return spec.policy == "laco" || spec.policy == "slicegpt";
}

/// Whether the order of channels and heads matters to a policy: not to one that takes whole blocks.
[[nodiscard]] inline bool narrows(const RunSpec& spec) {
  constexpr std::array<std::string_view, 4> whole{"blockpruner", "shortgpt", "relative-magnitude",
                                                  "consecutive-layers"};
  return std::ranges::find(whole, spec.policy) == whole.end() && !makes_model(spec);
}

/// Whether a policy searches as `--search` says; blockpruner does, too, but is the one of its paper unless it is told.
[[nodiscard]] inline bool searches(const RunSpec& spec) {
  return spec.policy == "multipruner" || spec.policy == "evol" || spec.policy == "allocation";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE bool has_stages(const RunSpec& spec) {
  return spec.policy == "multipruner" || spec.policy == "random";
}

MULTIPRUNER_INLINE RunSpec with_preset(RunSpec spec) {
  const bool reference = spec.preset == "reference";
  if (!reference && spec.preset != "quality") {
    throw OptionError("--preset", "\"" + spec.preset + "\" is not known", "Use quality or reference");
  }
  const bool whole_layers = spec.target == "mergekit";  // as they are in the dense model
  if (!spec.reorder) spec.reorder = !detail::narrows(spec) || whole_layers ? "none" : reference ? "l1" : "output-norm";
  const bool compensates = !reference && !detail::makes_model(spec) && !whole_layers;
  if (!spec.compensate) spec.compensate = compensates ? "stream-matching" : "none";
  const bool shares = has_stages(spec) && spec.ratio && !spec.stages;
  if (!spec.distribution && shares && whole_layers) spec.distribution = "1:0:0";
  if (!spec.distribution && shares) spec.distribution = reference ? "44:52:4" : "0:96:4";
  if (!spec.search && detail::searches(spec)) spec.search = reference || spec.confidence ? "exact" : "lazy";
  return spec;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
