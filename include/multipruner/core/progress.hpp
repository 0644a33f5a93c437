// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

/// Where long work reports how far it is. The library itself never prints.
///
/// All members have empty defaults, so that `ProgressSink{}` is the silent sink. Calls come from the thread that
/// started the work, never from inside a parallel region. `begin` and `advance` may throw to have the work given up:
/// the exception comes out of the call that does the work, and files it was writing are removed.
class ProgressSink {
 public:
  virtual ~ProgressSink() = default;

  /// A piece of work of `total` units begins (0: unknown); its name is fit to be shown.
  virtual void begin(std::string_view /*work*/, Index /*total*/) {}

  /// `done` units of the current piece of work are finished.
  virtual void advance(Index /*done*/) {}

  /// What of the current piece of work is under way: a short line, fit to be shown.
  virtual void describe(std::string_view /*state*/) {}

  /// The current piece of work will still take about so many seconds: told where that is known better than by what is
  /// finished.
  virtual void remaining(double /*seconds*/) {}

  /// The current piece of work is finished, or given up because of an exception.
  virtual void end() noexcept {}
};

/// The sink that is used where the caller gives none.
[[nodiscard]] ProgressSink& silent_progress();

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/core/progress.ipp>
#endif
