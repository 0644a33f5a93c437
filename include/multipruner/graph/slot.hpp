// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/tensor_role.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// What the rows or the columns of a tensor go with.
enum class Extent : std::uint8_t {
  one,         ///< a vector's only row
  stream_in,   ///< the residual stream that the block reads
  stream_out,  ///< the residual stream that it writes
  axis,        ///< an axis of units: it becomes narrower with the block
  fixed,       ///< nothing: it stays
};

/// One tensor of a kind of block. Everything that is done with tensors in general derives from tables of these: shapes
/// and their validation, counts, narrowing, reordering, fingerprints, statistics, masks, compensation and files.
struct Slot {
  TensorRole role;
  Extent rows = Extent::one, columns = Extent::one;
  std::uint8_t axis = 0;   ///< the one that rows, columns or an output bias go with
  std::uint8_t input = 0;  ///< what a linear reads: the index of one of the kind's inputs
  bool linear = false;     ///< a matrix W of y = xWᵀ: masked by weight, and counted as work
  bool output = false;     ///< adds to the residual stream: the matrix that compensation solves, or its bias
  bool stays = false;      ///< stays in files and counts when the block goes, as norms do in MultiPruner's extraction
  bool computed = false;   ///< of no checkpoint and no parameter: the kind computes it, see ResidualBlock
  bool optional = false;   ///< of few models: checksums of the others do not know of it

  [[nodiscard]] constexpr bool is_matrix() const { return rows != Extent::one; }
  /// Whether it is there only as long as anything is left of its axis; else it is as long as the block is.
  [[nodiscard]] constexpr bool goes_with_axis() const {
    return rows == Extent::axis || columns == Extent::axis || output;
  }
  [[nodiscard]] constexpr bool has_axis(std::size_t which) const {
    return axis == which && (rows == Extent::axis || columns == Extent::axis);
  }
};

/// A norm of the stream that a block reads, or its bias.
[[nodiscard]] constexpr Slot norm_slot(TensorRole role) {
  return {.role = role, .columns = Extent::stream_in, .stays = true};
}

/// A linear from the stream to the channels of an axis, which reads an input of its kind.
[[nodiscard]] constexpr Slot linear_slot(TensorRole role, std::uint8_t axis = 0, std::uint8_t input = 0) {
  return {
      .role = role, .rows = Extent::axis, .columns = Extent::stream_in, .axis = axis, .input = input, .linear = true};
}

/// The bias of such a linear.
[[nodiscard]] constexpr Slot bias_slot(TensorRole role, std::uint8_t axis = 0) {
  return {.role = role, .columns = Extent::axis, .axis = axis};
}

/// The linear through which the channels of an axis add to the residual stream.
[[nodiscard]] constexpr Slot output_slot(TensorRole role, std::uint8_t axis = 0, std::uint8_t input = 1) {
  return {.role = role,
          .rows = Extent::stream_out,
          .columns = Extent::axis,
          .axis = axis,
          .input = input,
          .linear = true,
          .output = true};
}

/// The bias of such a linear.
[[nodiscard]] constexpr Slot output_bias_slot(TensorRole role, std::uint8_t axis = 0, std::uint8_t input = 1) {
  return {.role = role, .columns = Extent::stream_out, .axis = axis, .input = input, .output = true};
}

/// The slot of the matrix through which the stream goes around a block that has one; it is of no kind's table. In a
/// model, such a matrix has the role that the kind of the block gives it, `Kind::shortcut_role`.
inline constexpr Slot shortcut_slot{
    .role = "shortcut", .rows = Extent::stream_out, .columns = Extent::stream_in, .stays = true};

/// Extents of a tensor of the unpruned block that neither the stream nor the number one gives; and whether a model has
/// the tensor at all: a bias that its configuration switches off is not present.
struct SlotShape {
  Index rows = 0, columns = 0;
  bool present = true;
};

/// Rows and columns of a tensor; a vector has one row.
struct TensorShape {
  Index rows = 0;
  Index columns = 0;

  friend constexpr bool operator==(TensorShape, TensorShape) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
