// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/masked_model.hpp>
#include <support/random_layer.hpp>

#include <multipruner/sparsity/mask_pattern.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

WeightMask mask_with(NOfM pattern, Index columns = 96) {
  NumpyRandom random(5);
  return magnitude_mask(random_matrix(32, columns, random), pattern);
}

}  // namespace

TEST_CASE("the pattern of a mask is the one that made it") {
  for (const NOfM pattern : {NOfM{1, 2}, {2, 4}, {3, 4}, {1, 4}, {4, 8}, {2, 6}, {5, 12}, {16, 32}}) {
    CAPTURE(to_string(pattern));
    CHECK(pattern_of(mask_with(pattern)) == pattern);
  }
}

TEST_CASE("zeros beside a pattern do not hide it, and those of chance make none") {
  WeightMask more = mask_with({2, 4});
  for (Index row = 0; row < 32; ++row) {
    for (Index j = 0; j < 48; ++j) more.remove(row, j);
  }
  CHECK(pattern_of(more) == NOfM{2, 4});
  CHECK_FALSE(pattern_of(mask_with({48, 96})));  // half of each row, anywhere
  CHECK_FALSE(pattern_of(mask_with({60, 96})));
  WeightMask broken = mask_with({2, 4});
  WeightMask fewer(32, 96);
  for (Index row = 0; row < 32; ++row) {
    for (Index j = 0; j < 96; ++j) {
      if (broken.removed(row, j) && (row > 0 || j > 3)) fewer.remove(row, j);
    }
  }
  CHECK_FALSE(pattern_of(fewer));
}

TEST_CASE("a few zeros are no mask, and a matrix of nothing else has one") {
  WeightMask few(32, 96);
  for (Index i = 0; i < 30; ++i) few.remove(i, 3 * i);
  CHECK_FALSE(is_mask(few));
  CHECK_FALSE(pattern_of(few));
  few.remove(31, 95);
  CHECK(is_mask(few));
  WeightMask all(8, 16);
  for (Index row = 0; row < 8; ++row) {
    for (Index j = 0; j < 16; ++j) all.remove(row, j);
  }
  CHECK(pattern_of(all) == NOfM{2, 4});
  CHECK_FALSE(pattern_of(WeightMask()));
}
