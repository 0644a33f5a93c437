#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <multipruner/evaluation/perplexity.hpp>
#include <multipruner/forward/first_non_finite.hpp>
#include <multipruner/graph/finite.hpp>

namespace multipruner {

/// Checks a loss that was measured. Where it is not finite, the weights are looked at, then what the model computes on
/// the first window whose loss is not.
/// @param where  names the text, or the model, in errors
/// @param remedy  what to do where the weights are finite, and the loss is not
/// @throws DataError naming the tensor, or the block, in which NaN or infinity first appears.
inline void require_finite_loss(
    const ModelView& view, const TokenWindows& windows, const PerplexityResult& result, const std::string& where,
    simd::Compute compute = simd::Compute::float32,
    const std::string& remedy = "Get the checkpoint again; it was damaged, or its training or conversion went wrong") {
  const auto bad = std::ranges::find_if(result.window_nll, [](double nll) { return !std::isfinite(nll); });
  if (bad == result.window_nll.end()) return;
  const auto index = static_cast<Index>(bad - result.window_nll.begin());
  const WindowRange window{&windows, index, 1};
  const std::string name = "window " + std::to_string(index);
  if (std::ranges::all_of(window.labels(), [](TokenId label) { return label < 0; })) {
    throw DataError(where, name + " has no next token that counts, so that there is no loss",
                    "Ignore no label, or give longer windows");
  }
  require_finite(view.graph());
  const NonFinitePlace place = first_non_finite(view, window.tokens(), {1, windows.length}, compute);
  throw DataError(where,
                  "the model's loss on " + name + " is not finite; NaN or infinity first appears in " + label_of(place),
                  remedy);
}

}  // namespace multipruner
