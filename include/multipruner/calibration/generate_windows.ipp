// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/calibration/generate_windows.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/numpy_random.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/forward/generate.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE Index generated_window_bytes(const ModelView& view, Index length) {
  const Index logits = product_of_sizes("windows to be generated", {sizeof(float), view.config().vocab_size});
  return sum_of_sizes("windows to be generated", SequenceState::bytes(view, length), logits);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline void check(const GeneratedWindowsOptions& options, const ModelConfig& config) {
  check(WindowOptions{.length = options.length});
  const auto require = [](bool fulfilled, const char* what, const char* instead) {
    if (!fulfilled) throw OptionError("windows to be generated", what, instead);
  };
  require(options.count >= 0 && options.windows_a_pass > 0, "their count is negative, or none fits into a pass",
          "Ask for 0 or more, and for 1 or more a pass");
  (void)product_of_sizes("windows to be generated", {options.count, options.length, sizeof(TokenId)});
  require(options.temperature > 0, "without a temperature all of them would be alike", "Give one above 0");
  require(config.max_position_embeddings <= 0 || options.length <= config.max_position_embeddings,
          "they are longer than the model can read", "Ask for shorter ones");
}

/// Writes some windows side by side, token by token.
/// @param windows  row-major, with their first tokens
/// @param written  called with the number of tokens of each that are there
template <class Written>
void write_windows(const ModelView& view, std::span<TokenId> windows, std::span<NumpyRandom> randoms,
                   const GeneratedWindowsOptions& options, Workspace& workspace, Written&& written) {
  const auto count = static_cast<Index>(randoms.size());
  const GenerationOptions drawing{.temperature = options.temperature, .top_k = 0};
  std::vector<SequenceState> states;
  for (Index i = 0; i < count; ++i) states.emplace_back(view, options.length);
  const auto token = [&](Index window, Index position) -> TokenId& {
    return windows[static_cast<std::size_t>(window * options.length + position)];
  };
  Matrix<float> logits(count, view.config().vocab_size);
  std::vector<TokenId> last(randoms.size());
  for (Index position = 0; position + 1 < options.length; ++position) {
    SequenceBatch batch;
    for (Index i = 0; i < count; ++i) {
      batch.append(1, position);
      last[static_cast<std::size_t>(i)] = token(i, position);
    }
    const Matrix<float> stream = forward(view, last, batch, workspace, {}, states);
    compute_logits(view.graph(), stream.view(), logits.view(), workspace);
    const auto row_of = [&](Index i) {
      return std::span<const float>(logits.view().row(i), static_cast<std::size_t>(logits.columns()));
    };
    for (Index i = 0; i < count; ++i) {
      const std::span<const TokenId> seen =
          windows.subspan(static_cast<std::size_t>(i * options.length), static_cast<std::size_t>(position + 1));
      require_finite_logits(view, row_of(i), seen, options.compute);
    }
    parallel_for(count, [&](Index i) {
      const std::span<const float> row = row_of(i);
      token(i, position + 1) = draw_token(row, drawing, randoms[static_cast<std::size_t>(i)]);
    });
    written(position + 2);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE TokenWindows generate_windows(const ModelView& view, std::span<const TokenId> first_tokens,
                                                 const GeneratedWindowsOptions& options, ProgressSink& progress) {
  detail::check(options, view.config());
  if (first_tokens.empty()) {
    throw OptionError("windows to be generated", "there are no tokens to begin with", "Give one or more");
  }
  std::vector<TokenId> tokens(static_cast<std::size_t>(options.count * options.length));
  Workspace workspace(options.compute);
  ProgressScope scope(progress, "tokens of text", options.count * options.length);
  for (Index first = 0; first < options.count; first += options.windows_a_pass) {
    const Index count = std::min(options.windows_a_pass, options.count - first);
    const std::span<TokenId> pass = std::span(tokens).subspan(static_cast<std::size_t>(first * options.length),
                                                              static_cast<std::size_t>(count * options.length));
    std::vector<NumpyRandom> randoms;
    for (Index i = 0; i < count; ++i) {
      NumpyRandom& random = randoms.emplace_back(options.seed + static_cast<std::uint64_t>(first + i));
      const auto drawn = static_cast<std::size_t>(random.uniform() * static_cast<double>(first_tokens.size()));
      pass[static_cast<std::size_t>(i * options.length)] = first_tokens[drawn];
    }
    detail::write_windows(view, pass, randoms, options, workspace,
                          [&](Index length) { scope.advance(first * options.length + count * length); });
  }
  return {options.length, std::move(tokens)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
