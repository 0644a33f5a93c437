// SPDX-License-Identifier: MIT
// Products with a weight as a checkpoint stores it against oneDNN, at the shapes of the layers of Llama-3.2-1B and
// Llama-2-7B; at the widths that pruning leaves against our own rate at full widths; and with one row, as in
// generation, against what memory gives.

#include <array>
#include <string>
#include <vector>

#include "machine.hpp"
#include "onednn.hpp"
#include <multipruner/simd/linear.hpp>

using namespace multipruner;
using namespace multipruner::benchmark;

namespace {

struct Shape {
  Index rows, in, out;

  [[nodiscard]] double operations() const {
    return 2.0 * static_cast<double>(rows) * static_cast<double>(in) * static_cast<double>(out);
  }
};

std::string name_of(const Shape& shape, Compute compute, int threads) {
  const auto number = [](Index value) { return std::to_string(value); };
  return "linear " + compute_name(compute) + " " + number(shape.rows) + " x (" + number(shape.in) + " -> " +
         number(shape.out) + "), " + threads_name(threads);
}

/// Operands of a product. Ours takes float32 activations, as the forward pass has them, and rounds them itself where it
/// computes in bfloat16; oneDNN is given them rounded.
class Operands {
 public:
  Operands(const Shape& shape, Compute compute)
      : shape_(shape),
        compute_(compute),
        x_(shape.rows, shape.in, DType::float32, 1),
        narrow_x_(shape.rows, shape.in, stored_type(compute), 1),
        weight_(shape.out, shape.in, stored_type(compute), 2),
        y_(shape.rows * shape.out) {}

  void ours() {
    simd::linear({static_cast<const float*>(x_.view().data), shape_.rows, shape_.in}, weight_.view(), {}, y(),
                 simd::Store::overwrite, compute_);
  }

  [[nodiscard]] OneDnnProduct theirs(WeightLayout layout) {
    return OneDnnProduct(narrow_x_.view(), weight_.view(), y(), layout);
  }

 private:
  [[nodiscard]] MatrixView<float> y() { return {y_.data(), shape_.rows, shape_.out}; }

  Shape shape_;
  Compute compute_;
  StoredMatrix x_, narrow_x_, weight_;
  AlignedBuffer<float> y_;
};

void against_onednn(Report& report, const Machine& machine, const Shape& shape, Compute compute, int threads) {
  Operands operands(shape, compute);
  ThreadArena arena(threads);
  const auto ours = [&] { arena.execute([&] { operands.ours(); }); };
  Row row{.name = name_of(shape, compute, threads), .unit = "GFLOP/s"};
  const double work = shape.operations() / 1e9;
  if (compute == Compute::float32 || onednn_computes_in_bfloat16()) {
    const OpenMpThreads openmp(threads);
    OneDnnProduct as_stored = operands.theirs(WeightLayout::as_stored);
    OneDnnProduct reordered = operands.theirs(WeightLayout::reordered);
    const auto [seconds, stored_seconds, reordered_seconds] = fastest(clock_for(threads), ours, as_stored, reordered);
    row.ours = work / seconds;
    row.competitor = {onednn_name() + ", weights as stored", work / stored_seconds};
    row.second = {onednn_name() + ", weights reordered beforehand", work / reordered_seconds};
    row.target = at_least(compute == Compute::bfloat16 && has_tiles() ? 0.90 : 0.95);
  } else {
    row.ours = work / fastest(clock_for(threads), ours)[0];
  }
  row.of_peak = row.ours * 1e9 / machine.peak(compute, threads);
  report.add(row);
}

/// The rate at a width that pruning leaves against the rate at the full width, in or out.
void pruned_against_full(Report& report, const Machine& machine, const Shape& pruned, const Shape& full,
                         Compute compute, int threads) {
  Operands narrow(pruned, compute), wide(full, compute);
  ThreadArena arena(threads);
  const auto [seconds, full_seconds] = fastest(
      clock_for(threads), [&] { arena.execute([&] { narrow.ours(); }); }, [&] { arena.execute([&] { wide.ours(); }); });
  const double rate = pruned.operations() / seconds;
  report.add({.name = name_of(pruned, compute, threads),
              .ours = rate / 1e9,
              .unit = "GFLOP/s",
              .competitor = Figure{"ours at full width", full.operations() / full_seconds / 1e9},
              .target = at_least(0.95),
              .of_peak = rate / machine.peak(compute, threads)});
}

/// One row reads every weight once, so memory is the limit. There are as many weights, one after the other, as no cache
/// holds, like those of a model.
void one_row(Report& report, Machine& machine, const Shape& shape, Compute compute, int threads) {
  const Index beyond_caches = Index{1} << (report.quick() ? 25 : 29);
  const double bandwidth = machine.bandwidth(threads);
  const Index weight_bytes = shape.in * shape.out * size_of(stored_type(compute));
  const Index weights = (beyond_caches + weight_bytes - 1) / weight_bytes;
  const OpenMpThreads openmp(threads);
  std::vector<Operands> operands;
  std::vector<OneDnnProduct> theirs;
  for (Index i = 0; i < weights; ++i) {
    theirs.push_back(operands.emplace_back(shape, compute).theirs(WeightLayout::as_stored));
  }
  ThreadArena arena(threads);
  const auto [seconds, their_seconds] = fastest(
      clock_for(threads),
      [&] {
        arena.execute([&] {
          for (Operands& one : operands) one.ours();
        });
      },
      [&] {
        for (OneDnnProduct& one : theirs) one();
      });
  const auto bytes = static_cast<double>(weights * weight_bytes);
  report.add({.name = name_of(shape, compute, threads),
              .ours = bytes / seconds / 1e9,
              .unit = "GB/s",
              .competitor = Figure{onednn_name() + ", weights as stored", bytes / their_seconds / 1e9},
              .of_peak = bytes / seconds / bandwidth});
}

/// Both sides must use as many cores: says how many oneDNN keeps busy.
void check_threads(Report& report) {
  Operands operands({1024, 2048, 8192}, Compute::float32);
  const OpenMpThreads openmp(report.threads());
  OneDnnProduct theirs = operands.theirs(WeightLayout::as_stored);
  theirs();
  const double wall = wall_seconds(), processor = processor_seconds();
  for (int i = 0; i < 3; ++i) theirs();
  report.add({.name = onednn_name() + " on " + threads_name(report.threads()) + " keeps busy",
              .ours = (processor_seconds() - processor) / (wall_seconds() - wall),
              .unit = "cores"});
}

template <class F>
void for_all(const Report& report, F&& f) {
  for (const Compute compute : compute_types) {
    for (const int threads : report.thread_counts()) f(compute, threads);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  Report report(argc, argv);
  Machine machine(report);
  check_threads(report);

  report.section("Layers of Llama-3.2-1B and Llama-2-7B", "oneDNN", "oneDNN reordered");
  for_all(report, [&](Compute compute, int threads) {
    for (const Index rows : {256, 1024, 4096}) {
      for (const auto& [in, out] : {std::array<Index, 2>{2048, 512},
                                    {2048, 2048},
                                    {2048, 8192},
                                    {8192, 2048},
                                    {4096, 4096},
                                    {4096, 11008},
                                    {11008, 4096}}) {
        if (report.quick() && rows * in * out > Index{1} << 32) continue;
        against_onednn(report, machine, {rows, in, out}, compute, threads);
      }
    }
  });

  report.section("Widths that pruning leaves", "full width");
  for_all(report, [&](Compute compute, int threads) {
    for (const auto& [hidden, full, pruned] :
         {std::array<Index, 3>{4096, 11008, 10016}, {2048, 8192, 7712}, {2048, 2048, 1568}}) {
      if (report.quick() && full > 8192) continue;
      pruned_against_full(report, machine, {1024, hidden, pruned}, {1024, hidden, full}, compute, threads);
      pruned_against_full(report, machine, {1024, pruned, hidden}, {1024, full, hidden}, compute, threads);
    }
  });

  report.section("One row, as in generation; the peak is that of memory", "oneDNN");
  for_all(report, [&](Compute compute, int threads) {
    for (const auto& [in, out] :
         {std::array<Index, 2>{4096, 11008}, {2048, 8192}, {896, 4864}, {4864, 896}, {576, 1536}}) {
      one_row(report, machine, {1, in, out}, compute, threads);
    }
  });
  return report.finish();
} catch (const Error& error) {
  return report_failure(error);
}
