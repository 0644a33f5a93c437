// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/progress.hpp>

namespace multipruner::test {

/// Keeps what it is told.
struct Told final : ProgressSink {
  void begin(std::string_view work, Index total) override {
    works.emplace_back(work);
    units = total;
  }
  void advance(Index done) override { reports.push_back(done); }
  void describe(std::string_view state) override { states.emplace_back(state); }

  std::vector<std::string> works, states;
  std::vector<Index> reports;
  Index units = 0;
};

}  // namespace multipruner::test
