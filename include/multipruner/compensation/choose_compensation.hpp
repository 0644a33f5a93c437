#pragma once

#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include <multipruner/calibration/held_out.hpp>
#include <multipruner/calibration/window_losses.hpp>
#include <multipruner/compensation/compensator.hpp>
#include <multipruner/forward/forward.hpp>

namespace multipruner {

/// A compensator with one setting, tried.
struct CompensationTrial {
  double ridge = 0;
  double loss = 0;  ///< nats a token on the held-out windows
};

/// Which setting of a compensator was chosen, and why.
struct CompensationChoice {
  std::optional<CompensatedModel> model{};  ///< nothing: no setting was better than no compensation
  double ridge = 0;                         ///< of the model
  double loss_without = 0;                  ///< of the pruned model on the held-out windows, nats a token
  double loss = 0;                          ///< of the chosen one: never above loss_without
  std::vector<CompensationTrial> tried{};
};

/// Compensates with several strengths of regularisation, fitted on most of the windows, and keeps the one that is best
/// on those held out (`split_held_out`); none of them, if none is better than the pruned model as it is.
///
/// @param with_ridge  makes a Compensator of a ridge
/// @param loss_of  the loss of a model on windows, in nats a token
/// @throws DataError for windows that cannot be split.
template <class WithRidge, class LossOf>
[[nodiscard]] CompensationChoice choose_compensation(const ModelView& dense, const ModelView& pruned,
                                                     const TokenWindows& windows, const std::vector<double>& ridges,
                                                     WithRidge&& with_ridge, LossOf&& loss_of,
                                                     ProgressSink& progress = silent_progress()) {
  static_assert(Compensator<decltype(with_ridge(double{}))>,
                "choose_compensation: with_ridge(ridge) must return a Compensator: name, and "
                "compensate(dense, pruned, windows, progress) returning a CompensatedModel");
  const HeldOutSplit split = split_held_out(windows);
  CompensationChoice choice;
  choice.loss = choice.loss_without = loss_of(pruned, split.held_out);
  for (const double ridge : ridges) {
    CompensatedModel model = with_ridge(ridge).compensate(dense, pruned, split.fit, progress);
    const double loss = loss_of(ModelView(model.graph), split.held_out);
    choice.tried.push_back({ridge, loss});
    if (!(loss < choice.loss)) continue;
    choice.loss = loss;
    choice.ridge = ridge;
    choice.model.emplace(std::move(model));
  }
  return choice;
}

}  // namespace multipruner
