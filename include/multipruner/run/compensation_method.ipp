// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/compensation/local_compensation.hpp>
#include <multipruner/compensation/stream_matching.hpp>
#include <multipruner/run/compensation_method.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline StreamMatching stream_matching(const CompensationSettings& settings, double ridge = 1) {
  return StreamMatching({.ridge = ridge,
                         .bias = settings.bias,
                         .keep_zeros = settings.keep_zeros,
                         .compute = settings.compute,
                         .rows_per_pass = settings.rows_per_pass,
                         .scratch_folder = settings.scratch_folder});
}

/// Candidates are compared with local outputs.
inline void add_local(CompensationMethod& method) {
  method.outputs = [](const Graph& start, const TokenWindows& windows, const CompensationSettings& settings,
                      ProgressSink& progress) {
    const LocalCompensation<> local({.ridge = settings.local_ridge,
                                     .keep_zeros = settings.keep_zeros,
                                     .compute = settings.compute,
                                     .rows_per_pass = settings.rows_per_pass});
    return std::unique_ptr<BlockSource>(local.outputs(start, windows, progress));
  };
}

/// Streams are matched after the search.
inline void add_stream_matching(CompensationMethod& method) {
  method.solve = [](const ModelView& dense, const ModelView& pruned, const TokenWindows& windows, double ridge,
                    const CompensationSettings& settings, ProgressSink& progress) {
    return stream_matching(settings, ridge).compensate(dense, pruned, windows, progress);
  };
  method.require_applicable = [](const ModelConfig& config, const CompensationSettings& settings) {
    stream_matching(settings).require_applicable(config);
  };
  method.bytes = [](const ModelView& pruned, Index tokens, const CompensationSettings& settings) {
    return stream_matching_bytes(pruned, tokens, settings.keep_zeros);
  };
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE Registry<CompensationMethod> shipped_compensation_methods() {
  CompensationMethod local{.name = "local"}, matching{.name = "stream-matching"}, both{.name = "local+stream-matching"};
  for (CompensationMethod* method : {&local, &both}) detail::add_local(*method);
  for (CompensationMethod* method : {&matching, &both}) detail::add_stream_matching(*method);
  return {"--compensate", {{}, std::move(local), std::move(matching), std::move(both)}};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
