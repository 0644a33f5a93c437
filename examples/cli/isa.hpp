// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace multipruner::cli {

/// The instruction-set levels that the program may be built for, each more than those before.
enum class Isa : std::uint8_t {
  baseline,     ///< every processor of the architecture
  avx2,         ///< x86-64-v3: AVX2, FMA, F16C
  avx512,       ///< x86-64-v4: AVX-512 F, BW, CD, DQ, VL
  avx512_bf16,  ///< and its products of bfloat16
  avx512_amx,   ///< and Advanced Matrix Extensions for bfloat16
};

[[nodiscard]] std::string_view name_of(Isa isa);

/// A name that is none gives nothing.
[[nodiscard]] std::optional<Isa> isa_of(std::string_view name);

/// The registers of the instructions CPUID and XGETBV that tell which levels a processor and its operating system have.
struct CpuRegisters {
  std::uint32_t leaf1_ecx = 0, leaf7_ebx = 0, leaf7_edx = 0, leaf7_1_eax = 0, extended1_ecx = 0;
  std::uint64_t xcr0 = 0;  ///< the registers that the operating system saves
};

/// Those of this machine; all zero where it is no x86-64.
[[nodiscard]] CpuRegisters read_cpu_registers();

/// The levels whose every instruction may be used.
[[nodiscard]] std::vector<Isa> supported_isas(const CpuRegisters& cpu);

/// The level to run: the requested one, or else the best of those built that the machine supports.
/// @param request  a name, or empty or "native" for the best
/// Throws OptionError where that is none.
[[nodiscard]] Isa choose_isa(std::span<const Isa> built, std::span<const Isa> supported, std::string_view request);

/// The value of `--isa` in the arguments of a program, empty if there is none.
[[nodiscard]] std::string_view isa_request(std::span<const char* const> arguments);

}  // namespace multipruner::cli
