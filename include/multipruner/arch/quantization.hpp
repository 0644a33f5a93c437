// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/arch/model_source.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/io/json_reader.hpp>

/// Checkpoints with quantised weights, which the library does not read: refused by the name of the method.
namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[noreturn]] void refuse_quantized(std::string where, const std::string& method);

/// @throws UnsupportedError where config.json says that the weights are quantised
void refuse_quantized(const JsonReader& config);

/// @throws UnsupportedError where names and scalar types of tensors say that they are quantised
void refuse_quantized(const ModelSource& source);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/quantization.ipp>
#endif
