// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>

#include <multipruner/run/run_progress.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The share of the time that has gone when a share of the work is done.
[[nodiscard]] inline double share_of_time(const std::vector<Milestone>& milestones, double done) {
  Milestone before;
  for (const Milestone& next : milestones) {
    if (done <= next.done) {
      const double width = next.done - before.done;
      return width > 0 ? before.time + (next.time - before.time) * (done - before.done) / width : next.time;
    }
    before = next;
  }
  const double width = 1 - before.done;
  return width > 0 ? before.time + (1 - before.time) * (done - before.done) / width : 1;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE double RunProgress::steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

MULTIPRUNER_INLINE RunProgress::RunProgress(ProgressSink& shown, std::vector<RunPhase> phases, Clock clock)
    : shown_(shown), phases_(std::move(phases)), clock_(std::move(clock)) {
  for (const RunPhase& phase : phases_) all_ += phase.seconds;
  phase_began_ = last_time_ = clock_();
  shown_.begin("pruning", units);
}

MULTIPRUNER_INLINE RunProgress::~RunProgress() {
  shown_.end();
}

MULTIPRUNER_INLINE void RunProgress::enter(std::string_view name) {
  const auto begin = phases_.begin() + static_cast<std::ptrdiff_t>(phase_);
  const auto next = std::find_if(begin, phases_.end(), [&](const RunPhase& phase) { return phase.name == name; });
  if (next == phases_.end()) return;
  for (auto over = begin; over != next; ++over) before_ += over->seconds;
  phase_ = static_cast<std::size_t>(next - phases_.begin());
  works_over_ = share_ = 0;
  reported_ = false;
  phase_began_ = clock_();  // first: a phase goes by the clock until it reports
  learn();
  shown_.describe(name);
  report();
}

MULTIPRUNER_INLINE double RunProgress::share_of_phase() const {
  if (phase_ >= phases_.size()) return 0;
  const RunPhase& phase = phases_[phase_];
  if (phase.works > 0 && reported_) return detail::share_of_time(phase.milestones, std::min(share_, 1.0));
  constexpr double most = 0.95;  // the rest is there when it is over
  return phase.seconds > 0 ? std::min((clock_() - phase_began_) / phase.seconds, most) : 0;
}

MULTIPRUNER_INLINE double RunProgress::position() const {
  return before_ + (phase_ < phases_.size() ? phases_[phase_].seconds * share_of_phase() : 0);
}

MULTIPRUNER_INLINE double RunProgress::left() const {
  const double trust = 0.05 * all_ + 1;  // so much is taken to have gone as foreseen
  return std::max(all_ - position(), 0.0) * (took_ + trust) / (should_have_ + trust);
}

/// Compares what was done with the time that it took, unless it was known.
MULTIPRUNER_INLINE void RunProgress::learn() {
  constexpr double known = 0.1;
  const double now = clock_(), here = position();
  const double should_have = here - last_position_, took = now - last_time_;
  if (should_have <= 0) return;  // nothing is done yet: the time counts for what comes next
  if (took > known * should_have) {
    took_ += took;
    should_have_ += should_have;
  }
  last_time_ = now;
  last_position_ = here;
}

MULTIPRUNER_INLINE void RunProgress::report() {
  if (all_ > 0) shown_.remaining(left());
  shown_.advance(static_cast<Index>(static_cast<double>(units) * std::min(position() / std::max(all_, 1e-9), 1.0)));
}

MULTIPRUNER_INLINE void RunProgress::begin(std::string_view work, Index total) {
  const bool awaited = phase_ < phases_.size() && (phases_[phase_].work.empty() || phases_[phase_].work == work);
  total_ = awaited ? total : 0;
  shown_.describe(phase_ < phases_.size() ? std::string_view(phases_[phase_].name) : work);
}

MULTIPRUNER_INLINE void RunProgress::advance(Index done) {
  if (phase_ < phases_.size() && phases_[phase_].works > 0 && total_ > 0) {
    const double of_work = static_cast<double>(done) / static_cast<double>(total_);
    reported_ = true;
    share_ = std::max(share_, (works_over_ + of_work) / static_cast<double>(phases_[phase_].works));
    learn();
  }
  report();
}

MULTIPRUNER_INLINE void RunProgress::end() noexcept {
  if (std::exchange(total_, 0) > 0) works_over_ += 1;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
