// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// How much of the time of a piece of work has gone when it says how much of it is done: shares.
struct Milestone {
  double done = 0;
  double time = 0;
};

/// A part of a run, with what it is expected to take.
struct RunPhase {
  std::string name;    ///< for people: "searching"
  double seconds = 0;  ///< expected
  Index works = 1;     ///< pieces of work that report how far they are, one after the other; 0: who knows how many
  std::vector<Milestone> milestones{};  ///< of the one piece, in ascending order; empty: it goes evenly
  std::string work{};                   ///< what these pieces call themselves; empty: all count
};

/// Names of the phases of a pruning run, in their order.
inline constexpr const char* phase_judging = "judging the model";
inline constexpr const char* phase_generating = "writing text to learn from";
inline constexpr const char* phase_statistics = "gathering statistics";
inline constexpr const char* phase_candidates = "preparing compensated candidates";
inline constexpr const char* phase_searching = "searching";
inline constexpr const char* phase_compensating = "compensating";
inline constexpr const char* phase_judging_smaller = "judging the smaller model";
inline constexpr const char* phase_writing = "writing the model";

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
