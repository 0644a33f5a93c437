// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/memory.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::cli {

struct NamedOrder;

/// A way to order channels and heads, by its name: "l1", "output-norm", ..., or "none", which leaves them as they are.
class Ordering {
 public:
  /// @throws OptionError for a name that is none of those.
  explicit Ordering(std::string_view name);

  [[nodiscard]] std::string name() const;
  [[nodiscard]] bool is_none() const;

  /// Whether it looks at activations, and so depends on a text.
  [[nodiscard]] bool needs_statistics() const;

  /// Whether its statistics include Gram matrices, which take memory and time.
  [[nodiscard]] bool needs_gram() const;

  /// How units were ordered, as one sentence of a model card.
  [[nodiscard]] std::string sentence() const;

  [[nodiscard]] const NamedOrder& operator*() const { return *order_; }

  friend bool operator==(const Ordering&, const Ordering&) = default;

 private:
  const NamedOrder* order_;
};

/// What an order of channels and heads is made from, apart from the model.
struct UnitOrderOptions {
  Ordering order{"none"};
  std::uint64_t seed = 42;   ///< of `random`
  bool keep_groups = false;  ///< units whose columns make a group of an N:M pattern move together
  simd::Compute compute = simd::Compute::float32;
  Index rows_per_pass = 4096;                       ///< tokens that go through the model together; changes no order
  std::optional<std::filesystem::path> statistics;  ///< a file where statistics are, or are to be kept
  /// Memory for statistics, if they do not go to a file: where all do not fit, the windows run several times. At least
  /// those of one block are kept.
  Index statistics_bytes = available_memory() / 4;
};

/// The names of all orders, for people: "l1, l2, ...".
[[nodiscard]] std::string names_of_orders();

/// Bytes that making an order takes besides a forward pass: statistics, and what scoring needs.
[[nodiscard]] Index order_bytes(const UnitOrderOptions& options, const Graph& graph);

/// The units of all blocks, those that matter most first; empty for `none`, which leaves them as they are. Statistics
/// are gathered on the windows, or come from the file.
/// @throws DataError where the file holds statistics of another model, text or compute type, or not those needed;
/// OutputError where it cannot be written.
[[nodiscard]] UnitOrder order_by(const UnitOrderOptions& options, const Graph& graph, const TokenWindows& windows,
                                 ProgressSink& progress);

/// Name and checksum of an order: two runs have the same one only if this is the same.
[[nodiscard]] std::string identity_of(const Ordering& ordering, const UnitOrder& order);

}  // namespace multipruner::cli
