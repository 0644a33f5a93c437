// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/core/sizes.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

MULTIPRUNER_INLINE Index product_of_sizes(const char* what, std::initializer_list<Index> sizes) {
  Index product = 1, smallest = 1;
  bool fits = true;
  for (const Index size : sizes) {
    smallest = std::min(smallest, size);
    fits = fits && !__builtin_mul_overflow(product, std::max(size, Index{1}), &product);
  }
  if (fits && smallest >= 0) return smallest == 0 ? 0 : product;
  std::string text;
  for (const Index size : sizes) text += (text.empty() ? "" : " × ") + std::to_string(size);
  throw OptionError(what, smallest < 0 ? "its size is negative: " + text : text + " are more than any memory holds",
                    "Check the sizes that were given");
}

MULTIPRUNER_INLINE Index sum_of_sizes(const char* what, Index a, Index b) {
  Index sum = 0;
  if (a >= 0 && b >= 0 && !__builtin_add_overflow(a, b, &sum)) return sum;
  throw OptionError(what, std::to_string(a) + " and " + std::to_string(b) + " cannot be added up",
                    "Check the sizes that were given");
}

MULTIPRUNER_INLINE OwnedSize& OwnedSize::operator=(OwnedSize&& other) noexcept {
  value_ = std::exchange(other.value_, 0);
  return *this;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core
