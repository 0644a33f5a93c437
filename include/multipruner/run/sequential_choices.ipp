// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/io/text_rows.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/run/model_parts.hpp>
#include <multipruner/run/sequential_choices.hpp>
#include <multipruner/run/with_preset.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline bool has_thresholds(const RunSpec& spec) {
  return spec.depth_until || spec.mlp_until || spec.heads_until;
}

[[nodiscard]] inline Distribution parse_distribution(const std::string& text) {
  std::vector<double> shares;
  std::string rest = text;
  for (bool more = true; more;) {
    const std::size_t colon = rest.find(':');
    more = colon != std::string::npos;
    const std::string number = rest.substr(0, colon);
    char* end = nullptr;
    shares.push_back(std::strtod(number.c_str(), &end));
    const bool whole = !number.empty() && *end == '\0' && std::isfinite(shares.back());
    if (!whole || shares.size() > 3) break;
    if (!more && shares.size() == 3) return {shares[0], shares[1], shares[2]};
    rest = more ? rest.substr(colon + 1) : "";
  }
  throw OptionError("--distribution", "\"" + text + "\" is not three numbers with colons between them",
                    "Give the shares of blocks, MLP channels and heads, e.g. 44:52:4");
}

/// "mlp", as a list of stages names it.
[[nodiscard]] inline StageSelector selector_of(std::string_view word) {
  if (word == "blocks") return {};
  if (word == "layers") return {.layers = true};
  if (word == "mlp") return {std::string(GatedMlp::axes[0].name)};
  if (word == "heads") return {std::string(Attention::axes[0].name)};
  throw OptionError("--stages", "\"" + std::string(word) + "\" is nothing that a stage removes",
                    "Use blocks, layers, mlp or heads, or several of them with + between");
}

/// "heads:4,mlp:52,blocks:44".
[[nodiscard]] inline std::vector<PruningStage> parse_stages(const std::string& list) {
  std::vector<PruningStage> stages;
  for (const std::string& text : split(list, ",")) {
    const std::size_t colon = text.find(':');
    const std::string number = colon == std::string::npos ? "" : text.substr(colon + 1);
    char* end = nullptr;
    PruningStage stage{.share = std::strtod(number.c_str(), &end)};
    if (number.empty() || *end != '\0') {
      throw OptionError("--stages", "\"" + text + "\" has no share", "Give each stage as WHAT:SHARE, e.g. mlp:52");
    }
    for (const std::string& word : split(text.substr(0, colon), "+")) {
      stage.removes.push_back(selector_of(word));
    }
    stages.push_back(std::move(stage));
  }
  return stages;
}

/// The most MLP channels that a block has; nothing where none has any.
[[nodiscard]] inline std::optional<Index> widest_mlp(const ModelConfig& config) {
  std::optional<Index> widest;
  for (const BlockSpec& block : config.blocks) {
    for (std::size_t axis = 0; axis < block.kind().axes.size(); ++axis) {
      if (block.kind().axes[axis].name != GatedMlp::axes[0].name) continue;
      widest = std::max(widest.value_or(0), block.axis(axis).width);
    }
  }
  return widest;
}

[[nodiscard]] inline CostRule rule_named(const std::string& name) {
  if (name == "cost") return CostRule::cost;
  for (const std::string_view per : {"cost-per-parameter", "cost-per-byte", "cost-per-millisecond"}) {
    if (name == per) return CostRule::cost_per_removed;
  }
  throw OptionError("--compare-by", "\"" + name + "\" is not known",
                    "Use cost, cost-per-parameter, cost-per-byte or cost-per-millisecond");
}

/// @throws OptionError for options that contradict each other, or that are not supported.
inline void check_combination(const RunSpec& spec) {
  const bool known = spec.ratio_of == "parameters" || spec.ratio_of == "bytes" || spec.ratio_of == "milliseconds";
  if (!known) {
    throw OptionError("--ratio-of", "\"" + spec.ratio_of + "\" is not known", "Use parameters, bytes or milliseconds");
  }
  if (!has_thresholds(spec)) static_cast<void>(required_ratio(spec));
  if (spec.stages && (spec.distribution || has_thresholds(spec))) {
    throw OptionError("--stages",
                      "it takes the place of --distribution and of --depth-until, --mlp-until, --heads-until",
                      "Give one of them");
  }
  if (has_thresholds(spec) && (spec.ratio || spec.distribution)) {
    throw OptionError("--depth-until, --mlp-until, --heads-until", "they take the place of --ratio and --distribution",
                      "Give either these or those");
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE double required_ratio(const RunSpec& spec) {
  if (!spec.ratio) {
    throw OptionError("--ratio", "is missing", "Give the share of parameters to remove in percent, e.g. --ratio 20");
  }
  require_ratio("--ratio", *spec.ratio);
  return *spec.ratio;
}

MULTIPRUNER_INLINE void refuse_keep_zeros(const RunSpec& spec) {
  if (!spec.keep_zeros) return;
  throw OptionError("--keep-zeros", "--policy " + spec.policy + " makes other weights, in which no mask is left",
                    "Omit it, or use a policy that only removes");
}

MULTIPRUNER_INLINE std::string search_of(const RunSpec& spec) {
  const std::string search = with_preset(spec).search.value_or("exact");
  if (search == "exact" || search == "lazy" || search == "fast") return search;
  throw OptionError("--search", "\"" + search + "\" is not known", "Use exact, lazy or fast");
}

MULTIPRUNER_INLINE std::optional<LazyGreedyOptions> lazy_search(const RunSpec& spec) {
  const std::string search = search_of(spec);
  if (search == "exact") return std::nullopt;
  if (search == "lazy") return LazyGreedyOptions{};
  return LazyGreedyOptions{.full_step_every = 0, .screen = 0.25, .finalists = 2};
}

MULTIPRUNER_INLINE StageThresholds thresholds_of(const RunSpec& given) {
  const RunSpec spec = with_preset(given);
  if (detail::has_thresholds(spec)) return {spec.depth_until, spec.mlp_until, spec.heads_until};
  if (!spec.ratio || !spec.distribution) return {};
  return stage_thresholds(*spec.ratio, detail::parse_distribution(*spec.distribution));
}

MULTIPRUNER_INLINE SequentialThresholdOptions sequential_options(const RunSpec& given) {
  const RunSpec spec = with_preset(given);
  detail::check_combination(given);
  const auto check = [](const char* name, const std::optional<double>& ratio) {
    if (ratio) require_ratio(name, *ratio);
  };
  check("--ratio", spec.ratio);
  check("--depth-until", spec.depth_until);
  check("--mlp-until", spec.mlp_until);
  check("--heads-until", spec.heads_until);
  SequentialThresholdOptions policy{.mlp_group = spec.mlp_group,
                                    .finest_mlp_group = spec.finest_mlp_group,
                                    .attention_group = spec.head_group,
                                    .strict = spec.strict,
                                    .never_past = spec.never_past,
                                    .rule = detail::rule_named(spec.compare_by)};
  if (detail::has_thresholds(spec)) {
    policy.thresholds = thresholds_of(spec);
  } else if (spec.stages) {
    policy.ratio = *spec.ratio;
    policy.stages = detail::parse_stages(*spec.stages);
  } else {
    policy.ratio = *spec.ratio;
    policy.split = detail::parse_distribution(*spec.distribution);
  }
  static_cast<void>(stages_of(policy));  // checks the shares, too
  return policy;
}

MULTIPRUNER_INLINE void resolve_kept_blocks(const Graph& graph, const RunSpec& spec,
                                            SequentialThresholdOptions& policy) {
  policy.keep = blocks_of("--keep", parse_parts("--keep", spec.keep, graph.config()), graph.config());
  if (spec.keep.empty() || SequentialThreshold<>(policy).can_remove(graph)) return;
  throw OptionError("--keep", "it leaves nothing to remove", "Keep less, or remove something else, see --distribution");
}

MULTIPRUNER_INLINE void widen_groups(const ModelConfig& config, const RunSpec& spec,
                                     SequentialThresholdOptions& options) {
  constexpr Index together = 2, least_steps = 4;
  const Index channels = detail::widest_mlp(config).value_or(0);
  if (search_of(spec) != "fast" || options.finest_mlp_group) return;
  if (least_steps * together * *options.mlp_group > channels) return;
  options.finest_mlp_group = options.mlp_group;
  options.mlp_group = together * *options.mlp_group;
}

MULTIPRUNER_INLINE void resolve_groups(const ModelConfig& config, SequentialThresholdOptions& options) {
  if (!options.mlp_group) options.mlp_group = default_group(config, GatedMlp::axes[0].name);
  if (!options.attention_group) options.attention_group = default_group(config, Attention::axes[0].name);
  static_cast<void>(WidthReduction(config, GatedMlp::axes[0].name, *options.mlp_group));
  static_cast<void>(WidthReduction(config, Attention::axes[0].name, *options.attention_group));
  const std::optional<Index> channels = detail::widest_mlp(config);
  if (channels && *options.mlp_group >= *channels) {
    throw OptionError("--mlp-group",
                      std::to_string(*options.mlp_group) + " channels would leave nothing of an MLP block of " +
                          std::to_string(*channels),
                      "Give less, e.g. " + std::to_string(default_group(config, GatedMlp::axes[0].name)));
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
