#pragma once

#include <multipruner/core/inline.hpp>
#include <multipruner/core/progress.hpp>

namespace multipruner {

MULTIPRUNER_INLINE ProgressSink& silent_progress() {
  static ProgressSink sink;
  return sink;
}

}  // namespace multipruner
