// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/gguf_key.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The keys of a GGUF file that make a tokenizer, and the chat template, of what a model folder has: tokenizer.json,
/// tokenizer_config.json, config.json, generation_config.json, chat_template.jinja.
/// @param vocab_size  rows of the embedding: tokens without a name get one
/// @param pre_tokenizer  llama.cpp's name of the pre-tokenizer of byte-level BPE; empty: by its rules
/// @throws OptionError where a tokenizer is none that llama.cpp has; FileError, DataError where a file is damaged
[[nodiscard]] std::vector<GgufKey> tokenizer_keys(const std::filesystem::path& folder, Index vocab_size,
                                                  const std::string& pre_tokenizer);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/detail/gguf_tokenizer.ipp>
#endif
