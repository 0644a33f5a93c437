// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// Which rows of a data set are calibrated on.
enum class Sampling : std::uint8_t {
  first,      ///< the first rows, for both sets
  random,     ///< rows drawn from all, as Python's `random` draws them
  reference,  ///< rows drawn as the released MultiPruner draws them, from a tenth of the data set
};

/// The name on the command line, e.g. "random".
[[nodiscard]] constexpr std::string_view name_of(Sampling sampling) {
  constexpr std::array<std::string_view, 3> names{"first", "random", "reference"};
  return names[static_cast<std::size_t>(sampling)];
}

/// The sampling of that name, if there is one.
[[nodiscard]] constexpr std::optional<Sampling> sampling_named(std::string_view name) {
  for (const Sampling sampling : {Sampling::first, Sampling::random, Sampling::reference}) {
    if (name == name_of(sampling)) return sampling;
  }
  return std::nullopt;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
