// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/run/run_events.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What a run does, in a file, while it does it: a JSON object a line, for scripts and dashboards.
///
/// Every line has `event` and `seconds` since the run began. Besides `begin` (with `time` and `version`) there are
/// `note` (`topic`, `text`), `warning` (`text`), `step` (`step`, `stage`, `what`, `ratio` in percent, `cost`, and
/// `shown`, the cost as people know it), `progress` at most once a second (`phase`, `share` of the run, `seconds_left`)
/// and `end` (`outcome`: that of the search, or "given_up").
///
/// Lines are added to a file that is there. Where it can no longer be written, the run goes on without it.
class EventLog {
 public:
  /// @throws OutputError where the file cannot be opened, or holds something else
  explicit EventLog(const std::filesystem::path& file);
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;
  ~EventLog();  ///< Says that the run was given up, unless it has come to an end.

  /// Events that come here, and then go to others. This must outlive them.
  [[nodiscard]] RunEvents with(RunEvents others);

  void progress(std::string_view phase, double share, double seconds_left);
  void end(std::string_view outcome);

 private:
  void write(std::string_view event, const nlohmann::ordered_json& more);

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::ofstream file_;
  bool ended_ = false;
};

/// Notes progress in an event log, and passes it on.
class LoggedProgress final : public ProgressSink {
 public:
  /// Both must outlive it.
  LoggedProgress(EventLog& log, ProgressSink& shown) : log_(log), shown_(shown) {}

  MULTIPRUNER_INLINE void begin(std::string_view work, Index total) override;
  MULTIPRUNER_INLINE void advance(Index done) override;
  MULTIPRUNER_INLINE void describe(std::string_view state) override;
  MULTIPRUNER_INLINE void remaining(double seconds) override;
  MULTIPRUNER_INLINE void end() noexcept override { shown_.end(); }

 private:
  EventLog& log_;
  ProgressSink& shown_;
  std::string state_{};
  Index total_ = 0;
  double left_ = 0;
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/event_log.ipp>
#endif
