// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <filesystem>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/safetensors_writer.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

/// Writes models in one format. `save` gives it an empty folder, which appears when it is complete, and adds what every
/// folder has.
///
/// * `E::name` is what metadata call the format.
/// * `require_exportable(view)` throws OptionError, by name, where the format cannot hold what a plan leaves.
/// * `bytes(view)` is how much `write` will write, for progress.
/// * `write(view, removal_order, folder, on_written)` writes weights, the configuration and what else engines look for.
///   `on_written` is told of every piece of weights, and may throw.
template <class E>
concept Exporter = requires(const E& exporter, const ModelView& view, const std::vector<BlockId>& removal_order,
                            const std::filesystem::path& folder, const WriteObserver& on_written) {
  { E::name } -> std::convertible_to<std::string_view>;
  { exporter.require_exportable(view) } -> std::same_as<void>;
  { exporter.bytes(view) } -> std::same_as<Index>;
  { exporter.write(view, removal_order, folder, on_written) } -> std::same_as<void>;
};

/// An Exporter of a format that is read here, too: `save_as` compares what it has written with the model.
///
/// * `read_back(folder)` is the model that was written.
/// * `tolerance()` is how far its logits may be off, as a share of the largest.
template <class E>
concept ReadableExporter = Exporter<E> && requires(const E& exporter, const std::filesystem::path& folder) {
  { exporter.read_back(folder) } -> std::same_as<Graph>;
  { exporter.tolerance() } -> std::convertible_to<double>;
};

/// The tolerance of formats that keep the scalar type of every weight: what sums in another order come to.
inline constexpr double lossless_tolerance = 1e-3;

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting
