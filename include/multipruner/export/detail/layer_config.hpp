// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/export/repack.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The config.json that a view's model came with. @throws FileError where it is gone.
[[nodiscard]] nlohmann::json source_config(const ModelView& view);

/// Writes a config.json, also where a number in it is not finite, as Python does.
void write_config(const std::filesystem::path& folder, const nlohmann::json& config);

/// Lets a config.json have the layers of a file in place of the model's own: their number, and what it lists layer by
/// layer. A layer is of the type of its attention.
/// @throws OptionError, naming the format, for an entry by layer that cannot be taken over
void set_layers(nlohmann::json& config, const ModelView& view, const std::vector<PackedLayer>& layers,
                std::string_view format);

/// Where the blocks of each layer of a file stood in the model: [attention, MLP] by layer, null where there is none.
[[nodiscard]] nlohmann::json layer_map(const ModelView& view, const std::vector<PackedLayer>& layers);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/detail/layer_config.ipp>
#endif
