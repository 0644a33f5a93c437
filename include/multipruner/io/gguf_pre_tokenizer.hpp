// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// A pre-tokenizer that llama.cpp has by name, and what else goes with the name there: how the tokenizers of its kind
/// split texts into words before their bytes are merged.
struct GgufPreTokenizer {
  std::string_view name;             ///< of `tokenizer.ggml.pre`
  std::string_view pattern{};        ///< by which texts are split; empty: GPT-2's
  bool splits_digits = false;        ///< whether digits are split from each other first
  bool ignores_merges = false;       ///< whether words that are tokens are not merged from their parts
  bool normalizes = false;           ///< whether texts are brought into the form NFC
  bool adds_bos_by_default = false;  ///< where a file does not say whether texts get BOS in front
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline constexpr std::string_view llama3_words =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
inline constexpr std::string_view qwen2_words =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
inline constexpr std::string_view tekken_words =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Those that are known. Of several with the same rules, the first is the one to write.
/// Source: llama-vocab.cpp and convert_hf_to_gguf.py of github.com/ggml-org/llama.cpp.
inline constexpr std::array gguf_pre_tokenizers{
    GgufPreTokenizer{
        .name = "llama-bpe", .pattern = detail::llama3_words, .ignores_merges = true, .adds_bos_by_default = true},
    GgufPreTokenizer{
        .name = "llama3", .pattern = detail::llama3_words, .ignores_merges = true, .adds_bos_by_default = true},
    GgufPreTokenizer{
        .name = "llama-v3", .pattern = detail::llama3_words, .ignores_merges = true, .adds_bos_by_default = true},
    GgufPreTokenizer{.name = "qwen2", .pattern = detail::qwen2_words, .normalizes = true},
    GgufPreTokenizer{.name = "deepseek-r1-qwen", .pattern = detail::qwen2_words},
    GgufPreTokenizer{
        .name = "tekken", .pattern = detail::tekken_words, .ignores_merges = true, .adds_bos_by_default = true},
    GgufPreTokenizer{.name = "gpt-2"},
    GgufPreTokenizer{.name = "smollm", .splits_digits = true},
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
