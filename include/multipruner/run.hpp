// SPDX-License-Identifier: MIT
#pragma once

/// Whole runs, from a spec to a folder, finished ones, and descriptions and comparisons of models. Apart from
/// <multipruner/multipruner.hpp>, because who composes a pipeline needs none of it, and it takes a third of the time to
/// compile again.

#include <multipruner/run/convert_model.hpp>
#include <multipruner/run/judge_text.hpp>
#include <multipruner/run/make_unit_order.hpp>
#include <multipruner/run/measured_model.hpp>
#include <multipruner/run/method_comparison.hpp>
#include <multipruner/run/model_description.hpp>
#include <multipruner/run/model_parts.hpp>
#include <multipruner/run/past_run.hpp>
#include <multipruner/run/pruning_run.hpp>
#include <multipruner/run/recipe.hpp>
#include <multipruner/run/require_output_folder.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_field.hpp>
#include <multipruner/run/run_identity.hpp>
#include <multipruner/run/sequential_choices.hpp>
#include <multipruner/run/sparsify_run.hpp>
