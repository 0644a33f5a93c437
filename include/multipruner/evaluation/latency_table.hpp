// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation {

/// How a LatencyTable is measured.
struct LatencyOptions {
  Index context = 128;  ///< tokens that the sequence has before those whose time is taken
  Index tokens = 4;     ///< whose time is taken, one after the other
  Index runs = 3;       ///< of which the fastest counts: what else the machine does makes no run faster
  Index levels = 4;     ///< widths of every kind of block besides 0
  simd::Compute compute = simd::Compute::float32;
};

/// How long a model generates a token, on the machine that it was measured on, as a sum over its blocks. Blocks of one
/// description (`BlockSpec::description`) take equally long, and their time is linear between the widths measured, with
/// those of several axes added up.
class LatencyTable {
 public:
  struct Axis {
    std::vector<Index> widths{};         ///< rising, the last one being the whole
    std::vector<double> milliseconds{};  ///< of a block of that width, never falling
  };

  struct Block {
    std::string description{};
    std::vector<Axis> axes{};
  };

  /// @param others  milliseconds of everything but the blocks
  /// @throws DataError for tables that cannot be
  LatencyTable(double others, std::vector<Block> blocks);

  /// Lets parts of a model generate tokens.
  /// @throws OptionError for options that cannot be
  [[nodiscard]] static LatencyTable measure(const Graph& graph, const LatencyOptions& options = {},
                                            ProgressSink& progress = silent_progress());

  /// @throws DataError naming the entry that cannot be
  [[nodiscard]] static LatencyTable from_json(const JsonReader& json);

  [[nodiscard]] nlohmann::ordered_json to_json() const;

  /// Milliseconds a token of plans for what is left of a model, without the table from then on.
  /// @throws DataError for blocks that are there, and that the table has not got
  [[nodiscard]] std::function<double(const Plan&)> times_of(const Graph& graph) const;

 private:
  /// The entry of a block.
  [[nodiscard]] std::size_t find(const BlockSpec& block) const;

  double others_;
  std::vector<Block> blocks_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/evaluation/latency_table.ipp>
#endif
