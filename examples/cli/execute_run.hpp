// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>

#include "console.hpp"
#include "exit_code.hpp"
#include <multipruner/run/run_spec.hpp>

namespace multipruner::cli {

/// Where a run writes, and what it may use.
struct PlaceOptions {
  std::string out{}, log_jsonl{};
  std::string file{};  ///< to which the model moves from `out`; empty: it stays there
  bool overwrite = false, restart = false, dry_run = false;
  std::optional<std::string> statistics{};                 ///< a file
  std::optional<std::uint64_t> memory{}, stream_memory{};  ///< bytes
};

void add_place_options(CLI::App& app, PlaceOptions& options);

/// Whether `--out` is a file, in place of a folder: NAME.gguf.
[[nodiscard]] bool names_gguf_file(const std::string& out);

/// The format of such a file, where a run asks for one, or for none. @throws OptionError for another one
[[nodiscard]] std::string gguf_format_of(const std::string& format);

/// Makes a run and prints what it tells, or only what it would take. @throws what PruningRun throws
[[nodiscard]] ExitCode execute_run(const RunSpec& spec, const PlaceOptions& options, Console& console);

}  // namespace multipruner::cli
