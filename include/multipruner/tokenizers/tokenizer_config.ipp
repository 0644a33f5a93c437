// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/tokenizers/tokenizer_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::optional<TokenId> TokenRole::resolve(
    const std::function<std::optional<TokenId>(const std::string&)>& find, std::optional<TokenId> unstated,
    const std::string& where) const {
  if (!stated) return unstated;
  if (!token) return id;
  if (const auto found = find(*token)) return found;
  throw DataError(where, "names the special token \"" + *token + "\", which the vocabulary lacks",
                  "Check that tokenizer_config.json belongs to these tokenizer files");
}

MULTIPRUNER_INLINE std::optional<ClassTokens> TokenizerConfig::class_tokens() const {
  constexpr std::string_view fast = "Fast";
  std::string_view name = tokenizer_class;
  if (name.ends_with(fast)) name.remove_suffix(fast.size());
  if (name == "LlamaTokenizer" || name == "CodeLlamaTokenizer") return ClassTokens{"<s>", "</s>", true};
  if (name == "GemmaTokenizer") return ClassTokens{"<bos>", "<eos>", true};
  if (name == "GPTNeoXTokenizer") return ClassTokens{"<|endoftext|>", "<|endoftext|>", false};
  return std::nullopt;
}

MULTIPRUNER_INLINE TokenizerConfig TokenizerConfig::read(const std::filesystem::path& folder) {
  TokenizerConfig config;
  config.where = (folder / "tokenizer_config.json").string();
  if (is_there(config.where)) config.add_tokenizer_config(JsonReader::open(config.where));
  if (const auto path = folder / "config.json"; is_there(path)) {
    config.add_model_config(JsonReader::open(path));
  }
  return config;
}

MULTIPRUNER_INLINE void TokenizerConfig::add_tokenizer_config(const JsonReader& reader) {
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
  tokenizer_class = reader.get_or<std::string>("tokenizer_class", "");
}

MULTIPRUNER_INLINE void TokenizerConfig::add_model_config(const JsonReader& reader) {
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

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
