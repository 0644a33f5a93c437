// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/compensation/compensator.hpp>
#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

/// The pruned model as it is.
struct NoCompensation {
  static constexpr std::string_view name = "none";

  [[nodiscard]] CompensatedModel compensate(const ModelView&, const ModelView& pruned, const TokenWindows&,
                                            ProgressSink&) const;
};

static_assert(Compensator<NoCompensation>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/compensation/no_compensation.ipp>
#endif
