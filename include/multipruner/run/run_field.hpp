// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/run/run_spec.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// A member of RunSpec, of one of the types that it has.
using RunMember =
    std::variant<std::string RunSpec::*, std::optional<std::string> RunSpec::*, std::vector<std::string> RunSpec::*,
                 bool RunSpec::*, double RunSpec::*, std::optional<double> RunSpec::*, std::vector<double> RunSpec::*,
                 std::optional<Index> RunSpec::*, std::uint64_t RunSpec::*, simd::Compute RunSpec::*>;

/// What numbers a field takes.
enum class FieldRange : std::uint8_t {
  any,
  percentage,  ///< with or without its sign; below 1 only with it
  confidence,  ///< from 0.5 to below 1, or as a percentage
  counts,      ///< 1 or more
  zero_too,    ///< 0 or more
};

/// A member of a RunSpec with all that is told of it anywhere: the one place to add an option of a run.
struct RunField {
  std::string_view name;        ///< its key in a recipe: "samples_width"
  std::string_view log_key;     ///< its place in `args` of log.json, as a JSON pointer: "/compensation/method"
  std::string_view flags;       ///< of the program: "--ratio,--target_ratio"; the first is the one in errors
  std::string_view value_name;  ///< in --help: "PERCENT"; empty for flags
  std::string_view group;       ///< heading in --help
  std::string_view help;        ///< where it has {orderings}, {policies} or {metrics}, the names of a registry belong
  RunMember member;
  FieldRange range = FieldRange::any;
  bool required = false;

  [[nodiscard]] bool is_flag() const { return std::holds_alternative<bool RunSpec::*>(member); }
  [[nodiscard]] bool is_list() const {
    return std::holds_alternative<std::vector<std::string> RunSpec::*>(member) ||
           std::holds_alternative<std::vector<double> RunSpec::*>(member);
  }

  /// What errors call it: "--ratio".
  [[nodiscard]] std::string_view flag() const { return flags.substr(0, flags.find(',')); }
};

/// All members, in the order in which people think of them.
[[nodiscard]] std::span<const RunField> run_fields();

/// The field of that name; null if there is none.
[[nodiscard]] const RunField* find_run_field(std::string_view name);

/// Empties a member, as lists are before elements are added.
void clear(RunSpec& spec, const RunField& field);

/// Makes a member what it is by default.
void reset(RunSpec& spec, const RunField& field);

/// Sets a member from a text, as the program is given it; adds to a list.
/// @throws OptionError for a text that is none of the field's values.
void set_from_text(RunSpec& spec, const RunField& field, const std::string& text);

/// A member as JSON; null where it is not set.
[[nodiscard]] nlohmann::ordered_json to_json(const RunSpec& spec, const RunField& field);

/// A recipe: the members that are not as by default, under their names.
[[nodiscard]] nlohmann::ordered_json to_json(const RunSpec& spec);

/// Reads a recipe. Percentages may be texts with their sign, a list of one that one alone, and a text a number.
/// @throws DataError for a key or a value that no field has, naming it and what it may be
[[nodiscard]] RunSpec run_spec_of(const JsonReader& recipe);

/// All members under the keys that logs have, which are the reference's where that has them.
[[nodiscard]] nlohmann::ordered_json log_args(const RunSpec& spec);

/// The spec of a finished run from `args` of its log.json. What older versions did not write is as by default.
/// @throws DataError naming the entry that is impossible
[[nodiscard]] RunSpec run_spec_of_log(const JsonReader& args);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/run_field.ipp>
#endif
