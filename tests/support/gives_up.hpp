// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>
#include <string_view>

#include <multipruner/core/progress.hpp>

namespace multipruner::test {

/// Gives up the work at its n-th report.
class GivesUp final : public ProgressSink {
 public:
  explicit GivesUp(int after) : left_(after) {}

  void begin(std::string_view, Index) override {}
  void advance(Index) override {
    if (left_-- == 0) throw std::runtime_error("given up");
  }
  void describe(std::string_view) override {}
  void end() noexcept override {}

  [[nodiscard]] bool was_reached() const { return left_ < 0; }

 private:
  int left_;
};

}  // namespace multipruner::test
