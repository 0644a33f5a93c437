// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <functional>
#include <string>
#include <string_view>

#include <signal.h>

#include <multipruner/core/progress.hpp>

namespace multipruner::cli {

/// Work that must not be left half done. While this lives, a first SIGINT, SIGTERM or SIGHUP does not end the program
/// at once: the work, which reports to this sink, is given up at its next report and cleans up. At the end of the scope
/// the signal has its usual effect, so that a shell sees status 128 + its number. A second signal ends the program at
/// once.
class InterruptibleWork final : public ProgressSink {
 public:
  /// @param shown     where reports go on to
  /// @param farewell  makes what is said on stderr if the work was given up; may be empty
  explicit InterruptibleWork(ProgressSink& shown = silent_progress(), std::function<std::string()> farewell = {});
  InterruptibleWork(const InterruptibleWork&) = delete;
  InterruptibleWork& operator=(const InterruptibleWork&) = delete;
  ~InterruptibleWork() override;

  void begin(std::string_view work, Index total) override;
  void advance(Index done) override;
  void describe(std::string_view state) override;
  void remaining(double seconds) override;
  void end() noexcept override;

 private:
  static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP};

  ProgressSink& shown_;
  std::function<std::string()> farewell_;
  std::array<struct ::sigaction, signals.size()> before_{};
};

}  // namespace multipruner::cli
