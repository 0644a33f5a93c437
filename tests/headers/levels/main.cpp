// SPDX-License-Identifier: MIT
// One program with parts for two instruction-set levels: each part has kernels of its own.
#include <cstdio>

#include "part.hpp"

int main() {
  const float low = product_low(100);
  const bool has_high = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const float high = has_high ? product_high(100) : low;
  std::printf("%g and %g\n", static_cast<double>(low), static_cast<double>(high));
  return low == 1200 && high == 1200 ? 0 : 1;
}
