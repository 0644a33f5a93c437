// SPDX-License-Identifier: MIT
// The loss over a vocabulary of 128256 against its product alone, which leaves a matrix of logits behind.

#include "machine.hpp"
#include "random_values.hpp"
#include <multipruner/simd/cross_entropy.hpp>
#include <multipruner/simd/linear.hpp>

using namespace multipruner;
using namespace multipruner::benchmark;

namespace {

constexpr Index rows = 512, in = 2048;

void measure(Report& report, const Machine& machine, Index vocabulary, Compute compute) {
  const AlignedBuffer<float> hidden = random_values(rows * in);
  const StoredMatrix head(vocabulary, in, stored_type(compute), 2);
  const AlignedBuffer<float> logits(rows * vocabulary);
  const std::vector<TokenId> labels(static_cast<std::size_t>(rows), static_cast<TokenId>(vocabulary / 2));
  std::vector<double> nll(labels.size());
  for (const int threads : report.thread_counts()) {
    ThreadArena arena(threads);
    const auto [seconds, product_seconds] = fastest(
        clock_for(threads),
        [&] {
          arena.execute([&] { simd::cross_entropy({hidden.data(), rows, in}, head.view(), labels, nll, compute); });
        },
        [&] {
          arena.execute([&] {
            simd::linear({hidden.data(), rows, in}, head.view(), {}, {logits.data(), rows, vocabulary},
                         simd::Store::overwrite, compute);
          });
        });
    const double work = 2.0 * static_cast<double>(rows * in) * static_cast<double>(vocabulary);
    report.add({.name = "loss " + compute_name(compute) + " " + std::to_string(rows) + " x (" + std::to_string(in) +
                        " -> " + std::to_string(vocabulary) + "), " + threads_name(threads),
                .ours = seconds,
                .unit = "s",
                .competitor = Figure{"our product alone", product_seconds},
                .target = at_most(1.1),
                .of_peak = work / seconds / machine.peak(compute, threads)});
  }
}

}  // namespace

int main(int argc, char** argv) try {
  Report report(argc, argv);
  const Machine machine(report);
  report.section("Loss without a matrix of logits, by time", "our product");
  for (const Compute compute : compute_types) measure(report, machine, report.quick() ? 8192 : 128256, compute);
  return report.finish();
} catch (const Error& error) {
  return report_failure(error);
}
