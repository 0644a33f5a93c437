// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/export/exporter.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

/// A plan that removes whole layers and nothing else, as a configuration for mergekit (mergekit_config.yml, method
/// passthrough) that makes the pruned model from the dense one. No weights are written.
struct Mergekit {
  static constexpr std::string_view name = "mergekit";

  /// What the configuration calls the dense model, e.g. org/name of the Hub; the name of its folder if empty.
  std::string model{};

  /// @throws OptionError naming the first block that is narrower, or that goes without the rest of its layer; where
  /// no layer stays, the graph lacks blocks already, or nothing is known of its origin.
  void require_exportable(const ModelView& view) const;

  [[nodiscard]] Index bytes(const ModelView&) const { return 0; }

  /// @throws OutputError where it cannot be written.
  void write(const ModelView& view, const std::vector<BlockId>& removal_order, const std::filesystem::path& folder,
             const WriteObserver& on_written) const;
};

static_assert(Exporter<Mergekit>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/mergekit.ipp>
#endif
