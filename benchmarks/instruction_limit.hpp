// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string>

#include <xsimd/xsimd.hpp>

#include "timing.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

/// What the processor's instructions allow at most: operations a cycle by the units that execute them, times its clock.
namespace multipruner::benchmark {

/// The processor that this runs on, as far as its rates depend on it.
struct Processor {
  std::string name;
  std::string vendor;
  int family = 0;
};

namespace detail {

#if defined(__x86_64__)

/// The four registers that CPUID answers with, or zeros where the processor has no such leaf.
[[nodiscard]] inline std::array<std::uint32_t, 4> cpuid(std::uint32_t leaf) {
  std::array<std::uint32_t, 4> answer{};
  if (__get_cpuid(leaf, &answer[0], &answer[1], &answer[2], &answer[3]) == 0) answer.fill(0);
  return answer;
}

inline void append_bytes(std::string& text, std::uint32_t word) {
  for (int byte = 0; byte < 4; ++byte) text += static_cast<char>(word >> (8 * byte) & 0xff);
}

/// The name that the manufacturer gave it, in three leaves, filled up with zeros.
[[nodiscard]] inline std::string brand() {
  std::string text;
  for (const std::uint32_t leaf : {0x80000002u, 0x80000003u, 0x80000004u}) {
    for (const std::uint32_t word : cpuid(leaf)) append_bytes(text, word);
  }
  text.resize(std::min(text.size(), text.find('\0')));
  return text.substr(std::min(text.size(), text.find_first_not_of(' ')));
}

#endif

}  // namespace detail

[[nodiscard]] inline Processor this_processor() {
#if defined(__x86_64__)
  Processor processor{.name = detail::brand(), .vendor = {}};
  const auto [most, b, c, d] = detail::cpuid(0);
  for (const std::uint32_t word : {b, d, c}) detail::append_bytes(processor.vendor, word);
  const std::uint32_t signature = detail::cpuid(1)[0];
  processor.family = static_cast<int>((signature >> 8 & 0xf) + (signature >> 20 & 0xff));
  return processor;
#elif defined(__aarch64__)
  return {.name = "AArch64 processor", .vendor = {}};
#else
  return {.name = "processor", .vendor = {}};
#endif
}

/// Instructions whose rate is measured.
enum class Instruction : std::uint8_t { float32, bfloat16_pairs, bfloat16_tiles };

[[nodiscard]] inline std::string name_of(Instruction instruction) {
  switch (instruction) {
    case Instruction::float32:
      return "float32";
    case Instruction::bfloat16_pairs:
      return "bfloat16 pairs";
    case Instruction::bfloat16_tiles:
      return "bfloat16 tiles";
  }
  return "?";
}

/// Floating-point operations of one core in a cycle, at most. Rather too high than too low: some processors have one
/// unit where others of their kind have two.
///
/// x86-64 has two units that multiply and add, each as wide as a register, but AMD before Zen 5 (family 0x1a), the
/// units of which are 256 bits wide: a wider instruction takes both. On AArch64 there are up to four. A tile product of
/// 16 × 16 × 32 takes 16 cycles.
[[nodiscard]] inline double most_operations_per_cycle(Instruction instruction, const Processor& processor,
                                                      int register_bits) {
  if (instruction == Instruction::bfloat16_tiles) return 2.0 * 16 * 16 * 32 / 16;
#if defined(__x86_64__)
  int bits = 2 * register_bits;
  if (processor.vendor == "AuthenticAMD" && processor.family < 0x1a) bits = std::min(bits, 2 * 256);
#else
  static_cast<void>(processor);
  const int bits = 4 * register_bits;
#endif
  const double lanes = bits / 32.0;
  return lanes * (instruction == Instruction::bfloat16_pairs ? 4 : 2);
}

/// Cycles a second of the core that this runs on: of additions each of which waits for the one before, which takes
/// every processor a cycle. The fastest of many short runs counts, so that neither a clock that must rise first nor
/// other work on the machine makes it too low.
[[nodiscard]] inline double measured_clock() {
  constexpr int runs = 25, loops = 5000, additions_a_loop = 100;  // 25 times 0.1 ms
  double least = std::numeric_limits<double>::infinity();
  std::uint64_t value = 1;
  for (int run = 0; run < runs; ++run) {
    const double start = wall_seconds();
    for (int loop = 0; loop < loops; ++loop) {
      // The sum of two registers: some processors add constants without executing anything.
#if defined(__x86_64__)
      asm volatile(".rept 100\n\tadd %0, %0\n\t.endr" : "+r"(value) : : "cc");
#elif defined(__aarch64__)
      asm volatile(".rept 100\n\tadd %0, %0, %0\n\t.endr" : "+r"(value));
#else
      return std::numeric_limits<double>::infinity();  // not known, and no limit
#endif
    }
    least = std::min(least, wall_seconds() - start);
  }
  return loops * additions_a_loop / least;
}

/// The bits of a register of what this is compiled for.
inline constexpr int register_bits = static_cast<int>(xsimd::batch<float>::size) * 32;

}  // namespace multipruner::benchmark
