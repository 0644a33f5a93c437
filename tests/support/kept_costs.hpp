// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/search/cost_memory.hpp>

namespace multipruner::test {

/// Keeps costs of windows.
struct Memory final : CostMemory {
  using Key = std::pair<std::string, std::vector<Choice>>;

  static Key key_of(const CostKey& key) {
    Key own{std::string(key.samples) + std::to_string(key.first_window), {}};
    for (Index i = 0; i < key.plan->num_blocks(); ++i) own.second.push_back(key.plan->choice({i}));
    return own;
  }
  [[nodiscard]] bool find(const CostKey& key, std::span<double> costs) const override {
    const auto known = kept.find(key_of(key));
    if (known == kept.end()) return false;
    std::ranges::copy(known->second, costs.begin());
    return true;
  }
  void add(const CostKey& key, std::span<const double> costs) override {
    if (most == 0) throw std::runtime_error("interrupted");
    --most;
    kept[key_of(key)] = {costs.begin(), costs.end()};
  }

  std::map<Key, std::vector<double>> kept;
  Index most = 1'000'000;
};

}  // namespace multipruner::test
