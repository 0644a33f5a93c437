// SPDX-License-Identifier: MIT
#include <benchmarks/peak.hpp>

#include "support/expect_error.hpp"

using namespace multipruner;
using namespace multipruner::benchmark;
using namespace multipruner::test;

namespace {

/// Measures once, and not for long.
struct Briefly {
  Briefly() { effort() = {.rounds = 1, .seconds = 0, .turn = 0}; }
  ~Briefly() { effort() = {}; }
  Briefly(const Briefly&) = delete;
  Briefly& operator=(const Briefly&) = delete;
};

}  // namespace

TEST_CASE("what is measured of the processor stays below what its instructions allow") {
  const Briefly briefly;
  for (const Compute compute : compute_types) {
    for (const Peak& peak : measured_peaks(compute, 1)) {  // throws where it does not
      CHECK(peak.rate > 0);
      CHECK(peak.limit > 0);
    }
  }
}

TEST_CASE("a probe that counts work that it does not do is refused, the processor and the limit named") {
  const Briefly briefly;
  benchmark::detail::Probe probe = benchmark::detail::float32_probe;
  probe.operations_per_step *= 1000;
  expect_error<Error>([&] { static_cast<void>(measured_peak(probe, 1)); },
                      {"peak float32, 1 thread", this_processor().name, " at most", "peak.hpp"});
}

#ifdef __x86_64__

TEST_CASE("operations a cycle of the processors that differ") {
  const Processor intel{"", "GenuineIntel", 6}, zen4{"", "AuthenticAMD", 0x19}, zen5{"", "AuthenticAMD", 0x1a};
  CHECK(most_operations_per_cycle(Instruction::float32, intel, 512) == 64);
  CHECK(most_operations_per_cycle(Instruction::float32, zen4, 512) == 32);
  CHECK(most_operations_per_cycle(Instruction::float32, zen5, 512) == 64);
  CHECK(most_operations_per_cycle(Instruction::float32, zen4, 256) == 32);
  CHECK(most_operations_per_cycle(Instruction::bfloat16_pairs, zen4, 512) == 64);
  CHECK(most_operations_per_cycle(Instruction::bfloat16_tiles, intel, 512) == 1024);
}

#endif

TEST_CASE("the clock is that of a processor") {
  const double clock = measured_clock();
  CHECK(clock > 1e8);
}
