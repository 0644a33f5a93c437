#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/json_reader.hpp>

namespace multipruner::detail {

/// What a checkpoint says about the role of one token, such as BOS.
struct TokenRole {
  bool stated = false;               ///< whether it says anything; stated without name and id: there is no such token
  std::optional<std::string> token;  ///< its name in the vocabulary
  std::optional<TokenId> id;         ///< or its id

  /// The id of the token, or `unstated` where the checkpoint is silent.
  /// @param find gives the id of a name, if there is one.
  /// @throws DataError where the named token is not in the vocabulary.
  [[nodiscard]] std::optional<TokenId> resolve(const std::function<std::optional<TokenId>(const std::string&)>& find,
                                               std::optional<TokenId> unstated, const std::string& where) const {
    if (!stated) return unstated;
    if (!token) return id;
    if (const auto found = find(*token)) return found;
    throw DataError(where, "names the special token \"" + *token + "\", which the vocabulary lacks",
                    "Check that tokenizer_config.json belongs to these tokenizer files");
  }
};

/// What stands about a tokenizer beside its vocabulary: tokenizer_config.json, and config.json for ids that
/// it leaves out.
struct TokenizerConfig {
  std::string where;
  TokenRole bos, eos;
  std::optional<bool> add_bos_token, add_eos_token;

  /// Reads both files of a folder, where they exist.
  /// @throws FileError, DataError where one is corrupt.
  [[nodiscard]] static TokenizerConfig read(const std::filesystem::path& folder) {
    TokenizerConfig config;
    config.where = (folder / "tokenizer_config.json").string();
    if (is_there(config.where)) config.add_tokenizer_config(JsonReader::open(config.where));
    if (const auto path = folder / "config.json"; is_there(path)) {
      config.add_model_config(JsonReader::open(path));
    }
    return config;
  }

 private:
  void add_tokenizer_config(const JsonReader& reader) {
    const auto role = [&](const std::string& key) -> TokenRole {
      TokenRole result{.stated = reader.json().contains(key), .token = {}, .id = {}};
      if (!reader.contains(key)) return result;
      const bool described = reader.json().at(key).is_object();
      result.token =
          described ? reader.require_object(key).require<std::string>("content") : reader.require<std::string>(key);
      return result;
    };
    bos = role("bos_token");
    eos = role("eos_token");
    add_bos_token = reader.optional<bool>("add_bos_token");
    add_eos_token = reader.optional<bool>("add_eos_token");
  }

  void add_model_config(const JsonReader& reader) {
    const auto complete = [&](TokenRole& role, const std::string& key) {
      if (role.stated || !reader.contains(key)) return;
      // A list names all tokens that end a text, the main one first.
      const auto& value = reader.json().at(key);
      const auto& id = value.is_array() && !value.empty() ? value.front() : value;
      role = {.stated = true, .token = {}, .id = from_json<TokenId>(id, reader.where(key), {.minimum = 0})};
    };
    complete(bos, "bos_token_id");
    complete(eos, "eos_token_id");
  }
};

}  // namespace multipruner::detail
