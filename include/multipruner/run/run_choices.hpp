// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/calibration/calibration_options.hpp>
#include <multipruner/calibration/sampling.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/run/make_unit_order.hpp>
#include <multipruner/run/run_compensation.hpp>
#include <multipruner/run/run_registries.hpp>
#include <multipruner/run/run_spec.hpp>
#include <multipruner/run/text_windows.hpp>
#include <multipruner/run/tokenizing_options.hpp>
#include <multipruner/run/unit_ordering.hpp>
#include <multipruner/run/with_preset.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Checks all that can be checked without a model. @throws OptionError naming what cannot work, or not together
void validate(const RunSpec& spec, const RunRegistries& registries = {});

/// The spec without what means nothing to its policy, which `validate` would refuse: for several policies that are told
/// the same. @throws OptionError for a policy that there is not
[[nodiscard]] RunSpec without_fields_of_others(RunSpec spec, const RunRegistries& registries = {});

/// The order of channels and heads. @throws OptionError for a name of none
[[nodiscard]] UnitOrdering ordering_of(const RunSpec& spec, const RunRegistries& registries = {});

/// How that order is made, but for memory and files. @throws OptionError for a name of none
[[nodiscard]] UnitOrderOptions unit_order_options(const RunSpec& spec, const RunRegistries& registries = {});

/// What makes up for what is removed. @throws OptionError for a name of none
[[nodiscard]] RunCompensationOptions compensation_of(const RunSpec& spec, const RunRegistries& registries = {});

/// "first", "random" or "reference". @throws OptionError for another name
[[nodiscard]] Sampling sampling_of(const std::string& name);

/// What of the texts is used; `fit_to_model` fills in the rest. @throws OptionError
[[nodiscard]] CalibrationOptions calibration_options(const RunSpec& spec);

[[nodiscard]] WindowSettings windows_of(const RunSpec& spec);

/// @throws OptionError where BOS is to be put in front of texts and not to be
[[nodiscard]] TokenizingOptions tokenizing_of(const RunSpec& spec);

/// Whether what is fitted, orders and compensation, has windows of its own.
[[nodiscard]] inline bool has_fit_text(const RunSpec& spec) {
  return spec.samples_fit || !spec.calibration_fit.empty();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/run_choices.ipp>
#endif
