// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/memory.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/importance/unit_order.hpp>
#include <multipruner/run/unit_ordering.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What an order of units is made from, apart from the model and the text.
struct UnitOrderOptions {
  UnitOrdering ordering{};
  std::uint64_t seed = 42;   ///< of "random"
  bool keep_groups = false;  ///< units whose columns make a group of an N:M pattern move together
  simd::Compute compute = simd::Compute::float32;
  Index rows_per_pass = 4096;                         ///< tokens that go through the model together; changes no order
  std::optional<std::filesystem::path> statistics{};  ///< a file where statistics are, or are to be kept
  /// Memory for statistics, if they do not go to a file: where all do not fit, the windows run several times. At least
  /// those of one block are kept.
  Index statistics_bytes = available_memory() / 4;
};

/// Bytes that making an order takes besides a forward pass: statistics, and what scoring needs.
[[nodiscard]] Index unit_order_bytes(const UnitOrderOptions& options, const Graph& graph);

/// The units of all blocks, those that matter most first; empty where the ordering leaves them as they are. Statistics
/// are gathered on the windows, or come from the file.
/// @throws DataError where the file holds statistics of another model, text or compute type, or not those needed;
/// OutputError where it cannot be written.
[[nodiscard]] UnitOrder make_unit_order(const UnitOrderOptions& options, const Graph& graph,
                                        const TokenWindows& windows, ProgressSink& progress = silent_progress());

/// Name and checksum of an order: two runs have the same one only if this is the same.
[[nodiscard]] std::string identity_of(const UnitOrdering& ordering, const UnitOrder& order);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/make_unit_order.ipp>
#endif
