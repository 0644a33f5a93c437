// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/progress.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

MULTIPRUNER_INLINE ProgressSink& silent_progress() {
  static ProgressSink sink;
  return sink;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core
