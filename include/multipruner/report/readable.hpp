// SPDX-License-Identifier: MIT
#pragma once

/// @file
/// Numbers and texts as people like to read them, in tables, cards and lines of a terminal.

#include <cstddef>
#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

/// "1,607,808"
[[nodiscard]] std::string grouped_text(Index number);

/// A number with so many digits behind the point, e.g. "30.85"; "inf" and "nan" where it is not finite.
[[nodiscard]] std::string fixed_text(double number, int digits);

/// "20.64 %"
[[nodiscard]] std::string percent_text(double number);

/// A perplexity with as many digits as fit a column: "30.85", "12345", "1.2e+07".
[[nodiscard]] std::string perplexity_text(double perplexity);

/// "640 B", "12.3 MB", "1.74 GB"
[[nodiscard]] std::string bytes_text(Index bytes);

/// "0.4 s", "42 s", "3:05", "1:02:03"
[[nodiscard]] std::string duration_text(double seconds);

/// "20 seconds", "40 minutes", "2.5 hours", "3 days": as exact as a forecast is.
[[nodiscard]] std::string rough_duration_text(double seconds);

/// Breaks a text at spaces into lines of at most `width` characters, each with `indent` in front; the text's
/// own line breaks stay.
[[nodiscard]] std::string wrapped_text(std::string_view text, std::size_t width, std::string_view indent);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/readable.ipp>
#endif
