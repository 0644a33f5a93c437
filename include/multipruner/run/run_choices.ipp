// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <multipruner/calibration/sampling.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_field.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// How large the model is, nobody knows before it is read: any ratio will do to check other fields.
/// @throws OptionError where something else says how much is to go
[[nodiscard]] inline RunSpec with_some_ratio(RunSpec spec) {
  const char* const target = spec.parameters     ? "--parameters"
                             : spec.bytes        ? "--bytes"
                             : spec.milliseconds ? "--milliseconds"
                                                 : nullptr;
  if (target == nullptr) return spec;
  const bool other = spec.ratio || spec.count || spec.slicing || spec.merge_threshold || spec.depth_until ||
                     spec.mlp_until || spec.heads_until;
  if (other || spec.parameters.has_value() + spec.bytes.has_value() + spec.milliseconds.has_value() > 1) {
    throw OptionError(target, "it takes the place of --ratio and of all that says how much is to go",
                      "Give one of them");
  }
  if (spec.milliseconds && !(*spec.milliseconds > 0)) {
    throw OptionError("--milliseconds", "no model takes so little", "Give more than 0");
  }
  spec.parameters.reset();
  spec.bytes.reset();
  spec.milliseconds.reset();
  spec.ratio = 50;
  return spec;
}

[[nodiscard]] inline bool takes(const PolicyMethod& policy, std::string_view field) {
  return policy.takes && std::ranges::find(*policy.takes, field) != policy.takes->end();
}

/// The policies to which a field means something, where it is one that some policies alone look at: "a, b".
[[nodiscard]] inline std::string policies_that_take(std::string_view field, const Registry<PolicyMethod>& policies) {
  std::string names;
  for (const PolicyMethod& policy : policies.entries()) {
    if (takes(policy, field)) names += (names.empty() ? "" : ", ") + policy.name;
  }
  return names;
}

/// The fields that are set and mean something to other policies alone.
[[nodiscard]] inline std::vector<const RunField*> fields_of_others(const RunSpec& spec, const PolicyMethod& policy,
                                                                   const Registry<PolicyMethod>& policies) {
  std::vector<const RunField*> fields;
  if (!policy.takes) return fields;
  const RunSpec usual;
  for (const RunField& field : run_fields()) {
    if (takes(policy, field.name) || to_json(spec, field) == to_json(usual, field)) continue;
    if (!policies_that_take(field.name, policies).empty()) fields.push_back(&field);
  }
  return fields;
}

/// @throws OptionError for the first of them
inline void refuse_fields_of_others(const RunSpec& spec, const PolicyMethod& policy,
                                    const Registry<PolicyMethod>& policies) {
  for (const RunField* field : fields_of_others(spec, policy, policies)) {
    throw OptionError(std::string(field->flag()), "it means nothing to --policy " + policy.name,
                      "Omit it, or use it with --policy " + policies_that_take(field->name, policies));
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE void validate(const RunSpec& asked_for, const RunRegistries& registries) {
  const RunSpec given = detail::with_some_ratio(asked_for);
  const RunSpec spec = with_preset(given);
  if (given.model.empty()) throw OptionError("--model_path", "is missing", "Name the folder of a model");
  if (given.calibration.empty()) throw OptionError("--calibration", "is missing", "Name a text");
  static_cast<void>(tokenizing_of(given));
  const PolicyMethod& policy = registries.policies.at(spec.policy);
  detail::refuse_fields_of_others(given, policy, registries.policies);
  if (policy.check) policy.check(given);
  detail::require_function(policy.make, "--policy", spec.policy);
  detail::require_function(registries.metrics.at(spec.metric).make, "--metric", spec.metric);
  static_cast<void>(formats_of(spec, registries.formats));
  if (spec.target) static_cast<void>(registries.formats.at(*spec.target));
  static_cast<void>(ordering_of(spec, registries));
  compensation_of(spec, registries).validate();
  static_cast<void>(calibration_options(spec));
  const std::string search = spec.search.value_or("exact");
  if (spec.confidence && search != "exact") {
    throw OptionError("--confidence",
                      "it drops candidates early, and --search " + search + " needs to know what they cost",
                      "Give one of them");
  }
  if (spec.confidence && !(*spec.confidence >= 0.5 && *spec.confidence < 1)) {
    throw OptionError("--confidence", "it must be from 0.5 to below 1", "Give e.g. 0.95, or omit it");
  }
}

MULTIPRUNER_INLINE RunSpec without_fields_of_others(RunSpec spec, const RunRegistries& registries) {
  const PolicyMethod& policy = registries.policies.at(spec.policy);
  for (const RunField* field : detail::fields_of_others(spec, policy, registries.policies)) reset(spec, *field);
  return spec;
}

MULTIPRUNER_INLINE UnitOrdering ordering_of(const RunSpec& spec, const RunRegistries& registries) {
  return registries.orderings.at(*with_preset(spec).reorder);
}

MULTIPRUNER_INLINE UnitOrderOptions unit_order_options(const RunSpec& spec, const RunRegistries& registries) {
  UnitOrderOptions options;
  options.ordering = ordering_of(spec, registries);
  options.seed = spec.seed;
  options.compute = spec.compute;
  options.keep_groups = spec.keep_zeros;
  return options;
}

MULTIPRUNER_INLINE RunCompensationOptions compensation_of(const RunSpec& spec, const RunRegistries& registries) {
  return {registries.compensations.at(*with_preset(spec).compensate),
          {.ridges = spec.ridge,
           .local_ridge = spec.local_ridge,
           .bias = spec.compensate_bias,
           .keep_zeros = spec.keep_zeros,
           .compute = spec.compute},
          spec.compensate_every};
}

MULTIPRUNER_INLINE Sampling sampling_of(const std::string& name) {
  if (const std::optional<Sampling> sampling = sampling_named(name)) return *sampling;
  throw OptionError("--sampling", "\"" + name + "\" is not known", "Use first, random or reference");
}

MULTIPRUNER_INLINE CalibrationOptions calibration_options(const RunSpec& spec) {
  return {.samples_block = spec.samples,
          .samples_width = spec.samples_width,
          .sampling = sampling_of(spec.sampling),
          .seed = spec.seed,
          .max_windows = spec.max_windows};
}

MULTIPRUNER_INLINE WindowSettings windows_of(const RunSpec& spec) {
  return {spec.seqlen, spec.max_windows, spec.ignore_label};
}

MULTIPRUNER_INLINE TokenizingOptions tokenizing_of(const RunSpec& spec) {
  if (spec.add_bos && spec.no_add_bos) {
    throw OptionError("--add-bos", "--no-add-bos says the opposite", "Give one of them");
  }
  TokenizingOptions options{.chat_template = !spec.no_chat_template};
  if (spec.add_bos || spec.no_add_bos) options.add_bos = spec.add_bos;
  return options;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
