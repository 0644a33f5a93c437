// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/json_reader.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What a checkpoint says about the role of one token, such as BOS.
struct TokenRole {
  bool stated = false;               ///< whether it says anything; stated without name and id: there is no such token
  std::optional<std::string> token;  ///< its name in the vocabulary
  std::optional<TokenId> id;         ///< or its id

  /// The id of the token, or `unstated` where the checkpoint is silent.
  /// @param find gives the id of a name, if there is one.
  /// @throws DataError where the named token is not in the vocabulary.
  [[nodiscard]] std::optional<TokenId> resolve(const std::function<std::optional<TokenId>(const std::string&)>& find,
                                               std::optional<TokenId> unstated, const std::string& where) const;
};

/// The special tokens that a class of transformers puts around texts, whatever tokenizer.json says.
struct ClassTokens {
  std::string bos, eos;  ///< their names, where tokenizer_config.json is silent
  bool add_bos = false;  ///< where it does not say add_bos_token
};

/// What stands about a tokenizer beside its vocabulary: tokenizer_config.json, and config.json for ids that
/// it leaves out.
struct TokenizerConfig {
  std::string where;
  TokenRole bos, eos;
  std::optional<bool> add_bos_token, add_eos_token;
  std::string tokenizer_class;  ///< of transformers; empty where it is not said

  /// What the class puts around texts by itself; nothing for those that leave it to tokenizer.json. As in version 4 of
  /// transformers (`update_post_processor` of LlamaTokenizerFast, GemmaTokenizerFast and others).
  [[nodiscard]] std::optional<ClassTokens> class_tokens() const;

  /// Reads both files of a folder, where they exist.
  /// @throws FileError, DataError where one is corrupt.
  [[nodiscard]] static TokenizerConfig read(const std::filesystem::path& folder);

  void add_tokenizer_config(const JsonReader& reader);

 private:
  void add_model_config(const JsonReader& reader);
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/tokenizer_config.ipp>
#endif
