// SPDX-License-Identifier: MIT
// Causal attention against our own products of the same type: both are nothing but multiplications and additions, so
// attention should come near to their rate. Only what is visible counts as work, 4 · head_dim operations a head, query
// and key.

#include <cmath>

#include "compute_type.hpp"
#include "machine.hpp"
#include "memory.hpp"
#include "random_values.hpp"
#include <multipruner/simd/causal_attention.hpp>
#include <multipruner/simd/linear.hpp>

using namespace multipruner;
using namespace multipruner::benchmark;

namespace {

/// Queries, keys and values of one sequence, four query heads for every key/value head.
class Sequence {
 public:
  Sequence(Index tokens, Index head_dim)
      : shape_{8, 2, head_dim, 1 / std::sqrt(static_cast<float>(head_dim))},
        tokens_(tokens),
        queries_(random_values(tokens * width())),
        keys_(random_values(tokens * key_width(), 2)),
        values_(random_values(tokens * key_width(), 3)),
        output_(tokens * width()),
        rounded_(tokens, shape_.num_key_value_heads, head_dim) {}

  void attend(Compute compute) {
    const simd::AttentionSegment segment{{queries_.data(), tokens_, width()},
                                         {keys_.data(), tokens_, key_width()},
                                         {values_.data(), tokens_, key_width()},
                                         {output_.data(), tokens_, width()}};
    simd::causal_attention({&segment, 1}, shape_, compute);
  }

  /// The last token alone, as in generation. In bfloat16 the keys and values of those before are kept rounded.
  void attend_last(Compute compute) {
    const MatrixView<const float> keys(keys_.data(), tokens_, key_width()),
        values(values_.data(), tokens_, key_width());
    const bool kept = simd::attention_rounds(compute);
    if (kept) rounded_.round(rounded_.length() == 0 ? 0 : tokens_ - 1, keys, values);
    const simd::AttentionSegment segment{
        {queries_.data(), 1, width()}, keys, values, {output_.data(), 1, width()}, kept ? &rounded_ : nullptr};
    simd::causal_attention({&segment, 1}, shape_, compute);
  }

  [[nodiscard]] double operations() const {
    const auto tokens = static_cast<double>(tokens_);
    return 4 * static_cast<double>(width()) * tokens * (tokens + 1) / 2;
  }

  [[nodiscard]] double bytes() const { return static_cast<double>(2 * tokens_ * (width() + key_width())) * 4; }

  [[nodiscard]] std::string name() const {
    return "attention " + std::to_string(tokens_) + " tokens, 8/2 heads x " + std::to_string(shape_.head_dim);
  }

 private:
  [[nodiscard]] Index width() const { return shape_.num_attention_heads * shape_.head_dim; }
  [[nodiscard]] Index key_width() const { return shape_.num_key_value_heads * shape_.head_dim; }

  simd::AttentionShape shape_;
  Index tokens_;
  AlignedBuffer<float> queries_, keys_, values_, output_;
  simd::RoundedKeysAndValues rounded_;
};

/// The product that attention is compared with: 1024 × (2048 → 2048).
class Product {
 public:
  explicit Product(Compute compute)
      : compute_(compute),
        x_(random_values(rows * width)),
        weight_(width, width, stored_type(compute), 2),
        y_(rows * width) {}

  void multiply() {
    simd::linear({x_.data(), rows, width}, weight_.view(), {}, {y_.data(), rows, width}, simd::Store::overwrite,
                 compute_);
  }

  static constexpr double operations = 2.0 * 1024 * 2048 * 2048;

 private:
  static constexpr Index rows = 1024, width = 2048;
  Compute compute_;
  AlignedBuffer<float> x_;
  StoredMatrix weight_;
  AlignedBuffer<float> y_;
};

void measure(Report& report, const Machine& machine, Index tokens, Index head_dim, Compute compute, int threads) {
  Sequence sequence(tokens, head_dim);
  Product product(compute);
  ThreadArena arena(threads);
  const auto attend = [&](Compute type) { return [&, type] { arena.execute([&] { sequence.attend(type); }); }; };
  const auto [seconds, product_seconds, float32_seconds] = fastest(
      clock_for(threads), attend(compute), [&] { arena.execute([&] { product.multiply(); }); },
      attend(Compute::float32));
  const double rate = sequence.operations() / seconds;
  Row row{.name = sequence.name() + ", " + compute_name(compute) + ", " + threads_name(threads),
          .ours = rate / 1e9,
          .unit = "GFLOP/s",
          .competitor = Figure{"our product", Product::operations / product_seconds / 1e9},
          .target = at_least(compute == Compute::float32 ? 0.6 : 0.5),
          .of_peak = rate / machine.peak(compute, threads)};
  if (compute != Compute::float32) row.second = Figure{"in float32", sequence.operations() / float32_seconds / 1e9};
  report.add(row);
}

/// The time for one token against a key/value cache, in bfloat16 against float32.
void measure_last(Report& report, Index tokens, Index head_dim, int threads) {
  Sequence sequence(tokens, head_dim);
  sequence.attend_last(Compute::bfloat16);  // rounds all tokens
  ThreadArena arena(threads);
  const auto [seconds, float32_seconds] = fastest(
      clock_for(threads), [&] { arena.execute([&] { sequence.attend_last(Compute::bfloat16); }); },
      [&] { arena.execute([&] { sequence.attend_last(Compute::float32); }); });
  report.add({.name = "last of " + sequence.name() + ", bfloat16, " + threads_name(threads),
              .ours = seconds * 1e6,
              .unit = "us",
              .competitor = Figure{"in float32", float32_seconds * 1e6},
              .target = at_most(1)});
}

/// Memory beside the operands, which are linear in the tokens; a matrix of scores would be many times as large.
void measure_memory(Report& report, Index tokens, Compute compute) {
  Sequence sequence(tokens, 64);
  sequence.attend(compute);
  const auto added = added_peak_memory([&] { sequence.attend(compute); });
  if (!added) return;
  report.add({.name = "memory of " + sequence.name() + ", " + compute_name(compute),
              .ours = *added / 1e6,
              .unit = "MB",
              .competitor = Figure{"the operands", sequence.bytes() / 1e6},
              .target = at_most(1)});
}

}  // namespace

int main(int argc, char** argv) try {
  Report report(argc, argv);
  const Machine machine(report);
  for (const Compute compute : compute_types) {
    report.section("Causal attention in " + compute_name(compute), "our product",
                   compute == Compute::float32 ? "" : "in float32");
    for (const int threads : report.thread_counts()) {
      for (const Index tokens : {512, 2048, 8192}) {
        if (report.quick() && tokens > 2048) continue;
        for (const Index head_dim : {64, 96, 128}) measure(report, machine, tokens, head_dim, compute, threads);
      }
    }
  }
  report.section("One token in bfloat16 against a key/value cache", "in float32");
  for (const int threads : report.thread_counts()) {
    for (const Index tokens : {512, 2048}) {
      for (const Index head_dim : {64, 128}) measure_last(report, tokens, head_dim, threads);
    }
  }
  report.section("Memory that attention needs beside its operands", "operands");
  for (const Compute compute : compute_types) measure_memory(report, 8192, compute);
  return report.finish();
} catch (const Error& error) {
  return report_failure(error);
}
