// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include <multipruner/calibration/held_out.hpp>
#include <multipruner/calibration/window_losses.hpp>
#include <multipruner/compensation/compensator.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/plan/extract.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

/// A compensator with one setting, tried.
struct CompensationTrial {
  std::optional<double> ridge{};  ///< nothing: the pruned model with the outputs that its view has, as it is
  double loss = 0;                ///< nats a token on the held-out windows
};

/// Which setting of a compensator was chosen, and why.
struct CompensationChoice {
  std::optional<CompensatedModel> model{};  ///< nothing: no setting was better than no compensation
  std::optional<double> ridge{};            ///< of the model; nothing as in a trial
  double loss_without = 0;                  ///< of the plain pruned model on the held-out windows, nats a token
  double loss = 0;                          ///< of the chosen one: never above loss_without
  std::vector<CompensationTrial> tried{};
};

/// Losses of trials that are kept beyond the work, so that what was tried before an interruption is not tried again.
struct TrialMemory {
  std::function<std::optional<double>(double ridge)> find{};  ///< the loss of a trial; nothing: it is not known
  std::function<void(double ridge, double loss)> add{};
};

/// Compensates with several strengths of regularisation, fitted on most of the windows, and keeps the one that is best
/// on those held out (`split_held_out`); none of them, if none is better than the plain pruned model, the first columns
/// of whose output matrices are left. Where the view has outputs of its own, they are tried alone, too, and are what
/// the compensators begin with.
///
/// @param with_ridge  makes a Compensator of a ridge
/// @param loss_of  the loss of a model on windows, in nats a token
/// @param memory  of the trials of these models and windows; of those that it knows, only the chosen one is solved
/// @throws DataError for windows that cannot be split.
template <class WithRidge, class LossOf>
[[nodiscard]] CompensationChoice choose_compensation(const ModelView& dense, const ModelView& pruned,
                                                     const TokenWindows& windows, const std::vector<double>& ridges,
                                                     WithRidge&& with_ridge, LossOf&& loss_of,
                                                     ProgressSink& progress = silent_progress(),
                                                     const TrialMemory& memory = {}) {
  static_assert(Compensator<decltype(with_ridge(double{}))>,
                "choose_compensation: with_ridge(ridge) must return a Compensator: name, and "
                "compensate(dense, pruned, windows, progress) returning a CompensatedModel");
  const HeldOutSplit split = split_held_out(windows);
  CompensationChoice choice;
  choice.loss = choice.loss_without = loss_of(ModelView(pruned.graph(), pruned.plan()), split.held_out);
  const auto compensated = [&](double ridge) {
    return with_ridge(ridge).compensate(dense, pruned, split.fit, progress);
  };
  bool unsolved = false;  // the best one is known by its loss alone
  const auto take = [&](std::optional<double> ridge, double loss, std::optional<CompensatedModel> model) {
    choice.tried.push_back({ridge, loss});
    const bool first_finite = std::isfinite(loss) && !std::isfinite(choice.loss);
    if (!(loss < choice.loss) && !first_finite) return;
    choice.loss = loss;
    choice.ridge = ridge;
    unsolved = !model;
    choice.model.reset();
    if (model) choice.model.emplace(*std::move(model));
  };
  const auto attempt = [&](std::optional<double> ridge, CompensatedModel model) {
    const double loss = loss_of(ModelView(model.graph), split.held_out);
    if (ridge && memory.add) memory.add(*ridge, loss);
    take(ridge, loss, std::move(model));
  };
  if (pruned.source() != nullptr) attempt(std::nullopt, {extract(pruned)});
  for (const double ridge : ridges) {
    const std::optional<double> known = memory.find ? memory.find(ridge) : std::nullopt;
    if (known) {
      take(ridge, *known, std::nullopt);
    } else {
      attempt(ridge, compensated(ridge));
    }
  }
  if (unsolved) choice.model.emplace(compensated(*choice.ridge));
  return choice;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation
