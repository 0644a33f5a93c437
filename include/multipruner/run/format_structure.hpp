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
  bool fewer_blocks = true;      ///< blocks, or layers, may go
  bool narrower = true;          ///< blocks may be narrower than in the model
  bool fewer_heads = true;       ///< attention may be
  bool first_attention = false;  ///< that of the first layer has to stay
  Index mlp_multiple = 1;        ///< of which the widths of MLPs are multiples

  /// Whether it holds every plan.
  [[nodiscard]] bool holds_all() const { return *this == FormatStructure{}; }

  friend bool operator==(const FormatStructure&, const FormatStructure&) = default;
};

/// Plans that both hold.
[[nodiscard]] FormatStructure held_by_both(const FormatStructure& a, const FormatStructure& b);

/// @param format  its name, for errors @throws OptionError where it needs all layers
void require_fewer_blocks(const FormatStructure& structure, const std::string& format);

/// @throws OptionError where MLPs of the model are not of a width that the format holds
void require_held_widths(const FormatStructure& structure, const std::string& format, const ModelConfig& config);

/// Blocks that have to stay, of those that may go.
[[nodiscard]] ProtectedBlocks blocks_needed(const FormatStructure& structure, const ModelConfig& config);

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
