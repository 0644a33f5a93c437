// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/run/run_spec.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// The file in the output folder of a run with which `multipruner run` makes the same model again.
inline constexpr const char* recipe_name = "recipe.yaml";

/// A spec as YAML for `multipruner run`, a line a member that is set: defaults are written out, so that those of
/// another version change nothing. It says so where the program alone cannot make the run again, because an order or a
/// compensation is an application's own.
[[nodiscard]] std::string to_recipe(const RunSpec& spec);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/recipe.ipp>
#endif
