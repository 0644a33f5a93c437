// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/export/detail/self_check.hpp>
#include <multipruner/forward/forward.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Tokens from all over a vocabulary, as many as any model takes.
inline std::vector<TokenId> tokens_to_check(const ModelConfig& config) {
  constexpr Index most_tokens = 32, stride = 7919;  // a prime
  std::vector<TokenId> tokens;
  const Index count = std::min(most_tokens, std::max<Index>(config.max_position_embeddings, 1));
  for (Index i = 0; i < count; ++i) tokens.push_back(static_cast<TokenId>((1 + i * stride) % config.vocab_size));
  return tokens;
}

inline Matrix<float> logits_of(const ModelView& view, const std::vector<TokenId>& tokens) {
  Workspace workspace;
  const auto count = static_cast<Index>(tokens.size());
  const Matrix<float> stream = forward(view, tokens, SequenceBatch(1, count), workspace);
  Matrix<float> logits(count, view.config().vocab_size);
  compute_logits(view.graph(), stream.view(), logits.view(), workspace);
  return logits;
}

/// The largest difference, as a share of the largest magnitude of what is expected; infinite where something finite is
/// not. What is not finite in the model need not be the same.
inline double relative_difference(MatrixView<const float> expected, MatrixView<const float> found) {
  double difference = 0, largest = std::numeric_limits<double>::min();
  for (Index row = 0; row < expected.rows; ++row) {
    for (Index column = 0; column < expected.columns; ++column) {
      const double a = expected.row(row)[column], b = found.row(row)[column];
      if (!std::isfinite(a)) continue;
      if (!std::isfinite(b)) return std::numeric_limits<double>::infinity();
      difference = std::max(difference, std::abs(a - b));
      largest = std::max(largest, std::abs(a));
    }
  }
  return difference / largest;
}

MULTIPRUNER_INLINE void check_export(const ModelView& view,
                                     const std::function<Graph(const std::filesystem::path&)>& read_back,
                                     const std::filesystem::path& folder, std::string_view format, double tolerance) {
  const std::string where = "format " + std::string(format);
  constexpr const char* remedy = "Report this with the model and the plan, and save it in the format multipruner";
  const auto written = [&] {
    try {
      return read_back(folder);
    } catch (const Error& error) {
      throw OutputError(where, "what was written cannot be read back: " + error.where() + ": " + error.problem(),
                        remedy);
    }
  }();
  if (written.config().vocab_size != view.config().vocab_size) {
    throw OutputError(where, "what was written has another vocabulary than the model", remedy);
  }
  const std::vector<TokenId> tokens = tokens_to_check(view.config());
  const Matrix<float> expected = logits_of(view, tokens), found = logits_of(ModelView(written), tokens);
  const double difference = relative_difference(expected.view(), found.view());
  if (difference <= tolerance) return;
  throw OutputError(where,
                    "what was written computes logits that differ from the model's by " + std::to_string(difference) +
                        " of the largest, more than " + std::to_string(tolerance),
                    remedy);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
