// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <CLI/CLI.hpp>

#include "options.hpp"
#include <multipruner/run/run_compensation.hpp>

namespace multipruner::cli {

/// What the options say of compensation.
struct CompensationFlags {
  std::optional<CompensationMethod> method{};  ///< not given: what the preset says
  CompensationSettings settings{};
  std::optional<double> every{};
};

/// The methods that --compensate knows.
[[nodiscard]] const Registry<CompensationMethod>& compensation_methods();

void add_compensation_options(CLI::App& app, CompensationFlags& flags, AfterParsing& after_parsing);

}  // namespace multipruner::cli
