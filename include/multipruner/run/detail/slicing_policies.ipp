// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/policy/slice_gpt.hpp>
#include <multipruner/run/detail/slicing_policies.hpp>
#include <multipruner/run/sequential_choices.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline void check_slicing(const RunSpec& spec) {
  refuse_keep_zeros(spec);
  if (spec.compensate.value_or("none") != "none") {
    throw OptionError("--compensate",
                      "--policy slicegpt turns the residual stream, so that nothing in it can be compared", "Omit it");
  }
  if (!spec.keep.empty()) throw OptionError("--keep", "--policy slicegpt narrows what all blocks share", "Omit it");
  if (!spec.slicing) return static_cast<void>(required_ratio(spec));
  if (spec.ratio) throw OptionError("--slicing", "it takes the place of --ratio", "Give one of them");
  require_ratio("--slicing", *spec.slicing);
}

MULTIPRUNER_INLINE PolicyMethod slice_gpt_method() {
  PolicyMethod method{.name = "slicegpt", .makes_model = true};
  method.make = [](RunSpec& spec, const PolicyInput&) -> AnyPolicy {
    return SliceGpt(
        {.ratio = spec.ratio.value_or(SliceGptOptions{}.ratio), .slicing = spec.slicing, .compute = spec.compute});
  };
  method.check = check_slicing;
  method.decided_by = [](const RunSpec&) -> std::string {
    return "the residual stream being turned to its principal axes, of which the first ones stay (SliceGPT, arXiv "
           "2401.15024)";
  };
  method.takes = {"slicing"};
  return method;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
