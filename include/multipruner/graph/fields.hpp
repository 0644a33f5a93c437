// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// Names and values in the order in which they were added: what a block is, for identities, files and reports. Numbers
/// have as many digits as tell them from all others.
class Fields {
 public:
  void add(std::string_view name, std::string_view value) { entries_.emplace_back(name, value); }
  void add(std::string_view name, const char* value) { add(name, std::string_view(value)); }
  void add(std::string_view name, Index value) { add(name, std::to_string(value)); }
  void add(std::string_view name, bool value) { add(name, value ? "true" : "false"); }
  void add(std::string_view name, double value);

  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& entries() const { return entries_; }

  /// E.g. "num_attention_heads=8, head_dim=64".
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::pair<std::string, std::string>> entries_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/fields.ipp>
#endif
