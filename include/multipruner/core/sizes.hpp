// SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

/// The product of sizes that may come from anywhere: options, files, an embedding program.
/// @param what  names the product in errors, e.g. "matrix"
/// @throws OptionError where a size is negative, or the product is more than any memory.
[[nodiscard]] Index product_of_sizes(const char* what, std::initializer_list<Index> sizes);

/// The sum of two such sizes. @throws OptionError where one is negative, or the sum is more than any memory.
[[nodiscard]] Index sum_of_sizes(const char* what, Index a, Index b);

/// A size that is 0 after it was moved from, as is what it is the size of. Owners that keep sizes beside a vector or a
/// buffer need no move members of their own for it.
class OwnedSize {
 public:
  OwnedSize(Index value = 0) : value_(value) {}
  OwnedSize(const OwnedSize&) = default;
  OwnedSize& operator=(const OwnedSize&) = default;
  OwnedSize(OwnedSize&& other) noexcept : value_(std::exchange(other.value_, 0)) {}
  OwnedSize& operator=(OwnedSize&& other) noexcept;
  ~OwnedSize() = default;

  operator Index() const { return value_; }

 private:
  Index value_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/sizes.ipp>
#endif
