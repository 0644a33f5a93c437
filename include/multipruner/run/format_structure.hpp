// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/policy/sequential_threshold_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// Which plans a format holds without padding.
struct FormatStructure {
  bool alike = false;            ///< all layers have the same blocks, at the same widths
  bool narrower = true;          ///< blocks may be narrower than in the model
  bool fewer_heads = true;       ///< attention may be
  bool first_attention = false;  ///< that of the first layer has to stay
  Index mlp_multiple = 1;        ///< of which the widths of MLPs are multiples

  /// Whether it holds every plan.
  [[nodiscard]] bool holds_all() const { return *this == FormatStructure{}; }

  friend bool operator==(const FormatStructure&, const FormatStructure&) = default;
};

/// Lets a policy remove only what leaves plans that a format holds. Stages of which nothing remains leave their share
/// to those before them.
/// @param format  its name, for errors
/// @throws OptionError where nothing remains to remove, or for groups that do not lead to such widths
void narrow_to(const FormatStructure& structure, const std::string& format, const ModelConfig& config,
               SequentialThresholdOptions& options);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/format_structure.ipp>
#endif
