// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <multipruner/core/parallel.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void run_parallel(Index count, void (*run)(const void* body, Index i), const void* body) {
  oneapi::tbb::parallel_for(
      oneapi::tbb::blocked_range<Index>(0, count, 1),
      [=](const oneapi::tbb::blocked_range<Index>& range) {
        for (Index i = range.begin(); i != range.end(); ++i) run(body, i);
      },
      oneapi::tbb::simple_partitioner{});
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

struct ThreadArena::Arena {
  explicit Arena(int threads) : tasks(threads > 0 ? threads : static_cast<int>(oneapi::tbb::task_arena::automatic)) {
    if (threads > oneapi::tbb::info::default_concurrency()) {
      limit.emplace(oneapi::tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
    }
  }

  std::optional<oneapi::tbb::global_control> limit;
  oneapi::tbb::task_arena tasks;
};

MULTIPRUNER_INLINE ThreadArena::ThreadArena(int threads) : arena_(std::make_unique<Arena>(threads)) {}

MULTIPRUNER_INLINE ThreadArena::~ThreadArena() = default;

MULTIPRUNER_INLINE int ThreadArena::threads() const {
  return arena_->tasks.max_concurrency();
}

MULTIPRUNER_INLINE void ThreadArena::execute_erased(void (*call)(const void* work), const void* work) {
  arena_->tasks.execute([=] { call(work); });
}

MULTIPRUNER_INLINE int available_threads() {
  return oneapi::tbb::this_task_arena::max_concurrency();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core
