// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/tokenizers/added_tokens.hpp>
#include <multipruner/tokenizers/bpe_model.hpp>
#include <multipruner/tokenizers/bpe_tokenizer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The vocabulary of a JSON object from tokens to ids.
/// @throws DataError where one is no token id, or two tokens share one.
[[nodiscard]] Vocabulary read_vocabulary(const JsonReader& json);

/// A merge that is written as "left right".
/// @throws DataError where it is not.
[[nodiscard]] std::pair<std::string, std::string> read_merge(const std::string& line, const std::string& where);

/// Reads the member "model".
/// @throws UnsupportedError where it is no BPE, or one with variations that language models do not use.
[[nodiscard]] BpeModel read_bpe_model(const JsonReader& model, BpeModel::Alphabet alphabet);

/// Reads one of the "added_tokens".
/// @throws DataError where the vocabulary gives it another id.
[[nodiscard]] AddedToken read_added_token(const JsonReader& json, const BpeModel& model);

/// Reads tokenizer.json (the format of the Hugging Face tokenizers library, version 1.0), apart from the
/// roles of tokens.
///
/// "truncation" and "padding" are left aside: they concern batches, not the tokens of a text.
/// @throws UnsupportedError where it asks for what is not implemented, by name; DataError where it
/// contradicts itself; FileError where it is missing or is not JSON.
[[nodiscard]] BpeParts read_tokenizer_json(const std::filesystem::path& path);

/// The same of what was read already.
[[nodiscard]] BpeParts read_tokenizer_json(const JsonReader& tokenizer);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/tokenizer_json.ipp>
#endif
