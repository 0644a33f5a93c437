#include "progress_line.hpp"

#include <algorithm>
#include <cstdio>

#include "format.hpp"

namespace multipruner::cli {

namespace {

constexpr std::chrono::milliseconds redraw_every{100};
constexpr Index bar_width = 30;

}  // namespace

void ProgressLine::begin(std::string_view work, Index total) {
  work_ = work;
  total_ = total;
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
  const auto filled = static_cast<std::size_t>(share * bar_width);
  std::string line = work_ + " [" + std::string(filled, '=') + std::string(bar_width - filled, ' ') + "] " +
                     fixed(100 * share, 0) + " %";
  if (elapsed > 1 && share > 0) line += ", " + duration(elapsed * (1 - share) / share) + " left";
  std::fprintf(stderr, "\r%s\033[K", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
  last_draw_ = now;
}

}  // namespace multipruner::cli
