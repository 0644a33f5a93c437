// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/detail/stream_engine.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Runs nothing: counts what a ForwardEngine would have to do.
class CountingEngine {
 public:
  /// Nothing but that it exists.
  class Stream {
   public:
    Stream() = default;
    explicit Stream(Index& count) : count_(&++count) {}
    Stream(Stream&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    Stream& operator=(Stream&& other) noexcept;
    ~Stream();

   private:
    Index* count_ = nullptr;
  };

  explicit CountingEngine(simd::Compute compute) : workspace_(compute) {}

  [[nodiscard]] Workspace& workspace() { return workspace_; }
  [[nodiscard]] static MatrixView<const float> rows(const Stream&) { return {}; }

  [[nodiscard]] Stream embed(const Graph&, const WindowRange& windows);
  [[nodiscard]] Stream copy(const Stream&) { return add_stream(); }

  void run_block(const ModelView& view, Index position, const WindowRange& windows, Stream&);

  static void leave_block(const Graph&, Index) {}
  static void recycle(Stream&& stream) { Stream().operator=(std::move(stream)); }
  static void set_limit(Index) {}

  /// How many tokens ran through blocks of a kind, by its name, and a choice.
  [[nodiscard]] const std::map<std::pair<std::string_view, Choice>, Index>& runs() const { return runs_; }
  [[nodiscard]] Index embedded() const { return embedded_; }
  [[nodiscard]] Index most_streams() const { return most_streams_; }  ///< that existed at the same time
  [[nodiscard]] Index streams_made() const { return streams_made_; }

 private:
  Stream add_stream();

  Workspace workspace_;
  std::map<std::pair<std::string_view, Choice>, Index> runs_;
  Index embedded_ = 0, streams_ = 0, most_streams_ = 0, streams_made_ = 0;
};

static_assert(StreamEngine<CountingEngine>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/detail/counting_engine.ipp>
#endif
