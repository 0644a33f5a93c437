// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/calibration/statistics_file.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/exact_text.hpp>
#include <multipruner/io/double_tensors.hpp>
#include <multipruner/io/safetensors.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline std::string statistics_name(const BlockSpec& block, std::string_view what) {
  return "layer." + std::to_string(block.layer()) + "." + std::string(block.kind().name) + "." + std::string(what);
}

/// Collects tensors to be written, and small ones that are made for it.
class StatisticsTensors {
 public:
  void add(const BlockSpec& block, Signal signal, const SignalStatistics& statistics) {
    const std::string name = statistics_name(block, block.kind().name_of(signal));
    if (const auto& moments = statistics.moments) {
      add_values(name + ".count", {static_cast<double>(moments->count())});
      tensors_.push_back({name + ".mean", {moments->columns()}, moments->mean()});
      tensors_.push_back({name + ".squares", {moments->columns()}, moments->squares()});
      tensors_.push_back({name + ".deviations", {moments->columns()}, moments->deviations()});
    }
    if (const auto& gram = statistics.gram) {
      const MatrixView<const double> matrix = gram->matrix();
      add_values(name + ".gram_count", {static_cast<double>(gram->count())});
      tensors_.push_back({name + ".gram",
                          {gram->columns(), gram->columns()},
                          {matrix.data, static_cast<std::size_t>(matrix.rows * matrix.columns)}});
    }
  }

  void add(const BlockSpec& block, std::string_view what, const std::optional<StreamSimilarity>& similarity) {
    if (!similarity) return;
    const StreamSimilarity& s = *similarity;
    add_values(statistics_name(block, what),
               {static_cast<double>(s.tokens), static_cast<double>(s.windows), s.cosine, s.magnitude, s.angle});
  }

  [[nodiscard]] const std::vector<DoubleTensor>& tensors() const { return tensors_; }

 private:
  void add_values(std::string name, std::vector<double> values) {
    const std::vector<double>& kept = made_.emplace_back(std::move(values));
    tensors_.push_back({std::move(name), {static_cast<Index>(kept.size())}, kept});
  }

  std::vector<DoubleTensor> tensors_;
  std::deque<std::vector<double>> made_;
};

[[noreturn]] inline void refuse_statistics(const SafetensorsFile& file, const std::string& name,
                                           const std::string& problem) {
  throw DataError(file.path().string() + ": tensor " + name, problem, "Gather the statistics again");
}

/// The values of a tensor of a known shape. @throws DataError where it is absent, has another shape, or has a value
/// that is not finite.
[[nodiscard]] inline std::vector<double> read_values(const SafetensorsFile& file, const std::string& name,
                                                     const std::vector<Index>& shape) {
  if (file.get(name).shape != shape) refuse_statistics(file, name, "it has another shape than such statistics have");
  std::vector<double> values = file.values<double>(name);
  if (!std::ranges::all_of(values, [](double value) { return std::isfinite(value); })) {
    refuse_statistics(file, name, "it has a value that is not finite");
  }
  return values;
}

/// Sums of squares. @throws DataError as read_values, and where one is negative.
[[nodiscard]] inline std::vector<double> read_squares(const SafetensorsFile& file, const std::string& name,
                                                      const std::vector<Index>& shape) {
  std::vector<double> values = read_values(file, name, shape);
  if (std::ranges::any_of(values, [](double value) { return value < 0; })) {
    refuse_statistics(file, name, "it has a negative sum of squares");
  }
  return values;
}

/// A value that counts something. @throws DataError where it does not.
[[nodiscard]] inline Index count_of(double value, const SafetensorsFile& file, const std::string& name) {
  constexpr double largest = 9'007'199'254'740'992;  // 2^53; above, doubles leave numbers out
  if (value >= 0 && value <= largest && value == std::floor(value)) return static_cast<Index>(value);
  refuse_statistics(file, name, exact_text(value) + " does not count anything");
}

[[nodiscard]] inline SignalStatistics read_signal(const SafetensorsFile& file, const BlockSpec& block, Signal signal) {
  const std::string name = statistics_name(block, block.kind().name_of(signal));
  const auto count = [&](const std::string& counter) {
    return count_of(read_values(file, counter, {1}).front(), file, counter);
  };
  SignalStatistics statistics;
  if (const TensorInfo* mean = file.find(name + ".mean")) {
    const std::vector<Index> shape{mean->element_count()};
    statistics.moments.emplace(count(name + ".count"), read_values(file, name + ".mean", shape),
                               read_squares(file, name + ".squares", shape),
                               read_squares(file, name + ".deviations", shape));
  }
  if (const TensorInfo* gram = file.find(name + ".gram")) {
    const Index columns = gram->shape.empty() ? 0 : gram->shape.front();
    const std::vector<double> values = read_values(file, name + ".gram", {columns, columns});
    statistics.gram.emplace(count(name + ".gram_count"), copied(MatrixView(values.data(), columns, columns)));
  }
  return statistics;
}

[[nodiscard]] inline std::optional<StreamSimilarity> read_similarity(const SafetensorsFile& file,
                                                                     const BlockSpec& block, std::string_view what) {
  const std::string name = statistics_name(block, what);
  if (file.find(name) == nullptr) return std::nullopt;
  const std::vector<double> values = read_values(file, name, {5});
  return StreamSimilarity{count_of(values[0], file, name), count_of(values[1], file, name), values[2], values[3],
                          values[4]};
}

/// @throws DataError where the file holds no statistics, or those of something else.
inline void check_origin(const SafetensorsFile& file, const StatisticsOrigin& expected) {
  const auto check = [&](const char* key, const std::string& wanted, const char* problem, const char* remedy) {
    const auto entry = file.metadata().find(key);
    if (entry != file.metadata().end() && entry->second == wanted) return;
    throw DataError(file.path().string(), problem, remedy);
  };
  check("format", statistics_format, "it holds no statistics that this version reads", "Gather them again");
  check("model", expected.model, "the statistics are of another model", "Gather statistics of this model");
  check("windows", expected.windows, "the statistics are of another text, or of other windows of it",
        "Gather statistics on this text");
  check("compute", expected.compute, "the statistics were gathered in another compute type",
        "Gather statistics in this one");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE void save_statistics(const std::filesystem::path& path, const ModelStatistics& statistics) {
  detail::StatisticsTensors tensors;
  for (Index position = 0; position < statistics.num_blocks(); ++position) {
    const BlockSpec& block = statistics.blocks()[{position}];
    const BlockStatistics& known = statistics.at({position});
    for (std::size_t i = 0; i < known.inputs.size(); ++i) tensors.add(block, input_signal(i), known.inputs[i]);
    tensors.add(block, "similarity", known.similarity);
    tensors.add(block, "layer_similarity", known.layer_similarity);
  }
  const StatisticsOrigin& origin = statistics.origin();
  write_double_tensors(path, tensors.tensors(),
                       {{"format", detail::statistics_format},
                        {"model", origin.model},
                        {"windows", origin.windows},
                        {"compute", origin.compute}});
}

MULTIPRUNER_INLINE ModelStatistics load_statistics(const std::filesystem::path& path, const ModelView& view,
                                                   const TokenWindows& windows, simd::Compute compute) {
  const SafetensorsFile file(path);
  StatisticsOrigin origin = statistics_origin(view, windows, compute);
  detail::check_origin(file, origin);
  ModelStatistics statistics(std::move(origin), view.config().blocks);
  for (Index position = 0; position < statistics.num_blocks(); ++position) {
    const BlockSpec& block = statistics.blocks()[{position}];
    BlockStatistics& known = statistics.at({position});
    for (std::size_t i = 0; i < known.inputs.size(); ++i) {
      known.inputs[i] = detail::read_signal(file, block, input_signal(i));
    }
    known.similarity = detail::read_similarity(file, block, "similarity");
    known.layer_similarity = detail::read_similarity(file, block, "layer_similarity");
  }
  return statistics;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
