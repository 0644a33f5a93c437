#pragma once

#include <optional>
#include <utility>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Calls `body(i)` for every i in [0, count), in parallel and in no particular order.
///
/// Runs in the task arena of the caller, so that an embedding program controls the threads; nested calls are fine.
/// Nothing that is computed may depend on which thread runs an index, and indices must write to disjoint places.
template <class Body>
void parallel_for(Index count, Body&& body) {
  if (count == 1) return void(body(Index{0}));
  oneapi::tbb::parallel_for(
      oneapi::tbb::blocked_range<Index>(0, count, 1),
      [&](const oneapi::tbb::blocked_range<Index>& range) {
        for (Index i = range.begin(); i != range.end(); ++i) body(i);
      },
      oneapi::tbb::simple_partitioner{});
}

/// A bounded set of threads. Work that is started inside `execute` uses at most `threads` of them.
///
/// More threads than the machine has cores are possible; while such an arena lives, oneTBB's process-wide limit is
/// raised for it.
class ThreadArena {
 public:
  /// @param threads how many threads to use; 0 means as many as the machine has.
  explicit ThreadArena(int threads = 0);

  template <class Work>
  decltype(auto) execute(Work&& work) {
    return arena_.execute(std::forward<Work>(work));
  }

  [[nodiscard]] int threads() const { return arena_.max_concurrency(); }

 private:
  std::optional<oneapi::tbb::global_control> limit_;
  oneapi::tbb::task_arena arena_;
};

/// How many threads work started here may use.
[[nodiscard]] inline int available_threads() {
  return oneapi::tbb::this_task_arena::max_concurrency();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/parallel.ipp>
#endif
