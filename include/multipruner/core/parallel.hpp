// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Calls `run(body, i)` for every i in [0, count), in parallel.
void run_parallel(Index count, void (*run)(const void* body, Index i), const void* body);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

/// Calls `body(i)` for every i in [0, count), in parallel and in no particular order.
///
/// Runs in the oneTBB task arena of the caller, so that an embedding program controls the threads; nested calls are
/// fine. Nothing that is computed may depend on which thread runs an index, and indices must write to disjoint places.
template <class Body>
void parallel_for(Index count, Body&& body) {
  if (count == 1) return void(body(Index{0}));
  const auto call = [&body](Index i) { body(i); };
  detail::run_parallel(
      count, [](const void* context, Index i) { (*static_cast<decltype(&call)>(context))(i); }, &call);
}

/// A bounded set of threads. Work that is started inside `execute` uses at most `threads` of them.
///
/// More threads than the machine has cores are possible; while such an arena lives, oneTBB's process-wide limit is
/// raised for it.
class ThreadArena {
 public:
  /// @param threads how many threads to use; 0 means as many as the machine has.
  explicit ThreadArena(int threads = 0);
  ThreadArena(const ThreadArena&) = delete;
  ThreadArena& operator=(const ThreadArena&) = delete;
  ~ThreadArena();

  /// Returns what `work()` returns, and throws what it throws.
  template <class Work>
  decltype(auto) execute(Work&& work) {
    using Result = std::invoke_result_t<Work>;
    if constexpr (std::is_void_v<Result>) {
      run(std::forward<Work>(work));
    } else if constexpr (std::is_reference_v<Result>) {
      std::remove_reference_t<Result>* result = nullptr;
      run([&] {
        auto&& returned = std::forward<Work>(work)();
        result = std::addressof(returned);
      });
      return static_cast<Result>(*result);
    } else {
      std::optional<Result> result;
      run([&] { result.emplace(std::forward<Work>(work)()); });
      return Result(*std::move(result));
    }
  }

  [[nodiscard]] int threads() const;

 private:
  struct Arena;

  template <class Work>
  void run(Work&& work) {
    const auto call = [&work] { std::forward<Work>(work)(); };
    execute_erased([](const void* context) { (*static_cast<decltype(&call)>(context))(); }, &call);
  }

  void execute_erased(void (*call)(const void* work), const void* work);

  std::unique_ptr<Arena> arena_;
};

/// How many threads work started here may use.
[[nodiscard]] int available_threads();

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/parallel.ipp>
#endif
