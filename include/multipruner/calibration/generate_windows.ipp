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

/// Some windows that are written side by side, token by token.
class WindowPass {
 public:
  /// @param first  the number of the first window
  /// @param tokens  of all windows of the pass, row-major
  WindowPass(const ModelView& view, const GeneratedWindowsOptions& options, Index first, std::span<TokenId> tokens)
      : view_(view),
        options_(options),
        first_(first),
        count_(static_cast<Index>(tokens.size()) / options.length),
        tokens_(tokens),
        noted_(static_cast<std::size_t>(count_), 0) {}

  /// Draws first tokens, and takes over what the memory knows of the others.
  void begin(std::span<const TokenId> first_tokens) {
    for (Index i = 0; i < count_; ++i) {
      NumpyRandom& random = randoms_.emplace_back(options_.seed + static_cast<std::uint64_t>(first_ + i));
      const auto drawn = static_cast<std::size_t>(random.uniform() * static_cast<double>(first_tokens.size()));
      window(i).front() = first_tokens[drawn];
      noted_[static_cast<std::size_t>(i)] = recall(i);
    }
  }

  /// @param written  called with the number of tokens of each that are there
  template <class Written>
  void write(Workspace& workspace, Written&& written) {
    const Index known = std::max<Index>(std::ranges::min(noted_), 1);
    if (known == options_.length) return written(known);
    for (Index i = 0; i < count_; ++i) states_.emplace_back(view_, options_.length);
    read(known - 1, workspace);
    Matrix<float> logits(count_, view_.config().vocab_size);
    for (Index position = known - 1; position + 1 < options_.length; ++position) {
      const Matrix<float> stream = step(position, 1, workspace);
      compute_logits(view_.graph(), stream.view(), logits.view(), workspace);
      draw(position, logits);
      if ((position + 2) % tokens_a_note == 0 || position + 2 == options_.length) note(position + 2);
      written(position + 2);
    }
  }

 private:
  static constexpr Index tokens_a_note = 8;

  [[nodiscard]] std::span<TokenId> window(Index i) const {
    return tokens_.subspan(static_cast<std::size_t>(i * options_.length), static_cast<std::size_t>(options_.length));
  }

  /// Takes over what is known of a window, and draws what was drawn for that; how many tokens there are.
  Index recall(Index i) {
    if (options_.memory == nullptr) return 0;
    const std::vector<TokenId> known = options_.memory->find(first_ + i);
    const bool possible = known.size() <= window(i).size() && !known.empty() && known.front() == window(i).front() &&
                          std::ranges::all_of(known, [&](TokenId id) {
                            return id >= 0 && static_cast<Index>(id) < view_.config().vocab_size;
                          });
    if (!possible) return 0;
    std::ranges::copy(known, window(i).begin());
    for (std::size_t drawn = 1; drawn < known.size(); ++drawn) (void)randoms_.back().uniform();
    return static_cast<Index>(known.size());
  }

  /// Fills the caches of all windows with their first tokens.
  void read(Index length, Workspace& workspace) {
    constexpr Index rows_a_step = 1024;
    const Index most = std::max<Index>(rows_a_step / count_, 1);
    for (Index position = 0; position < length; position += most) {
      (void)step(position, std::min(most, length - position), workspace);
    }
  }

  [[nodiscard]] Matrix<float> step(Index position, Index length, Workspace& workspace) {
    SequenceBatch batch;
    std::vector<TokenId> next;
    for (Index i = 0; i < count_; ++i) {
      batch.append(length, position);
      const auto from = window(i).begin() + position;
      next.insert(next.end(), from, from + length);
    }
    return forward(view_, next, batch, workspace, {}, states_);
  }

  void draw(Index position, const Matrix<float>& logits) {
    const GenerationOptions drawing{.temperature = options_.temperature, .top_k = 0};
    const auto row_of = [&](Index i) {
      return std::span<const float>(logits.view().row(i), static_cast<std::size_t>(logits.columns()));
    };
    for (Index i = 0; i < count_; ++i) {
      require_finite_logits(view_, row_of(i), window(i).first(static_cast<std::size_t>(position + 1)),
                            options_.compute);
    }
    parallel_for(count_, [&](Index i) {
      if (position + 1 < noted_[static_cast<std::size_t>(i)]) return;  // is known
      window(i)[static_cast<std::size_t>(position + 1)] =
          draw_token(row_of(i), drawing, randoms_[static_cast<std::size_t>(i)]);
    });
  }

  void note(Index length) {
    if (options_.memory == nullptr) return;
    for (Index i = 0; i < count_; ++i) {
      Index& noted = noted_[static_cast<std::size_t>(i)];
      if (noted >= length) continue;
      options_.memory->add(
          first_ + i, noted,
          window(i).subspan(static_cast<std::size_t>(noted), static_cast<std::size_t>(length - noted)));
      noted = length;
    }
  }

  const ModelView& view_;
  const GeneratedWindowsOptions& options_;
  Index first_, count_;
  std::span<TokenId> tokens_;
  std::vector<NumpyRandom> randoms_;
  std::vector<SequenceState> states_;
  std::vector<Index> noted_;  ///< tokens of each window that the memory has
};

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
    detail::WindowPass windows(view, options, first, pass);
    windows.begin(first_tokens);
    windows.write(workspace, [&](Index length) { scope.advance(first * options.length + count * length); });
  }
  return {options.length, std::move(tokens)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
