// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cmath>
#include <ctime>
#include <exception>
#include <system_error>
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

/// Whether the last line of an event log lacks its end, because it was being written when a run was killed.
/// @throws OutputError for a file that is no event log, which is left as it is.
[[nodiscard]] inline bool ends_in_a_torn_line(const std::filesystem::path& file) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return false;
  std::ifstream there;
  if (std::filesystem::is_regular_file(file, ignored)) there.open(file, std::ios::binary);
  constexpr std::string_view beginning = "{\"event\":";
  std::string first(beginning.size(), ' ');
  there.read(first.data(), static_cast<std::streamsize>(first.size()));
  if (there.gcount() == 0 && there.is_open()) return false;
  if (first != beginning) {
    throw OutputError(file.string(), "is there, and is not an event log", "Choose another file");
  }
  there.seekg(-1, std::ios::end);
  return there.get() != '\n';
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE EventLog::EventLog(const std::filesystem::path& file) {
  const bool torn = detail::ends_in_a_torn_line(file);
  file_.open(file, std::ios::app);
  if (!file_) {
    throw OutputError(file.string(), "cannot be opened for events", "Check the path and its permissions");
  }
  if (torn) file_ << '\n';
  write("begin", {{"time", detail::time_text()}, {"version", version}});
}

MULTIPRUNER_INLINE EventLog::~EventLog() {
  try {
    if (!ended_) end("given_up");
  } catch (const std::exception&) {  // nobody is left to be told
  }
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
  ended_ = true;
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
