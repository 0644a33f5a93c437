#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/tokenizers/pre_tokenizer.hpp>

namespace multipruner::detail {

/// @throws UnsupportedError, always: a tokenizer file asks for something that is not implemented.
[[noreturn]] inline void refuse_tokenizer(const std::string& where, const std::string& what) {
  throw UnsupportedError(where, what + " is not supported",
                         "Use a byte-level BPE tokenizer, or bring your own implementation of Tokenizer");
}

/// Calls `visit(step, type)` for a component of tokenizer.json, or for those of which a "Sequence" consists.
/// @param list the name that this kind of sequence gives to its members.
template <class Visit>
void for_each_step(const std::optional<JsonReader>& component, const std::string& list, Visit&& visit) {
  if (!component) return;
  const auto type = component->require<std::string>("type");
  if (type != "Sequence") return visit(*component, type);
  for (const auto& step : component->objects(list)) for_each_step(step, list, visit);
}

/// The pattern by which GPT-2 splits texts into words; `ByteLevel` uses it unless told otherwise.
inline constexpr const char* gpt2_pattern =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";

/// What the pre-tokenizer `ByteLevel` does apart from respelling bytes, which the model does here.
[[nodiscard]] inline PreTokenizer::Step byte_level_step(bool add_prefix_space, bool use_regex,
                                                        const std::string& where) {
  PreTokenizer::Step step{add_prefix_space, std::nullopt};
  if (use_regex) step.splitter.emplace(Regex(gpt2_pattern, where), SplitBehavior::isolated);
  return step;
}

/// The regular expression that matches a text literally.
[[nodiscard]] inline std::string quoted_pattern(const std::string& text) {
  std::string pattern;
  for (const char c : text) {
    if (std::string_view(R"(\^$.|?*+()[]{})").find(c) != std::string_view::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

/// The splitter of a `Split` step.
[[nodiscard]] inline Splitter read_splitter(const JsonReader& step) {
  const auto pattern = step.require_object("pattern");
  Regex regex(pattern.contains("String") ? quoted_pattern(pattern.require<std::string>("String"))
                                         : pattern.require<std::string>("Regex"),
              step.where("pattern"));
  const std::pair<std::string_view, SplitBehavior> behaviors[] = {
      {"Removed", SplitBehavior::removed},
      {"Isolated", SplitBehavior::isolated},
      {"MergedWithPrevious", SplitBehavior::merged_with_previous},
      {"MergedWithNext", SplitBehavior::merged_with_next},
      {"Contiguous", SplitBehavior::contiguous}};
  const auto name = step.require<std::string>("behavior");
  for (const auto& [known, behavior] : behaviors) {
    if (name == known) return {std::move(regex), behavior, step.get_or<bool>("invert", false)};
  }
  refuse_tokenizer(step.where("behavior"), "the split behavior " + name);
}

/// Reads the member "pre_tokenizer" of tokenizer.json: `Split` and `Digits` steps, then `ByteLevel`.
/// @throws UnsupportedError for anything else, by name.
[[nodiscard]] inline PreTokenizer read_pre_tokenizer(const JsonReader& tokenizer) {
  const auto where = tokenizer.where("pre_tokenizer");
  std::vector<PreTokenizer::Step> steps;
  bool respelled = false;  // ByteLevel respells the text, so what follows it would see another alphabet
  for_each_step(tokenizer.optional_object("pre_tokenizer"), "pretokenizers",
                [&](const JsonReader& step, const std::string& type) {
                  if (respelled) refuse_tokenizer(where, "the pre-tokenizer " + type + " behind ByteLevel");
                  if (type == "ByteLevel") {
                    steps.push_back(byte_level_step(step.require<bool>("add_prefix_space"),
                                                    step.get_or<bool>("use_regex", true), where));
                    respelled = true;
                  } else if (type == "Split") {
                    steps.push_back({false, read_splitter(step)});
                  } else if (type == "Digits") {
                    const bool single = step.require<bool>("individual_digits");
                    const auto behavior = single ? SplitBehavior::isolated : SplitBehavior::contiguous;
                    steps.push_back({false, Splitter(Regex("\\p{N}", where), behavior)});
                  } else {
                    refuse_tokenizer(where, "the pre-tokenizer " + type);
                  }
                });
  if (!respelled) refuse_tokenizer(where, "a pre-tokenizer without ByteLevel");
  return PreTokenizer(std::move(steps));
}

}  // namespace multipruner::detail
