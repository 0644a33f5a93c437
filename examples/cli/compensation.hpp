#pragma once

#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <multipruner/compensation/choose_compensation.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::cli {

/// How a pruned model makes up for what it lost.
struct CompensationFlags {
  std::optional<std::string> method;  ///< not given: what the preset says
  std::vector<double> ridges{0.03, 0.1, 0.3};
};

/// A method with the ridges to choose from.
struct CompensationMethod {
  std::string name;
  std::vector<double> ridges;

  [[nodiscard]] bool is_none() const { return name == "none"; }
};

void add_compensation_options(CLI::App& app, CompensationFlags& flags);

/// @throws OptionError for an unknown method or a ridge that cannot work.
[[nodiscard]] CompensationMethod method_of(const CompensationFlags& flags, const std::string& otherwise);

/// Compensates a view with each ridge, and keeps what is best on held-out windows.
/// @param dense  the model that is pruned
[[nodiscard]] CompensationChoice compensate(const CompensationMethod& method, const Graph& dense,
                                            const ModelView& pruned, const TokenWindows& windows, simd::Compute compute,
                                            Index rows_per_pass, ProgressSink& progress);

/// "stream-matching, ridge 0.1: 3.412 → 3.251 nats on held-out windows", or why there is none.
[[nodiscard]] std::string describe(const CompensationMethod& method, const CompensationChoice& choice);

/// For the log: what was tried, what was chosen, and how each weight was solved.
[[nodiscard]] nlohmann::ordered_json to_json(const CompensationMethod& method, const CompensationChoice& choice);

}  // namespace multipruner::cli
