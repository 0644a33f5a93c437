// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/gguf_tensor_info.hpp>
#include <multipruner/io/gguf_type.hpp>
#include <multipruner/tensor/dtype.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Whether `dequantize` knows a type: F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q2_K, Q3_K, Q4_K, Q5_K, Q6_K,
/// IQ4_NL and IQ4_XS.
[[nodiscard]] bool is_dequantizable(GgufType type);

/// Computes the values of rows that lie one behind the other in a type of GGUF files, bit for bit those of the gguf
/// package for Python (NaN stays NaN, with any payload). In parallel. Source: gguf/quants.py of
/// github.com/ggml-org/llama.cpp.
/// @param data  of F32, F16 and BF16 aligned for its scalar type, otherwise anyhow
/// @throws UnsupportedError where the type is another; OptionError where rows are no whole blocks, or there is not as
/// much data as the target has rows.
void dequantize(GgufType type, std::span<const std::byte> data, MatrixView<float> target);

/// The same values, rounded to nearest even.
void dequantize(GgufType type, std::span<const std::byte> data, MatrixView<BFloat16> target);

/// A whole tensor, into as many rows and columns as it has. @throws UnsupportedError with its name, or OptionError, as
/// above
void dequantize(const GgufTensorInfo& tensor, MatrixView<float> target);
void dequantize(const GgufTensorInfo& tensor, MatrixView<BFloat16> target);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/dequantize.ipp>
#endif
