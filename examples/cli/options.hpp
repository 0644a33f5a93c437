// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include <multipruner/core/types.hpp>
#include <multipruner/run/run_field.hpp>
#include <multipruner/run/text_windows.hpp>
#include <multipruner/run/tokenizing_options.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::cli {

/// Options that every subcommand has.
struct CommonOptions {
  int threads = 0;  ///< 0: as many as the machine has
  std::uint64_t seed = 42;
  bool quiet = false;
  bool json = false;
};

/// `--compute`: what products are computed in.
void add_compute_option(CLI::App& app, simd::Compute& compute);

/// An option that takes a number of bytes: 500MB, 2GB, or without a unit. @throws OptionError for what is none.
CLI::Option* add_size_option(CLI::App& app, const std::string& name, std::optional<std::uint64_t>& value,
                             const std::string& description);

void add_common_options(CLI::App& app, CommonOptions& options);
/// What --help says of a field.
[[nodiscard]] std::string help_of(const RunField& field);

/// An option of a command that is no run, with the flags and the help of a field of runs.
template <class T>
void add_field_option(CLI::App& app, std::string_view name, T& value) {
  const RunField& field = *find_run_field(name);
  app.add_option(std::string(field.flags), value, help_of(field))
      ->type_name(std::string(field.value_name))
      ->group(std::string(field.group));
}

void add_window_options(CLI::App& app, WindowSettings& options);

/// `--add-bos` and `--no-add-bos`; and `--no-chat-template`, where texts have rows. @throws OptionError for both of the
/// first
void add_tokenizing_options(CLI::App& app, TokenizingOptions& options, bool has_rows = true);

/// The option of one field, which need not be given.
void add_run_field(CLI::App& app, RunSpec& spec, std::string_view name);

/// The options of one heading that say what a run is to do, each from the field of RunSpec that it is of.
void add_run_fields(CLI::App& app, RunSpec& spec, std::string_view group);

}  // namespace multipruner::cli
