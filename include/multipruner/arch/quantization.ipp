// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/arch/quantization.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/tensor_info.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void refuse_quantized(std::string where, const std::string& method) {
  throw UnsupportedError(std::move(where), "its weights are quantised by " + method,
                         "Use the model from which it was quantised, in float32, bfloat16 or float16");
}

/// How people call a `quant_method` of transformers.
[[nodiscard]] inline std::string name_of_quantization(const std::string& method) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> names{{{"gptq", "GPTQ"},
                                                                                {"awq", "AWQ"},
                                                                                {"hqq", "HQQ"},
                                                                                {"aqlm", "AQLM"},
                                                                                {"mxfp4", "MXFP4"},
                                                                                {"fbgemm_fp8", "fp8 (FBGEMM)"}}};
  for (const auto& [key, name] : names) {
    if (method == key) return std::string(name);
  }
  return method;
}

MULTIPRUNER_INLINE void refuse_quantized(const JsonReader& config) {
  for (const char* const key : {"quantization_config", "compression_config", "quantization"}) {
    const auto settings = config.optional_object(key);
    if (!settings) continue;
    const bool of_mlx = std::string_view(key) == "quantization";
    std::string method =
        name_of_quantization(settings->get_or<std::string>("quant_method", of_mlx ? "MLX" : "an unnamed method"));
    const bool four = settings->get_or<bool>("load_in_4bit", false);
    const auto bits = four ? std::optional<Index>(4) : settings->optional<Index>("bits");
    if (bits) method += " to " + std::to_string(*bits) + " bits";
    refuse_quantized(config.where(key), method);
  }
}

/// The method that the name of a tensor gives away; empty where there is nothing to see.
/// @param has_groups  whether the checkpoint has the `g_idx` of GPTQ
[[nodiscard]] inline std::string quantization_by_name(std::string_view name, bool has_groups) {
  if (name.ends_with(".qweight")) return has_groups ? "GPTQ" : "AWQ or GPTQ";
  if (name.ends_with(".weight_packed")) return "compressed-tensors";
  const bool of_bitsandbytes = name.find(".quant_state.bitsandbytes") != std::string_view::npos ||
                               name.ends_with(".absmax") || name.ends_with(".quant_map") || name.ends_with(".SCB");
  return of_bitsandbytes ? "bitsandbytes" : "";
}

/// The same by its scalar type.
[[nodiscard]] inline std::string quantization_by_type(const TensorInfo& tensor) {
  const std::string_view type = tensor.dtype_name;
  if (type.starts_with("F8_")) return "fp8 (" + tensor.dtype_name + ")";
  const bool is_integer = type.starts_with("I") || type.starts_with("U");
  return is_integer && tensor.name.ends_with(".weight") ? "a method that stores " + tensor.dtype_name : "";
}

MULTIPRUNER_INLINE void refuse_quantized(const ModelSource& source) {
  const std::vector<std::string> names = source.names();
  const bool has_groups = std::ranges::any_of(names, [](const std::string& name) { return name.ends_with(".g_idx"); });
  const auto refuse = [&](const auto& method_of) {
    for (const std::string& name : names) {
      const std::string method = method_of(*source.info(name));
      if (!method.empty()) refuse_quantized(source.label() + ": tensor " + name, method);
    }
  };
  refuse([&](const TensorInfo& tensor) { return quantization_by_name(tensor.name, has_groups); });
  refuse([](const TensorInfo& tensor) { return quantization_by_type(tensor); });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
