// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/io/stream_config.hpp>
#include <multipruner/plan/config_conversion.hpp>
#include <multipruner/plan/distribution.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/slice_gpt_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws OptionError for options that no model can have.
inline void check(const SliceGptOptions& options) {
  if (!options.slicing) require_ratio("ratio", options.ratio);
  if (options.slicing && !(*options.slicing >= 0 && *options.slicing < 100)) {
    throw OptionError("slicing", "it is " + std::to_string(*options.slicing) + ", not a percentage from 0 to below 100",
                      "Give the percentage of the stream's channels that go, e.g. 25");
  }
  if (options.multiple < 1) {
    throw OptionError("multiple", "it is " + std::to_string(options.multiple),
                      "Give a number of channels above 0, e.g. 8");
  }
  if (!(options.damping >= 0) || std::isinf(options.damping)) {
    throw OptionError("damping", "it is " + std::to_string(options.damping), "Give a number of 0 or more, e.g. 0.01");
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

MULTIPRUNER_INLINE ModelConfig sliced_config(const ModelConfig& config, const Plan& plan, Index width) {
  if (width < 1 || width > config.hidden_size) {
    throw OptionError(
        "slicing",
        "it leaves " + std::to_string(width) + " of " + std::to_string(config.hidden_size) + " channels of the stream",
        "Leave one at least, and no more than there are");
  }
  StreamConfig stream{.widths = {width}};
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    stream.widths.push_back(width);
    if (!plan.removed({position})) stream.shortcuts.push_back(position);
  }
  if (stream.shortcuts.empty()) {
    throw OptionError("slicing", "the model has no block that is left", "Slice a model before its blocks are removed");
  }
  const auto last = static_cast<std::size_t>(stream.shortcuts.back());
  for (std::size_t i = last + 1; i < stream.widths.size(); ++i) stream.widths[i] = config.hidden_size;
  return with_stream(config, stream);
}

MULTIPRUNER_INLINE Index sliced_width(const ModelConfig& config, const Plan& plan, const SliceGptOptions& options) {
  detail::check(options);
  const Index step = options.multiple, whole = config.hidden_size - config.hidden_size % step;
  if (whole == 0) {
    throw OptionError("multiple", "the stream has only " + std::to_string(config.hidden_size) + " channels",
                      "Give a number that is not larger");
  }
  if (options.slicing) {
    const double kept = static_cast<double>(config.hidden_size) * (100 - *options.slicing) / 100;
    const Index channels = static_cast<Index>(kept);
    return channels - channels % step;
  }
  Index width = whole;
  const auto ratio_of = [&] { return pruning_ratio(sliced_config(config, plan, width), plan); };
  while (width > step && ratio_of() < options.ratio) width -= step;
  return width;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
