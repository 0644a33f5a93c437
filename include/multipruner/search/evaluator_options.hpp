// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// How an Evaluator goes about its work. Only `compute` has a say in what plans cost; `early_stop` has one in which
/// plans are measured to the end.
struct EvaluatorOptions {
  /// Tokens that run through a block together, in whole windows, at least one.
  Index rows_per_pass = 4096;

  /// What costs are computed in. bfloat16 is several times as fast where the processor has instructions for it; its
  /// decisions may differ from those of float32 where candidates are close.
  simd::Compute compute = simd::Compute::float32;

  /// Bytes for residual streams: those of the plans under way, and those that are kept because later plans may begin
  /// alike. By default a quarter of the memory that is free at the start. With less than the work needs at least, that
  /// is taken nevertheless: two streams of a pass.
  std::optional<Index> stream_bytes = std::nullopt;

  /// Windows go in at least so many parts, as far as there are that many windows: estimates on a share of the windows
  /// (CostRequest) measure some of them.
  Index least_parts = 1;

  /// Whether plans of a batch share the blocks that they begin with.
  bool share_prefixes = true;

  /// Whether streams are kept from batch to batch.
  bool reuse = true;

  /// Whether a plan is dropped that can no longer be the cheapest, where only that one is asked for.
  bool early_stop = true;

  /// If set, from 0.5 to below 1: where only the cheapest plan is asked for, plans are compared on windows drawn at
  /// random, and dropped when they are worse at a level at which a batch keeps its cheapest plan with this probability.
  /// That assumes that the mean of the differences between two plans' costs is about normally distributed over the
  /// draws. Windows then go in 16 parts or more.
  std::optional<double> confidence = std::nullopt;

  /// Of the draw.
  std::uint64_t seed = 42;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
