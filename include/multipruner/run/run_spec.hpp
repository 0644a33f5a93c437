// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What a pruning run is asked to do, as a value: everything that its result depends on, and nothing else. `run_fields`
/// lists the members with what each means, as recipes, logs and the program's --help have it.
///
/// Members that are not set are filled in from the preset, the model and the texts: `PruningRun::spec()` has them, and
/// a run of that gives the same bytes.
struct RunSpec {
  std::string model{};  ///< a folder

  std::string policy = "multipruner";  ///< a name of a registry, as are metric and format
  std::string metric = "perplexity";
  std::optional<std::string> search{};   ///< "exact", "lazy" or "fast"
  std::optional<double> ratio{};         ///< percent
  std::string ratio_of = "parameters";   ///< or "bytes", "milliseconds"
  std::optional<Index> parameters{};     ///< that are to be left, instead of a ratio; likewise
  std::optional<Index> bytes{};          ///< of weights
  std::optional<double> milliseconds{};  ///< a token
  std::optional<std::string> latency{};  ///< a file
  std::optional<std::string> distribution{}, stages{};
  std::optional<double> depth_until{}, mlp_until{}, heads_until{};  ///< percent
  std::optional<Index> mlp_group{}, head_group{};                   ///< channels
  std::optional<Index> finest_mlp_group{};                          ///< channels
  bool strict = false, never_past = false;
  std::string compare_by = "cost";  ///< or "cost-per-parameter", "cost-per-byte", "cost-per-millisecond"
  std::optional<Index> count{};     ///< blocks or layers
  std::optional<Index> merge_layers{}, merge_interval{};
  std::optional<double> merge_threshold{};  ///< a cosine
  std::string merge = "sum";
  std::optional<Index> evaluations{}, population{};
  std::optional<double> depth_share{};  ///< percent of the ratio
  bool in_band = false;
  std::optional<double> slicing{};  ///< percent of the stream's channels
  std::vector<std::string> keep{};  ///< see parse_parts
  std::string preset = "quality";
  std::optional<std::string> reorder{};  ///< a name of a registry
  bool keep_zeros = false;

  std::optional<std::string> compensate{};  ///< a name of a registry
  std::vector<double> ridge{0.1, 0.3, 1};
  double local_ridge = 0.01;
  bool compensate_bias = false;
  std::optional<double> compensate_every{};  ///< percent

  std::string calibration{};
  std::vector<std::string> mix{};  ///< FILE or FILE:WEIGHT
  std::optional<std::string> calibration_width{};
  std::vector<std::string> calibration_fit{};
  std::optional<Index> samples{}, samples_width{}, samples_fit{}, generated_windows{};
  std::string sampling = "first";
  std::optional<std::string> eval_text{};
  std::optional<Index> seqlen{}, max_windows{};
  std::optional<std::string> ignore_label{};  ///< "eos", "none" or a token id
  bool add_bos = false, no_add_bos = false;   ///< neither: as the tokenizer does
  bool no_chat_template = false;

  simd::Compute compute = simd::Compute::float32;
  std::optional<double> confidence{};
  std::uint64_t seed = 42;

  std::string format = "multipruner";      ///< or several, with commas
  std::optional<std::string> gguf_type{};  ///< "f32", "f16", "bf16" or "q8_0"
  std::optional<std::string> target{};     ///< a format

  friend bool operator==(const RunSpec&, const RunSpec&) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
