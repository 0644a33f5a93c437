// SPDX-License-Identifier: MIT
#include "isa.hpp"

#include <algorithm>
#include <array>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <multipruner/core/error.hpp>

namespace multipruner::cli {

namespace {

constexpr std::array isas{Isa::baseline, Isa::avx2, Isa::avx512, Isa::avx512_bf16, Isa::avx512_amx};

bool contains(std::span<const Isa> set, Isa isa) {
  return std::ranges::find(set, isa) != set.end();
}

template <class... Bits>
constexpr std::uint64_t bits(Bits... positions) {
  return ((std::uint64_t{1} << positions) | ...);
}

constexpr bool has_all(std::uint64_t value, std::uint64_t mask) {
  return (value & mask) == mask;
}

/// What a level asks for beyond the level before. Bits: Intel 64 and IA-32 Architectures Software Developer's Manual,
/// CPUID and XCR0; levels: System V ABI for x86-64.
bool adds(Isa isa, const CpuRegisters& cpu) {
  switch (isa) {
    case Isa::baseline:
      return true;
    case Isa::avx2:
      // SSE3, SSSE3, FMA, CMPXCHG16B, SSE4.1, SSE4.2, MOVBE, POPCNT, OSXSAVE, AVX, F16C; BMI1, AVX2, BMI2; LAHF, LZCNT
      return has_all(cpu.leaf1_ecx, bits(0, 9, 12, 13, 19, 20, 22, 23, 27, 28, 29)) &&
             has_all(cpu.leaf7_ebx, bits(3, 5, 8)) && has_all(cpu.extended1_ecx, bits(0, 5)) &&
             has_all(cpu.xcr0, bits(1, 2));
    case Isa::avx512:
      return has_all(cpu.leaf7_ebx, bits(16, 17, 28, 30, 31)) && has_all(cpu.xcr0, bits(5, 6, 7));
    case Isa::avx512_bf16:
      return has_all(cpu.leaf7_1_eax, bits(5));
    case Isa::avx512_amx:
      return has_all(cpu.leaf7_edx, bits(22, 24)) && has_all(cpu.xcr0, bits(17, 18));
  }
  return false;
}

/// "a, b": the names of those of some levels that are in a set.
std::string names(std::span<const Isa> some, std::span<const Isa> set) {
  std::string text;
  for (const Isa isa : some) {
    if (contains(set, isa)) text += (text.empty() ? "" : ", ") + std::string(name_of(isa));
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::string_view name_of(Isa isa) {
  constexpr std::array<std::string_view, isas.size()> isa_names{"baseline", "avx2", "avx512", "avx512-bf16",
                                                                "avx512-amx"};
  return isa_names[static_cast<std::size_t>(isa)];
}

std::optional<Isa> isa_of(std::string_view name) {
  for (const Isa isa : isas) {
    if (name_of(isa) == name) return isa;
  }
  return std::nullopt;
}

CpuRegisters read_cpu_registers() {
  CpuRegisters cpu;
#if defined(__x86_64__)
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  if (__get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0) cpu.leaf1_ecx = ecx;
  if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0) {
    cpu.leaf7_ebx = ebx;
    cpu.leaf7_edx = edx;
    const bool has_subleaf = eax >= 1;
    if (has_subleaf && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0) cpu.leaf7_1_eax = eax;
  }
  if (__get_cpuid(0x80000001, &eax, &ebx, &ecx, &edx) != 0) cpu.extended1_ecx = ecx;
  if (has_all(cpu.leaf1_ecx, bits(27))) {  // OSXSAVE: the instruction XGETBV is there
    __asm__ volatile("xgetbv" : "=a"(eax), "=d"(edx) : "c"(0));
    cpu.xcr0 = std::uint64_t{edx} << 32 | eax;
  }
#endif
  return cpu;
}

std::vector<Isa> supported_isas(const CpuRegisters& cpu) {
  std::vector<Isa> supported;
  for (const Isa isa : isas) {
    if (!adds(isa, cpu)) break;
    supported.push_back(isa);
  }
  return supported;
}

Isa choose_isa(std::span<const Isa> built, std::span<const Isa> supported, std::string_view request) {
  const std::string usable = "Levels built that this machine supports: " + names(built, supported);
  if (request.empty() || request == "native") {
    for (auto best = isas.rbegin(); best != isas.rend(); ++best) {
      if (contains(built, *best) && contains(supported, *best)) return *best;
    }
    throw OptionError("--isa", "this machine supports none of the levels built, " + names(isas, built), usable);
  }
  const std::string quoted = std::string("\"").append(request).append("\"");
  const auto isa = isa_of(request);
  if (!isa) throw OptionError("--isa", quoted + " is not an instruction-set level", usable);
  if (!contains(built, *isa)) throw OptionError("--isa", quoted + " is not built", usable);
  if (!contains(supported, *isa)) throw OptionError("--isa", "this machine does not support " + quoted, usable);
  return *isa;
}

std::string_view isa_request(std::span<const char* const> arguments) {
  constexpr std::string_view option = "--isa";
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--") break;
    if (argument == option) return i + 1 < arguments.size() ? arguments[i + 1] : std::string_view{};
    if (argument.starts_with(option) && argument[option.size()] == '=') return argument.substr(option.size() + 1);
  }
  return {};
}

}  // namespace multipruner::cli
