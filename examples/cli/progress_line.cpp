// SPDX-License-Identifier: MIT
#include "progress_line.hpp"

#include <algorithm>
#include <cstdio>

#include <sys/ioctl.h>
#include <unistd.h>

#include <multipruner/report/readable.hpp>

namespace multipruner::cli {

namespace {

constexpr std::chrono::milliseconds redraw_every{100};

/// Columns of the terminal, but for the last one: a line that fills it would begin a new one.
std::size_t columns() {
  struct ::winsize size {};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return (known ? size.ws_col : 80u) - 1u;
}

/// As wide a bar as there is room for beside so many characters; none if that is not worth it.
std::string bar(double share, std::size_t others) {
  constexpr std::size_t widest = 30, narrowest = 8, frame = 4;
  const std::size_t room = columns() - std::min(columns(), others + frame);
  if (room < narrowest) return ", ";
  const std::size_t width = std::min(room, widest);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(width));
  return " [" + std::string(filled, '=') + std::string(width - filled, ' ') + "] ";
}

/// Cuts off the end of the text where both together are too long.
std::string fitted(std::string text, const std::string& end) {
  text.resize(std::min(text.size(), columns() - std::min(columns(), end.size())));
  return text + end;
}

}  // namespace

void ProgressLine::begin(std::string_view work, Index total) {
  work_ = work;
  total_ = total;
  remaining_.reset();
  start_ = Clock::now();
  last_draw_ = {};
}

void ProgressLine::advance(Index done) {
  if (!shown_ || total_ <= 0) return;
  const auto now = Clock::now();
  if (drawn_ && now - last_draw_ < redraw_every) return;
  draw(done, now);
}

void ProgressLine::end() noexcept {
  clear();
}

void ProgressLine::clear() noexcept {
  if (drawn_) std::fputs("\r\033[K", stderr);
  drawn_ = false;
}

void ProgressLine::draw(Index done, Clock::time_point now) {
  const double share = std::clamp(static_cast<double>(done) / static_cast<double>(total_), 0.0, 1.0);
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  std::string left = fixed_text(100 * share, 0) + " %";
  if (remaining_) {
    left += ", " + duration_text(*remaining_) + " left";
  } else if (elapsed > 1 && share > 0) {
    left += ", " + duration_text(elapsed * (1 - share) / share) + " left";
  }
  const std::string line = fitted(work_, bar(share, work_.size() + left.size()) + left);
  std::fprintf(stderr, "\r%s\033[K", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
  last_draw_ = now;
}

}  // namespace multipruner::cli
