// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/io/companion_files.hpp>
#include <multipruner/io/gguf_file.hpp>
#include <multipruner/io/gguf_tokenizer_files.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/model_folder.hpp>
#include <multipruner/tokenizers/bpe_tokenizer.hpp>
#include <multipruner/tokenizers/load_tokenizer.hpp>
#include <multipruner/tokenizers/sentence_piece_tokenizer.hpp>
#include <multipruner/tokenizers/tokenizer_config.hpp>
#include <multipruner/tokenizers/tokenizer_json.hpp>
#include <multipruner/tokenizers/vocabulary_files.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

using FindToken = std::function<std::optional<TokenId>(const std::string&)>;

/// Puts around texts what the class of the tokenizer does, instead of what tokenizer.json says. A token that there is
/// none of is left out.
inline void follow_class(BpeParts& parts, const TokenizerConfig& config, const FindToken& find) {
  const std::optional<ClassTokens> tokens = config.class_tokens();
  if (!tokens) return;
  if (!config.bos.stated) parts.bos = find(tokens->bos);
  if (!config.eos.stated) parts.eos = find(tokens->eos);
  parts.prefix.clear();
  parts.suffix.clear();
  if (config.add_bos_token.value_or(tokens->add_bos) && parts.bos) parts.prefix.push_back(*parts.bos);
  if (config.add_eos_token.value_or(false) && parts.eos) parts.suffix.push_back(*parts.eos);
}

/// Makes a tokenizer of its parts, with the special tokens that the configuration names.
[[nodiscard]] inline std::unique_ptr<Tokenizer> assemble(BpeParts parts, const TokenizerConfig& config) {
  const FindToken find = [&](const std::string& token) -> std::optional<TokenId> {
    for (const auto& added : parts.added_tokens) {
      if (added.content == token) return added.id;
    }
    return parts.model.find(token);
  };
  parts.bos = config.bos.resolve(find, parts.bos, config.where);
  parts.eos = config.eos.resolve(find, parts.eos, config.where);
  follow_class(parts, config, find);
  return std::make_unique<BpeTokenizer>(std::move(parts));
}

[[nodiscard]] inline bool has_tokenizer_files(const std::filesystem::path& folder) {
  return is_there(folder / "tokenizer.json") || is_there(folder / "tokenizer.model") || is_there(folder / "vocab.json");
}

/// The tokenizer of a GGUF file, by way of the files of Hugging Face that it comes to.
[[nodiscard]] inline std::unique_ptr<Tokenizer> load_gguf_tokenizer(const std::filesystem::path& path) {
  const GgufFile file(path);
  const CompanionFiles files(path, gguf_tokenizer_files(file));
  const auto read = [&](const char* name) {
    return JsonReader(parse_json(files.text(name), files.where(name)), files.where(name));
  };
  if (!files.contains("tokenizer_config.json")) {
    throw FileError(path.string(), "has no tokenizer", "Use a model that has one");
  }
  TokenizerConfig config;
  config.where = files.where("tokenizer_config.json");
  config.add_tokenizer_config(read("tokenizer_config.json"));
  if (files.contains("tokenizer.json")) return assemble(read_tokenizer_json(read("tokenizer.json")), config);
  return std::make_unique<SentencePieceTokenizer>(files.text("tokenizer.model"), files.where("tokenizer.model"),
                                                  config);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers {

MULTIPRUNER_INLINE std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& model_directory) {
  if (const auto file = find_gguf(model_directory); file && !detail::has_tokenizer_files(model_directory)) {
    return detail::load_gguf_tokenizer(*file);
  }
  if (std::error_code ignored; !std::filesystem::is_directory(model_directory, ignored)) {
    throw FileError(model_directory.string(), "is not a folder", "Name the folder of a model");
  }
  const auto config = detail::TokenizerConfig::read(model_directory);
  const auto json = model_directory / "tokenizer.json", sentence_piece = model_directory / "tokenizer.model";
  const bool has_sentence_piece = detail::is_there(sentence_piece);
  if (detail::is_there(json)) {
    try {
      return detail::assemble(detail::read_tokenizer_json(json), config);
    } catch (const UnsupportedError&) {
      if (!has_sentence_piece) throw;
    }
  }
  if (has_sentence_piece) return std::make_unique<SentencePieceTokenizer>(sentence_piece, config);
  if (detail::is_there(model_directory / "vocab.json") && detail::is_there(model_directory / "merges.txt")) {
    return detail::assemble(detail::read_vocabulary_files(model_directory), config);
  }
  throw FileError(model_directory.string(), "has no tokenizer",
                  "Add tokenizer.json, or tokenizer.model, or vocab.json and merges.txt");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers
