// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>

#include <nlohmann/json.hpp>

#include <multipruner/io/text_rows.hpp>
#include <multipruner/run/recipe.hpp>
#include <multipruner/run/run_field.hpp>
#include <multipruner/run/run_registries.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A comment where the program does not know a name; else nothing.
template <class Entry>
[[nodiscard]] std::string not_shipped(const Registry<Entry>& registry, const std::optional<std::string>& name) {
  if (!name || registry.find(*name) != nullptr) return "";
  return "# The program cannot make this run again: \"" + *name + "\" is of the application that made it.\n";
}

/// The same of a list with commas.
template <class Entry>
[[nodiscard]] std::string none_shipped(const Registry<Entry>& registry, const std::string& list) {
  std::string comments;
  for (const std::string& name : split(list, ",")) comments += not_shipped<Entry>(registry, name);
  return comments;
}

/// Nothing, written where it is not what a field is without a line, such as an empty list of ridges.
[[nodiscard]] inline bool is_nothing(const nlohmann::ordered_json& value) {
  return value.is_null() || value == false || value.empty() || value == "";
}

/// Whole numbers without a point, and what is below one percent with its sign, as people are asked to write it.
[[nodiscard]] inline nlohmann::ordered_json as_written(const RunField& field, const nlohmann::ordered_json& value) {
  if (!value.is_number_float()) return value;
  const double number = value.get<double>();
  if (field.range == FieldRange::percentage && number > 0 && number < 1) return value.dump() + "%";
  return number == std::floor(number) && std::abs(number) < 1e15
             ? nlohmann::ordered_json(static_cast<std::int64_t>(number))
             : value;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE std::string to_recipe(const RunSpec& spec) {
  const RunRegistries shipped;
  const RunSpec usual;
  std::string text =
      "# multipruner run " + std::string(recipe_name) + " --out DIR\n" +
      detail::not_shipped(shipped.policies, spec.policy) + detail::not_shipped(shipped.metrics, spec.metric) +
      detail::none_shipped(shipped.formats, spec.format) + detail::not_shipped(shipped.orderings, spec.reorder) +
      detail::not_shipped(shipped.compensations, spec.compensate);
  for (const RunField& field : run_fields()) {
    const nlohmann::ordered_json value = detail::as_written(field, to_json(spec, field));
    if (detail::is_nothing(value) && value == to_json(usual, field)) continue;
    // Every JSON value in one line is one of YAML. A path need not be UTF-8.
    text += std::string(field.name) + ": " +
            value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  }
  return text;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
