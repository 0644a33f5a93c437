// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/search/detail/counting_engine.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE CountingEngine::Stream& CountingEngine::Stream::operator=(Stream&& other) noexcept {
  std::swap(count_, other.count_);
  return *this;
}

MULTIPRUNER_INLINE CountingEngine::Stream::~Stream() {
  if (count_ != nullptr) --*count_;
}

MULTIPRUNER_INLINE CountingEngine::Stream CountingEngine::embed(const Graph&, const WindowRange& windows) {
  embedded_ += windows.rows();
  return add_stream();
}

MULTIPRUNER_INLINE void CountingEngine::run_block(const ModelView& view, Index position, const WindowRange& windows,
                                                  Stream&) {
  const BlockId block{position};
  runs_[{view.graph().spec(block).kind().name, view.plan().choice(block)}] += windows.rows();
}

MULTIPRUNER_INLINE CountingEngine::Stream CountingEngine::add_stream() {
  Stream stream(streams_);
  ++streams_made_;
  most_streams_ = std::max(most_streams_, streams_);
  return stream;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
