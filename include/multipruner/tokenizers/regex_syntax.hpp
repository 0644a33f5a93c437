// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The PCRE2 pattern that matches what Oniguruma matches with `pattern`.
/// @throws UnsupportedError for constructs that are not translated.
[[nodiscard]] std::string pcre_pattern(std::string_view pattern, const std::string& where);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/regex_syntax.ipp>
#endif
