// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/tokenizers/normalizer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE Normalizer::Result Normalizer::apply(std::string_view text) const {
  Result result{std::string(text), true};
  for (const Step& step : steps_) {
    if (result.text.empty()) break;
    std::visit([&](const auto& known) { run(known, result); }, step);
  }
  return result;
}

MULTIPRUNER_INLINE void Normalizer::run(NormalizationForm form, Result& result) {
  if (!is_ascii(result.text)) result.text = normalize(result.text, form);
}

MULTIPRUNER_INLINE void Normalizer::run(const Strip& strip, Result& result) {
  if (strip.left) {
    const auto begin = skip_white_space(result.text, 0);
    if (begin > 0) result.same_start = false;
    result.text.erase(0, begin);
  }
  if (strip.right) result.text.resize(skip_white_space_backward(result.text, result.text.size()));
}

MULTIPRUNER_INLINE void Normalizer::run(const Replacement& replacement, Result& result) {
  result.text = replacement.apply(result.text, &result.same_start);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
