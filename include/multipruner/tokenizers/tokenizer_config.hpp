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

/// What stands about a tokenizer beside its vocabulary: tokenizer_config.json, and config.json for ids that
/// it leaves out.
struct TokenizerConfig {
  std::string where;
  TokenRole bos, eos;
  std::optional<bool> add_bos_token, add_eos_token;

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
