// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <ctime>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/version.hpp>
#include <multipruner/run/event_log.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// "2026-11-30T14:50:36Z"
[[nodiscard]] inline std::string time_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

[[nodiscard]] inline nlohmann::ordered_json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(value) : nullptr;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE EventLog::EventLog(const std::filesystem::path& file) : file_(file, std::ios::app) {
  if (!file_) {
    throw OutputError(file.string(), "cannot be opened for events", "Check the path and its permissions");
  }
  write("begin", {{"time", detail::time_text()}, {"version", version}});
}

MULTIPRUNER_INLINE RunEvents EventLog::with(RunEvents others) {
  RunEvents events;
  events.on_note = [this, next = others.on_note](std::string_view topic, std::string_view text) {
    write("note", {{"topic", topic}, {"text", text}});
    if (next) next(topic, text);
  };
  events.on_warning = [this, next = others.on_warning](std::string_view text) {
    write("warning", {{"text", text}});
    if (next) next(text);
  };
  events.on_step = [this, next = others.on_step](const RunStep& step) {
    write("step", {{"step", step.number},
                   {"stage", step.step.stage},
                   {"what", step.what},
                   {"ratio", step.step.search.ratio},
                   {"cost", detail::number_or_null(step.step.search.cost)},
                   {"shown", detail::number_or_null(step.shown)}});
    if (next) next(step);
  };
  return events;
}

MULTIPRUNER_INLINE void EventLog::progress(std::string_view phase, double share, double seconds_left) {
  write("progress", {{"phase", phase}, {"share", share}, {"seconds_left", seconds_left}});
}

MULTIPRUNER_INLINE void EventLog::end(std::string_view outcome) {
  write("end", {{"outcome", outcome}});
}

MULTIPRUNER_INLINE void EventLog::write(std::string_view event, const nlohmann::ordered_json& more) {
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start_;
  nlohmann::ordered_json line{{"event", event}, {"seconds", std::round(seconds.count() * 1000) / 1000}};
  line.update(more);
  // A path in a note need not be UTF-8.
  file_ << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n' << std::flush;
}

MULTIPRUNER_INLINE void LoggedProgress::begin(std::string_view work, Index total) {
  state_ = work;
  total_ = total;
  shown_.begin(work, total);
}

MULTIPRUNER_INLINE void LoggedProgress::advance(Index done) {
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ >= std::chrono::seconds(1) && total_ > 0) {
    last_ = now;
    log_.progress(state_, static_cast<double>(done) / static_cast<double>(total_), left_);
  }
  shown_.advance(done);
}

MULTIPRUNER_INLINE void LoggedProgress::describe(std::string_view state) {
  state_ = state;
  shown_.describe(state);
}

MULTIPRUNER_INLINE void LoggedProgress::remaining(double seconds) {
  left_ = seconds;
  shown_.remaining(seconds);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
