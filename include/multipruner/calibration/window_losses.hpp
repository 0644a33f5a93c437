// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/blocks/workspace.hpp>
#include <multipruner/calibration/loss_by_position.hpp>
#include <multipruner/calibration/window_range.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// Writes the mean over the labels of every window of a range: `values` has one number a token, of which those without
/// a label do not count; a window without any label is 0/0, NaN. Sums are in double, in token order.
/// @param means one number per window. @throws OptionError where numbers disagree
void window_means(const WindowRange& windows, std::span<const TokenId> labels, std::span<const double> values,
                  std::span<double> means);

/// Mean negative log-likelihood, in nats, of every window of a range, from the residual stream after the last block.
/// Labels that are ignored do not count; a window without any label is 0/0, NaN. Sums are in double, in token order.
/// @param losses one number per window.
/// @param positions takes note of the loss of every token; or null.
/// @throws OptionError where shapes and numbers disagree.
void window_losses(const Graph& graph, MatrixView<const float> stream, const WindowRange& windows,
                   std::span<double> losses, Workspace& workspace, LossByPosition* positions = nullptr);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/window_losses.ipp>
#endif
