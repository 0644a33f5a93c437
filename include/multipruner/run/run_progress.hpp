// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/run/run_phase.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Makes one piece of work of the phases of a run: another sink is told of the whole, with the time that is left of it.
///
/// That is the forecast, corrected by how long things really take. What goes much faster than it should, because a
/// journal knows it, says nothing of the speed of the rest.
class RunProgress final : public ProgressSink {
 public:
  using Clock = std::function<double()>;  ///< seconds since any moment

  /// @param shown  must outlive it @param phases  in their order; several may have one name
  RunProgress(ProgressSink& shown, std::vector<RunPhase> phases, Clock clock = steady_seconds);
  RunProgress(const RunProgress&) = delete;
  RunProgress& operator=(const RunProgress&) = delete;
  MULTIPRUNER_INLINE ~RunProgress() override;

  /// The next phase of that name begins; those before it are over. One that was not foreseen changes nothing.
  void enter(std::string_view name);

  /// Seconds that the run will still take.
  [[nodiscard]] double left() const;

  MULTIPRUNER_INLINE void begin(std::string_view work, Index total) override;
  MULTIPRUNER_INLINE void advance(Index done) override;
  MULTIPRUNER_INLINE void describe(std::string_view state) override { shown_.describe(state); }
  MULTIPRUNER_INLINE void end() noexcept override;

  [[nodiscard]] static double steady_seconds();

 private:
  static constexpr Index units = 10000;

  /// Where the run is, in seconds of the forecast.
  [[nodiscard]] double position() const;
  [[nodiscard]] double share_of_phase() const;
  void learn();
  void report();

  ProgressSink& shown_;
  std::vector<RunPhase> phases_;
  Clock clock_;
  double all_ = 0;          ///< seconds of the forecast
  std::size_t phase_ = 0;   ///< the current one; behind the last one at the end
  double before_ = 0;       ///< seconds of the forecast of phases that are over
  double phase_began_ = 0;  ///< by the clock
  Index total_ = 0;         ///< of the current piece of work; 0: it is not one that the phase is waiting for
  bool reported_ = false;   ///< whether the phase has said how far it is
  double works_over_ = 0;   ///< of the phase
  double share_ = 0;        ///< of the phase; never goes back
  double last_time_ = 0;    ///< when something was learned, by the clock
  double last_position_ = 0;
  double took_ = 0, should_have_ = 0;  ///< seconds of what was really done
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/run_progress.ipp>
#endif
