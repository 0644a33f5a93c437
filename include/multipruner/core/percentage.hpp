// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

/// Reads a percentage, or nothing where the text is none. @throws OptionError as parse_percentage
[[nodiscard]] std::optional<double> percentage_of(const std::string& option, std::string_view text);

/// Reads a percentage as people write it: "20", "20%" or "0.2%".
///
/// A number between 0 and 1 without the sign is refused, because many programs take shares of 1: the error names both
/// readings. Whether the number makes sense otherwise is for the caller to say.
/// @param option  what is read, for errors; one that begins with "--" is repeated in what they suggest to write
/// @throws OptionError
[[nodiscard]] double parse_percentage(const std::string& option, std::string_view text);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/percentage.ipp>
#endif
