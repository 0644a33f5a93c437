// SPDX-License-Identifier: MIT
#include <algorithm>

#include <cli/isa.hpp>
#include <cli/isa_build.hpp>
#include <support/expect_error.hpp>

#include "program.hpp"
#include <multipruner/core/error.hpp>

using namespace multipruner;
using namespace multipruner::cli;
using namespace multipruner::test;

namespace {

/// What processors of these families report, under an operating system that saves all their registers.
CpuRegisters nehalem() {
  return {.leaf1_ecx = 0x0098e3bd};  // SSE4.2, no AVX
}
CpuRegisters haswell() {
  return {.leaf1_ecx = 0x7ffafbff, .leaf7_ebx = 0x000027ab, .extended1_ecx = 0x00000021, .xcr0 = 0x7};
}
CpuRegisters skylake_server() {
  CpuRegisters cpu = haswell();
  cpu.leaf7_ebx = 0xd39ffffb;
  cpu.xcr0 = 0xe7;
  return cpu;
}
CpuRegisters zen4() {
  CpuRegisters cpu = skylake_server();
  cpu.leaf7_1_eax = 0x20;
  return cpu;
}
CpuRegisters sapphire_rapids() {
  CpuRegisters cpu = zen4();
  cpu.leaf7_edx = 0x01400000;
  cpu.xcr0 = 0x600e7;
  return cpu;
}

using Isas = std::vector<Isa>;
const Isas all{Isa::baseline, Isa::avx2, Isa::avx512, Isa::avx512_bf16, Isa::avx512_amx};

Isa best_of_all(const CpuRegisters& cpu) {
  return choose_isa(all, supported_isas(cpu), "");
}

std::string_view request(std::vector<const char*> arguments) {
  return isa_request(arguments);
}

}  // namespace

TEST_CASE("the instruction-set level follows from what processor and operating system support") {
  CHECK(best_of_all({}) == Isa::baseline);
  CHECK(best_of_all(nehalem()) == Isa::baseline);
  CHECK(best_of_all(haswell()) == Isa::avx2);
  CHECK(best_of_all(skylake_server()) == Isa::avx512);
  CHECK(best_of_all(zen4()) == Isa::avx512_bf16);
  CHECK(best_of_all(sapphire_rapids()) == Isa::avx512_amx);
}

TEST_CASE(
    "an instruction-set level is not chosen if its registers are not saved or one of its instructions is missing") {
  CpuRegisters cpu = sapphire_rapids();
  cpu.xcr0 = 0xe7;  // no tiles
  CHECK(best_of_all(cpu) == Isa::avx512_bf16);
  cpu.xcr0 = 0x7;
  CHECK(best_of_all(cpu) == Isa::avx2);
  cpu.xcr0 = 0x3;
  CHECK(best_of_all(cpu) == Isa::baseline);

  cpu = sapphire_rapids();
  cpu.leaf7_1_eax = 0;
  CHECK(best_of_all(cpu) == Isa::avx512);
  cpu.leaf7_ebx &= ~(1u << 31);  // AVX-512 without VL
  CHECK(best_of_all(cpu) == Isa::avx2);
  cpu.leaf1_ecx &= ~(1u << 12);  // no FMA
  CHECK(best_of_all(cpu) == Isa::baseline);
  cpu = haswell();
  cpu.leaf1_ecx &= ~(1u << 27);  // the operating system does not save extended registers at all
  CHECK(best_of_all(cpu) == Isa::baseline);
}

TEST_CASE("an instruction-set level is the requested one, or the best of those built") {
  const Isas built{Isa::baseline, Isa::avx2, Isa::avx512_amx};
  const Isas supported = supported_isas(skylake_server());
  CHECK(choose_isa(built, supported, "") == Isa::avx2);
  CHECK(choose_isa(built, supported, "native") == Isa::avx2);
  CHECK(choose_isa(built, supported, "baseline") == Isa::baseline);
  const auto refused = [&](std::string_view request, const std::string& problem) {
    expect_error<OptionError>([&] { (void)choose_isa(built, supported, request); }, {problem, ": baseline, avx2."});
  };
  refused("avx1024", "\"avx1024\" is not an instruction-set level");
  refused("avx512", "\"avx512\" is not built");
  refused("avx512-amx", "this machine does not support \"avx512-amx\"");
  CHECK_THROWS_AS(choose_isa(Isas{Isa::avx512}, supported_isas(haswell()), ""), OptionError);
}

TEST_CASE("a requested instruction-set level is found among the arguments") {
  CHECK(request({}) == "");
  CHECK(request({"prune", "model", "--isabel", "avx2"}) == "");
  CHECK(request({"--isa", "avx2", "prune"}) == "avx2");
  CHECK(request({"prune", "model", "--isa=baseline"}) == "baseline");
  CHECK(request({"prune", "--isa"}) == "");
  CHECK(request({"prune", "--", "--isa", "avx2"}) == "");
}

TEST_CASE("the program lists its instruction-set levels, takes native, and refuses one that there is not") {
  CHECK_THAT(run_successfully({"--isa", "help"}).out, Catch::Contains("running"));
  CHECK_THAT(run_successfully({"--isa", "native", "--version"}).out, Catch::StartsWith("multipruner "));
  for (const auto& arguments :
       {std::vector<std::string>{"--isa", "avx1024", "inspect", "model"}, {"inspect", "model", "--isa=avx1024"}}) {
    const auto result = run_program(arguments);
    CHECK(result.status == 2);
    CHECK_THAT(result.err, Catch::StartsWith("multipruner: error: --isa: \"avx1024\" "));
  }
}

TEST_CASE("every instruction-set level of the program runs here or is refused, with the same result and exit status") {
  SKIP_WITHOUT(stories());
  const Isas built = built_isas(), supported = supported_isas(read_cpu_registers());
  const auto eval = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"eval", stories(), "--text", stories() / "heldout.txt", "--seqlen", "64",
                                       "--max-windows", "4", "--json"});
    return run_program(arguments);
  };
  for (const Isa isa : built) {
    const std::string name(name_of(isa));
    CAPTURE(name);
    const auto result = eval({"--isa", name});
    if (std::ranges::find(supported, isa) == supported.end()) {
      CHECK(result.status == 2);
      CHECK_THAT(result.err, Catch::Contains("does not support \"" + name + "\""));
      continue;
    }
    REQUIRE(result.status == 0);
    CHECK(result.json().at("mean_nll").get<double>() ==
          Approx(eval({}).json().at("mean_nll").get<double>()).epsilon(1e-5));
    CHECK_THAT(run_successfully({"--isa", name, "--version"}).out, Catch::Contains("(" + name));
    CHECK(run_program({"--isa", name, "inspect", "/no/such/model"}).status == 3);
  }
}
