// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tokenizers/bpe_tokenizer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Reads GPT-2's own format, vocab.json and merges.txt. GPT-2's single special token, "<|endoftext|>", begins
/// and ends texts unless the configuration says otherwise, and is found in texts.
[[nodiscard]] BpeParts read_vocabulary_files(const std::filesystem::path& folder);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/vocabulary_files.ipp>
#endif
