// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/tokenizer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers {

/// Loads the tokenizer of a Hugging Face model folder, or of a GGUF file: that itself, or the only one in a folder
/// without safetensors and tokenizer.
///
/// Takes the first of: tokenizer.json (BPE, byte-level or in the style of SentencePiece), tokenizer.model
/// (SentencePiece), vocab.json with merges.txt (GPT-2). A tokenizer.json of an unsupported kind is passed over where
/// there is a tokenizer.model. The roles of BOS and EOS are those of tokenizer_config.json, else of config.json. What
/// is put around texts is up to the post-processor of tokenizer.json, but to `add_bos_token` (else true) and
/// `add_eos_token` (else false) of tokenizer_config.json for tokenizer.model, and where `tokenizer_class` is one that
/// goes by them in version 4 of transformers: LlamaTokenizer, CodeLlamaTokenizer, GemmaTokenizer and, without BOS
/// unless asked for, GPTNeoXTokenizer, each also with "Fast" behind.
///
/// Of a GGUF file, byte-level BPE ("gpt2") gives the ids of the tokenizer.json from which it was made, as far as the
/// name of its pre-tokenizer tells; SentencePiece's BPE ("llama") those of the tokenizer.model. What is put around
/// texts is that of the file's add_bos_token and add_eos_token.
/// @throws FileError where files are missing or corrupt, DataError where they contradict each other,
/// UnsupportedError where they ask for what is not implemented, by name.
[[nodiscard]] std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& model_directory);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/load_tokenizer.ipp>
#endif
