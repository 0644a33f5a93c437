#pragma once

#include <multipruner/compensation/compensator.hpp>
#include <multipruner/plan/extract.hpp>

namespace multipruner {

/// The pruned model as it is.
struct NoCompensation {
  static constexpr std::string_view name = "none";

  [[nodiscard]] CompensatedModel compensate(const ModelView&, const ModelView& pruned, const TokenWindows&,
                                            ProgressSink&) const {
    return {extract(pruned)};
  }
};

static_assert(Compensator<NoCompensation>);

}  // namespace multipruner
