// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

/// A product by our kernels, compiled for a low and for a high instruction-set level: 3 · 4 summed `length` times.
float product_low(std::ptrdiff_t length);
float product_high(std::ptrdiff_t length);
