// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <sanitizer/allocator_interface.h>

#include <multipruner/core/error.hpp>

/// What every fuzz target asks of a reader: an answer, or an Error that says what is wrong with the input. Any other
/// exception is a finding, since it leaves the target; so is memory or time out of proportion to the input.
namespace multipruner::fuzz {

namespace detail {

/// Memory on the heap since a reader began, and its highest level. Threads of readers are not told apart: none uses
/// any.
inline thread_local std::ptrdiff_t heap_now = 0, heap_peak = 0;

inline void count_allocation(const volatile void* /*pointer*/, std::size_t size) {
  heap_now += static_cast<std::ptrdiff_t>(size);
  if (heap_now > heap_peak) heap_peak = heap_now;
}

inline void count_release(const volatile void* pointer) {
  if (pointer != nullptr) heap_now -= static_cast<std::ptrdiff_t>(__sanitizer_get_allocated_size(pointer));
}

inline const bool counting = __sanitizer_install_malloc_and_free_hooks(&count_allocation, &count_release) != 0;

inline double processor_seconds() {
  std::timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Ends the program the way a sanitizer does, so that libFuzzer keeps the input.
[[noreturn]] inline void report(const char* what, double much, const char* unit, std::size_t input_size) {
  std::fprintf(stderr, "FINDING: %s: %.1f %s for an input of %zu bytes\n", what, much, unit, input_size);
  std::abort();
}

}  // namespace detail

/// What a reader may need. The constants are room for the model beside the input, and for the slowness of sanitizers.
struct Allowance {
  double megabytes = 16, bytes_per_byte = 1000;
  double seconds = 1, microseconds_per_byte = 100;
};

/// Runs a reader on an input of so many bytes.
template <class Read>
void answer_or_error(std::size_t input_size, Read&& read, Allowance allowance = {}) {
  if (!detail::counting) std::abort();
  detail::heap_now = detail::heap_peak = 0;
  const double start = detail::processor_seconds();
  try {
    read();
  } catch (const Error&) {  // a good answer, too
  }
  const double seconds = detail::processor_seconds() - start;
  const auto size = static_cast<double>(input_size);
  if (static_cast<double>(detail::heap_peak) > allowance.megabytes * 1e6 + allowance.bytes_per_byte * size) {
    detail::report("out of proportion", static_cast<double>(detail::heap_peak) / 1e6, "MB of memory", input_size);
  }
  if (seconds > allowance.seconds + 1e-6 * allowance.microseconds_per_byte * size) {
    detail::report("slow", seconds, "s of processor time", input_size);
  }
}

}  // namespace multipruner::fuzz
