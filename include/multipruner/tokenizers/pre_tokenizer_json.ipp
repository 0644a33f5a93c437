// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/tokenizers/component_json.hpp>
#include <multipruner/tokenizers/pre_tokenizer_json.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The pattern by which GPT-2 splits texts into words; `ByteLevel` uses it unless told otherwise.
inline constexpr const char* gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

MULTIPRUNER_INLINE std::vector<PreTokenizer::Step> byte_level_steps(bool add_prefix_space, bool use_regex,
                                                                    const std::string& where) {
  std::vector<PreTokenizer::Step> steps;
  if (add_prefix_space) steps.emplace_back(PrefixSpace{});
  if (use_regex) steps.emplace_back(Splitter(Regex(gpt2_pattern, where), SplitBehavior::isolated));
  return steps;
}

/// The member "behavior" of `Split` and `Punctuation`.
[[nodiscard]] inline SplitBehavior read_behavior(const JsonReader& step, const std::string& otherwise) {
  const std::pair<std::string_view, SplitBehavior> behaviors[] = {
      {"Removed", SplitBehavior::removed},
      {"Isolated", SplitBehavior::isolated},
      {"MergedWithPrevious", SplitBehavior::merged_with_previous},
      {"MergedWithNext", SplitBehavior::merged_with_next},
      {"Contiguous", SplitBehavior::contiguous}};
  const auto name = step.get_or<std::string>("behavior", otherwise);
  for (const auto& [known, behavior] : behaviors) {
    if (name == known) return behavior;
  }
  refuse_tokenizer(step.where("behavior"), "the split behavior " + name);
}

MULTIPRUNER_INLINE Metaspace read_metaspace(const JsonReader& step) {
  Metaspace metaspace{.replacement = require_character(step, "replacement")};
  const auto scheme = step.get_or<std::string>("prepend_scheme", "always");
  const std::pair<std::string_view, Metaspace::Prepend> schemes[] = {{"always", Metaspace::Prepend::always},
                                                                     {"first", Metaspace::Prepend::first},
                                                                     {"never", Metaspace::Prepend::never}};
  const auto* const known = std::ranges::find(schemes, std::string_view(scheme), [](const auto& s) { return s.first; });
  if (known == std::end(schemes)) refuse_tokenizer(step.where("prepend_scheme"), "the scheme " + scheme);
  metaspace.prepend = known->second;
  if (!step.get_or<bool>("add_prefix_space", true) && metaspace.prepend != Metaspace::Prepend::never) {
    throw DataError(step.where("add_prefix_space"), "is false, but prepend_scheme is \"" + scheme + "\"",
                    "Write \"prepend_scheme\": \"never\" if no space is to be put in front");
  }
  return metaspace;
}

/// The step of a pre-tokenizer; nothing for `ByteLevel`, which is none alone.
/// @throws UnsupportedError for what is not implemented, by name.
[[nodiscard]] inline PreTokenizer::Step read_pre_tokenizer_step(const JsonReader& step, const std::string& type) {
  const auto where = step.where("type");
  const auto splitter = [&](const char* pattern, SplitBehavior behavior, bool invert = false) {
    return Splitter(Regex(pattern, where), behavior, invert);
  };
  if (type == "Split") {
    return Splitter(read_pattern(step), read_behavior(step, ""), step.get_or<bool>("invert", false));
  }
  if (type == "Digits") {
    const bool single = step.require<bool>("individual_digits");
    return splitter("\\p{N}", single ? SplitBehavior::isolated : SplitBehavior::contiguous);
  }
  if (type == "Punctuation") return splitter("[\\p{P}$+<=>^`|~]", read_behavior(step, "Isolated"));
  if (type == "WhitespaceSplit") return splitter("\\s", SplitBehavior::removed);
  if (type == "Whitespace") {
    // The \w of Rust's regular expressions, which is not that of Oniguruma.
    return splitter(
        "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200C}\\x{200D}]+"
        "|[^\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\x{200C}\\x{200D}\\s]+",
        SplitBehavior::removed, true);
  }
  if (type == "CharDelimiterSplit") {
    return Splitter(Regex(quoted_pattern(require_character(step, "delimiter")), where), SplitBehavior::removed);
  }
  if (type != "Metaspace") refuse_tokenizer(where, "the pre-tokenizer " + type);
  Metaspace metaspace = read_metaspace(step);
  if (step.get_or<bool>("split", true)) {
    metaspace.splitter.emplace(Regex(quoted_pattern(metaspace.replacement), where), SplitBehavior::merged_with_next);
  }
  return metaspace;
}

MULTIPRUNER_INLINE WordSplitting read_pre_tokenizer(const JsonReader& tokenizer) {
  const auto where = tokenizer.where("pre_tokenizer");
  std::vector<PreTokenizer::Step> steps;
  bool respelled = false;  // ByteLevel respells the text, so what follows it would see another alphabet
  for_each_step(tokenizer.optional_object("pre_tokenizer"), "pretokenizers",
                [&](const JsonReader& step, const std::string& type) {
                  if (respelled) refuse_tokenizer(where, "the pre-tokenizer " + type + " behind ByteLevel");
                  if (type != "ByteLevel") return steps.push_back(read_pre_tokenizer_step(step, type));
                  respelled = true;
                  for (auto& part : byte_level_steps(step.require<bool>("add_prefix_space"),
                                                     step.get_or<bool>("use_regex", true), where)) {
                    steps.push_back(std::move(part));
                  }
                });
  return {PreTokenizer(std::move(steps)), respelled};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
