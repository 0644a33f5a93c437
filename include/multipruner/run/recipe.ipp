// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
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

/// Whole numbers without a point, as people write them.
[[nodiscard]] inline nlohmann::ordered_json as_written(const nlohmann::ordered_json& value) {
  if (!value.is_number_float() || value.get<double>() != std::floor(value.get<double>())) return value;
  return std::abs(value.get<double>()) < 1e15 ? nlohmann::ordered_json(value.get<std::int64_t>()) : value;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE std::string to_recipe(const RunSpec& spec) {
  const RunRegistries shipped;
  std::string text = "# multipruner run " + std::string(recipe_name) + " --out DIR\n" +
                     detail::not_shipped(shipped.orderings, spec.reorder) +
                     detail::not_shipped(shipped.compensations, spec.compensate);
  const nlohmann::ordered_json recipe = to_json(spec);
  for (const auto& [key, value] : recipe.items()) {
    // Every JSON value in one line is one of YAML. A path need not be UTF-8.
    text += key + ": " +
            detail::as_written(value).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  }
  return text;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
