#pragma once

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner {

/// The product of sizes that may come from anywhere: options, files, an embedding program.
/// @param what  names the product in errors, e.g. "matrix"
/// @throws OptionError where a size is negative, or the product is more than any memory.
[[nodiscard]] inline Index product_of_sizes(const char* what, std::initializer_list<Index> sizes) {
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

/// The sum of two such sizes. @throws OptionError where one is negative, or the sum is more than any memory.
[[nodiscard]] inline Index sum_of_sizes(const char* what, Index a, Index b) {
  Index sum = 0;
  if (a >= 0 && b >= 0 && !__builtin_add_overflow(a, b, &sum)) return sum;
  throw OptionError(what, std::to_string(a) + " and " + std::to_string(b) + " cannot be added up",
                    "Check the sizes that were given");
}

/// A size that is 0 after it was moved from, as is what it is the size of. Owners that keep sizes beside a vector or a
/// buffer need no move members of their own for it.
class OwnedSize {
 public:
  OwnedSize(Index value = 0) : value_(value) {}
  OwnedSize(const OwnedSize&) = default;
  OwnedSize& operator=(const OwnedSize&) = default;
  OwnedSize(OwnedSize&& other) noexcept : value_(std::exchange(other.value_, 0)) {}
  OwnedSize& operator=(OwnedSize&& other) noexcept {
    value_ = std::exchange(other.value_, 0);
    return *this;
  }
  ~OwnedSize() = default;

  operator Index() const { return value_; }

 private:
  Index value_;
};

}  // namespace multipruner
