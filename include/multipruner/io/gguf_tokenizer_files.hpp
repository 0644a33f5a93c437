// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/companion_files.hpp>
#include <multipruner/io/gguf_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// The files of a Hugging Face folder that the tokenizer of a GGUF file comes to, each made when it is asked for:
/// tokenizer.json of byte-level BPE ("gpt2"), or tokenizer.model of SentencePiece's BPE ("llama");
/// tokenizer_config.json with special tokens and chat template; generation_config.json. None where the file has no
/// tokenizer.
///
/// Makers throw DataError for keys that are missing or of wrong types, and UnsupportedError for pre-tokenizers whose
/// rules are not known, by name.
/// @throws UnsupportedError for other tokenizers; DataError as above
[[nodiscard]] std::map<std::string, CompanionFiles::Maker> gguf_tokenizer_files(const GgufFile& file);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Tokens at which generated text ends: the end of a text, of a turn, of a message, as far as a file names them.
/// @throws DataError where one is no token's number
[[nodiscard]] std::vector<TokenId> gguf_end_tokens(const GgufFile& file);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/gguf_tokenizer_files.ipp>
#endif
