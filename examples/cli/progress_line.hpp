// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <multipruner/core/progress.hpp>

namespace multipruner::cli {

/// One line on stderr that is drawn again and again: what is done, how far it is, how long it will take.
class ProgressLine final : public ProgressSink {
 public:
  /// @param shown false makes it silent, e.g. where stderr is no terminal.
  explicit ProgressLine(bool shown) : shown_(shown) {}
  ~ProgressLine() override { clear(); }

  void begin(std::string_view work, Index total) override;
  void advance(Index done) override;
  void describe(std::string_view state) override { work_ = state; }
  void remaining(double seconds) override { remaining_ = seconds; }
  void end() noexcept override;

  /// Wipes the line, so that something else may be printed. The next `advance` draws it again.
  void clear() noexcept;

 private:
  using Clock = std::chrono::steady_clock;

  void draw(Index done, Clock::time_point now);

  bool shown_;
  bool drawn_ = false;
  std::string work_;
  Index total_ = 0;
  std::optional<double> remaining_;  ///< seconds, where it was told
  Clock::time_point start_{}, last_draw_{};
};

}  // namespace multipruner::cli
