// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/tokenizers/replacement.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::string Replacement::apply(std::string_view text, bool* same_start) const {
  std::string result;
  if (text.empty()) return result;
  result.reserve(text.size() + text.size() / 4);
  std::size_t covered = 0;
  pattern_.for_each_match(text, [&](std::size_t begin, std::size_t end) {
    if (begin == 0 && same_start != nullptr) *same_start = keeps_start(text, end, *same_start);
    result.append(text.substr(covered, begin - covered)).append(content_);
    covered = end;
  });
  return result.append(text.substr(covered));
}

MULTIPRUNER_INLINE bool Replacement::keeps_start(std::string_view text, std::size_t end, bool before) const {
  if (end == 0) return before || !content_.empty();
  return before && !content_.empty() && end == first_utf8_sequence(text).length;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
