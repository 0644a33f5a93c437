// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

/// One piece of work as a progress sink sees it: begun here, ended when the scope is left, also by an exception.
class ProgressScope {
 public:
  ProgressScope(ProgressSink& sink, std::string_view work, Index total) : sink_(sink) { sink_.begin(work, total); }
  ProgressScope(const ProgressScope&) = delete;
  ProgressScope& operator=(const ProgressScope&) = delete;
  ~ProgressScope() { sink_.end(); }

  void advance(Index done) { sink_.advance(done); }
  void describe(std::string_view state) { sink_.describe(state); }

 private:
  ProgressSink& sink_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core
