// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace multipruner::cli {

/// `--isa LEVEL`, which the launcher has followed already where there is one: what is left is to refuse a level that
/// this program is not, and to list the levels for `--isa help`.
void add_isa_option(CLI::App& app, const std::string& group);

/// "avx2 of baseline, avx2", for --version.
[[nodiscard]] std::string isa_summary();

}  // namespace multipruner::cli
