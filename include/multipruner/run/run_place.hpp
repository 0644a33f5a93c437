// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Where a run writes, and what it may use: nothing that its result depends on.
struct RunPlace {
  std::filesystem::path out{};                        ///< a folder; empty: the run can only be forecast
  bool overwrite = false;                             ///< replace `out`, if it is a folder that `save` made
  bool restart = false;                               ///< measure everything anew, whatever the journal in `out` knows
  std::optional<std::filesystem::path> statistics{};  ///< a file where those of the order are, or are to be kept
  std::optional<Index> memory{};                      ///< bytes, all that may be used
  std::optional<Index> stream_memory{};               ///< bytes, for activations that candidates share
  std::filesystem::path event_log{};                  ///< a file for an EventLog, outside of `out`; empty: none
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
