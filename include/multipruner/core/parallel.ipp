#pragma once

#include <cstddef>

#include <multipruner/core/parallel.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE ThreadArena::ThreadArena(int threads)
    : arena_(threads > 0 ? threads : static_cast<int>(oneapi::tbb::task_arena::automatic)) {
  if (threads > oneapi::tbb::info::default_concurrency()) {
    limit_.emplace(oneapi::tbb::global_control::max_allowed_parallelism, static_cast<std::size_t>(threads));
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
