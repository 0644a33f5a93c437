// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <multipruner/arch/load.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/io/safetensors.hpp>

namespace multipruner::test {

/// Token sequences of equal length with the outputs that an oracle computed for them.
struct GoldenRun {
  Index sequences = 0;
  Index length = 0;
  std::vector<TokenId> tokens;
  std::vector<float> logits;               ///< sequences × length × vocab_size
  std::vector<std::vector<float>> hidden;  ///< residual stream before every layer and after the last one; may be empty

  [[nodiscard]] SequenceBatch batch() const { return {sequences, length}; }
};

inline GoldenRun read_golden(const std::filesystem::path& file) {
  const SafetensorsFile golden(file);
  GoldenRun run;
  const auto ids = golden.values<std::int64_t>("input_ids");
  run.sequences = golden.get("input_ids").shape.at(0);
  run.length = golden.get("input_ids").shape.at(1);
  for (const std::int64_t id : ids) run.tokens.push_back(static_cast<TokenId>(id));
  run.logits = golden.values<float>("logits");
  for (Index i = 0; golden.find("hidden." + std::to_string(i)) != nullptr; ++i) {
    run.hidden.push_back(golden.values<float>("hidden." + std::to_string(i)));
  }
  return run;
}

/// Logits of a view for all tokens of a golden run.
inline Matrix<float> run_logits(const ModelView& view, const GoldenRun& run) {
  Workspace workspace;
  const Matrix<float> stream = forward(view, run.tokens, run.batch(), workspace);
  Matrix<float> logits(stream.rows(), view.config().vocab_size);
  compute_logits(view.graph(), stream.view(), logits.view(), workspace);
  return logits;
}

/// Mean negative log-likelihood of one of the sequences, from the loss kernel.
inline double mean_nll(const ModelView& view, const GoldenRun& run, Index sequence) {
  const std::span<const TokenId> ids(run.tokens.data() + sequence * run.length, static_cast<std::size_t>(run.length));
  std::vector<TokenId> labels(ids.begin() + 1, ids.end());
  labels.push_back(-1);
  std::vector<double> nll(labels.size());
  Workspace workspace;
  const Matrix<float> stream = forward(view, ids, {1, run.length}, workspace);
  token_losses(view.graph(), stream.view(), labels, nll, workspace);
  double sum = 0;
  for (const double loss : nll) sum += loss;
  return sum / static_cast<double>(run.length - 1);
}

/// max |a − b| / max |b|
inline double relative_difference(MatrixView<const float> a, std::span<const float> b) {
  double difference = 0;
  double largest = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    difference = std::max(difference, std::abs(static_cast<double>(a.data[i]) - b[i]));
    largest = std::max(largest, std::abs(static_cast<double>(b[i])));
  }
  return difference / largest;
}

}  // namespace multipruner::test
