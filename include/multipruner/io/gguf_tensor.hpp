// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/gguf_type.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// A tensor that is to be written to a GGUF file: either pieces of rows, or a function that computes rows.
///
/// A row has the last extent of the shape; there are as many rows as the other extents make. Pieces lie one behind the
/// other, each with whole rows of any scalar type: a single view, three for a fused projection, one a row where rows
/// are permuted. A piece without data stands for rows of zeros. The memory belongs to somebody else.
struct GgufTensor {
  /// Gives the rows from `first` on in float32, as many as `rows` has; they are asked for in their order, a few
  /// megabytes at a time. For what is no view: scaled rows, rows with padding.
  using RowSource = std::function<void(Index first, MatrixView<float> rows)>;

  std::string name{};             ///< at most 63 bytes
  std::vector<Index> shape{};     ///< one to four extents, rows first as everywhere here; files have them the other way
  GgufType type = GgufType::f32;  ///< in the file: f32, f16, bf16 or q8_0, to which values are rounded
  std::vector<WeightView> pieces{};
  RowSource source{};  ///< used where there are no pieces
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
