// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "options.hpp"
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/compensation/choose_compensation.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/plan/block_source.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::cli {

/// How a pruned model makes up for what it lost.
struct CompensationSettings {
  std::vector<double> ridges{0.1, 0.3, 1};  ///< that stream matching has to choose from
  double local_ridge = 0.01;                ///< of the outputs that candidates are compared with
  bool bias = false;                        ///< stream matching solves biases that the model has, too
  std::optional<double> every{};  ///< search and compensation in turn, so many percent of the parameters at a time
};

enum class CompensationKind : std::uint8_t { none, local, stream_matching, local_and_stream_matching };

/// @throws OptionError for a name of none of them.
[[nodiscard]] CompensationKind compensation_named(std::string_view name);

struct CompensationFlags : CompensationSettings {
  std::optional<CompensationKind> kind{};  ///< not given: what the preset says
};

struct CompensationMethod : CompensationSettings {
  CompensationKind kind = CompensationKind::none;
  bool keep_zeros = false;  ///< what is masked in the model that is pruned stays zero

  [[nodiscard]] std::string name() const;
  [[nodiscard]] bool is_none() const { return kind == CompensationKind::none; }
  [[nodiscard]] bool in_candidates() const {
    return kind == CompensationKind::local || kind == CompensationKind::local_and_stream_matching;
  }
  [[nodiscard]] bool matches_streams() const {
    return kind == CompensationKind::stream_matching || kind == CompensationKind::local_and_stream_matching;
  }
};

void add_compensation_options(CLI::App& app, CompensationFlags& flags, AfterParsing& after_parsing);

/// @throws OptionError for a ridge or a share that cannot work.
[[nodiscard]] CompensationMethod method_of(const CompensationFlags& flags, CompensationKind otherwise);

/// @throws OptionError where the method is not for such a model.
void require_applicable(const CompensationMethod& method, const ModelConfig& config);

/// A method at work on a model. The model and the windows must outlive it.
class Compensation {
 public:
  /// @param dense  the whole model
  /// @param windows  on which it is fitted
  /// @param scratch_folder  for models that are to stay out of memory; empty: they are in memory
  Compensation(CompensationMethod method, const Graph& dense, const TokenWindows& windows, simd::Compute compute,
               Index rows_per_pass, std::filesystem::path scratch_folder = {})
      : method_(std::move(method)),
        dense_(&dense),
        windows_(&windows),
        compute_(compute),
        rows_per_pass_(rows_per_pass),
        scratch_folder_(std::move(scratch_folder)) {}

  /// What the candidates of a search that begins at `start` are compared with; null: nothing, they are compared as they
  /// are.
  [[nodiscard]] std::unique_ptr<BlockSource> outputs(const Graph& start, ProgressSink& progress) const;

  /// Tries the method with each ridge, and keeps what is best on windows held out.
  /// @param pruned  with the outputs that candidates were compared with
  [[nodiscard]] CompensationChoice compensate(const ModelView& pruned, ProgressSink& progress) const;

  /// What is left of `start` after a plan, compensated as a turn of a run is that ends there.
  [[nodiscard]] Graph smaller(const Graph& start, const Plan& plan, ProgressSink& progress) const;

 private:
  CompensationMethod method_;
  const Graph* dense_;
  const TokenWindows* windows_;
  simd::Compute compute_;
  Index rows_per_pass_;
  std::filesystem::path scratch_folder_;
};

/// What is left of the model after a choice: the compensated one, or the plain columns of the view.
[[nodiscard]] Graph smaller_graph(CompensationChoice choice, const ModelView& pruned);

/// "stream-matching, ridge 0.1: 3.412 to 3.251 nats a token on held-out windows", or why there is none.
[[nodiscard]] std::string describe(const CompensationMethod& method, const CompensationChoice& choice);

/// For the log: what was tried, what was chosen, and how each weight was solved.
[[nodiscard]] nlohmann::ordered_json to_json(const CompensationMethod& method, const CompensationChoice& choice);

}  // namespace multipruner::cli
