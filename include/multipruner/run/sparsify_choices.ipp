// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/run/model_parts.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/sparsify_choices.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline constexpr const char* masks_of_sparse_gpt = "sparsegpt-m";

/// @throws OptionError if an option was given that the method has no use for.
inline void require_no(bool given, const char* option, const std::string& method) {
  if (!given) return;
  throw OptionError(option, "it has no effect with " + method, "Omit it");
}

[[nodiscard]] inline Mrp::Compensation mrp_compensation_of(const SparsifySpec& spec, const std::string& method) {
  const Index block = spec.block.value_or(BlockedCompensation{}.block);
  if (method.ends_with('s')) {
    require_no(spec.solver.has_value(), "--solver", method);
    return SequentialCompensation{block};
  }
  const std::string solver = spec.solver.value_or("blocked");
  if (solver == "blocked") return BlockedCompensation{block};
  // The mask of SparseGPT has blocks, too.
  if (method != masks_of_sparse_gpt) require_no(spec.block.has_value(), "--block", "--solver " + solver);
  if (solver == "global") return GlobalCompensation{};
  if (solver == "cg") return ConjugateGradientCompensation{};
  throw OptionError("--solver", "\"" + solver + "\" is not known", "Use blocked, global or cg");
}

[[nodiscard]] inline Mrp::Criterion mrp_criterion_of(const SparsifySpec& spec, const SparsityPattern& pattern,
                                                     const std::string& method) {
  if (method == masks_of_sparse_gpt) {
    return SequentialRemoval{.pattern = pattern, .block = spec.block.value_or(SequentialRemoval{}.block)};
  }
  if (method.starts_with("mrp-s")) return SingleRemoval{pattern};
  if (const auto* groups = std::get_if<NOfM>(&pattern)) return MultipleRemoval{*groups};
  throw OptionError("--method",
                    method + " chooses among the subsets of a group, and " + to_string(pattern) + " has none",
                    "Give a pattern such as 2:4, or mrp-sm");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE void validate(const SparsifySpec& spec) {
  if (spec.model.empty()) throw OptionError("--model_path", "is missing", "Name the folder of a model");
  if (spec.pattern.empty()) throw OptionError("--pattern", "is missing", "Give e.g. 50% or 2:4");
  if (spec.calibration.empty()) throw OptionError("--calibration", "is missing", "Name a text");
  static_cast<void>(weight_method_of(spec));
  static_cast<void>(calibration_options(spec));
  if (spec.damping && !(*spec.damping >= 0 && std::isfinite(*spec.damping))) {
    throw OptionError("--damping", "it must be 0 or more", "Give e.g. 0.01, or omit it");
  }
  if (spec.block && *spec.block < 1) throw OptionError("--block", "it must be 1 or more", "Give e.g. 128, or omit it");
}

MULTIPRUNER_INLINE SparsityPattern sparsity_pattern_of(const SparsifySpec& spec) {
  return parse_sparsity_pattern(spec.pattern, "--pattern");
}

MULTIPRUNER_INLINE std::string pattern_in_words(const SparsifySpec& spec) {
  const SparsityPattern pattern = sparsity_pattern_of(spec);
  return std::holds_alternative<NOfM>(pattern) ? describe(pattern) : "";
}

MULTIPRUNER_INLINE std::string weight_method_name(const SparsifySpec& spec) {
  const bool groups = std::holds_alternative<NOfM>(sparsity_pattern_of(spec));
  return spec.method.value_or(groups ? "mrp-mm" : "sparsegpt");
}

MULTIPRUNER_INLINE WeightMethod weight_method_of(const SparsifySpec& spec) {
  const SparsityPattern pattern = sparsity_pattern_of(spec);
  const std::string method = weight_method_name(spec);
  const double damping = spec.damping.value_or(SparseGpt{}.damping);
  if (method == "wanda") {
    detail::require_no(spec.solver.has_value(), "--solver", method);
    detail::require_no(spec.damping.has_value(), "--damping", method);
    detail::require_no(spec.block.has_value(), "--block", method);
    return WandaMask{pattern};
  }
  if (method == "sparsegpt") {
    detail::require_no(spec.solver.has_value(), "--solver", method);
    return SparseGpt{.pattern = pattern, .damping = damping, .block = spec.block.value_or(SparseGpt{}.block)};
  }
  for (const char* const known : {"mrp-ss", "mrp-sm", "mrp-ms", "mrp-mm", detail::masks_of_sparse_gpt}) {
    if (method != known) continue;
    return Mrp{.criterion = detail::mrp_criterion_of(spec, pattern, method),
               .compensation = detail::mrp_compensation_of(spec, method),
               .damping = damping};
  }
  throw OptionError("--method", "\"" + method + "\" is not known",
                    "Use wanda, sparsegpt, sparsegpt-m, mrp-ss, mrp-sm, mrp-ms or mrp-mm");
}

MULTIPRUNER_INLINE SparsifyOptions sparsify_options(const SparsifySpec& spec, const ModelConfig& config) {
  const auto skip = [parts = parse_parts("--skip", spec.skip, config)](TensorRole role, Index layer) {
    return std::ranges::any_of(parts, [&](const ModelPart& part) { return part.contains(role, layer); });
  };
  return {.skip = skip, .compute = spec.compute};
}

MULTIPRUNER_INLINE CalibrationOptions calibration_options(const SparsifySpec& spec) {
  return {.samples_block = spec.samples,
          .samples_width = spec.samples,
          .sampling = sampling_of(spec.sampling),
          .seed = spec.seed,
          .max_windows = spec.windows.max_windows};
}

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const SparsifySpec& spec) {
  const auto or_null = [](const auto& value) { return value ? nlohmann::ordered_json(*value) : nullptr; };
  nlohmann::ordered_json json;
  json["model_path"] = spec.model;
  json["pattern"] = to_string(sparsity_pattern_of(spec));
  json["method"] = weight_method_name(spec);
  json["solver"] = or_null(spec.solver);
  json["damping"] = or_null(spec.damping);
  json["block"] = or_null(spec.block);
  json["skip"] = spec.skip;
  json["calibration_dataset"] = spec.calibration;
  json["num_calibration_samples"] = or_null(spec.samples);
  json["sampling"] = spec.sampling;
  json["compute"] = name_of(spec.compute);
  json["seed"] = spec.seed;
  json["seqlen"] = or_null(spec.windows.seqlen);
  json["max_windows"] = or_null(spec.windows.max_windows);
  json["add_bos"] = or_null(spec.tokenizing.add_bos);
  json["no_chat_template"] = !spec.tokenizing.chat_template;
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
