#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/io/tokenizer.hpp>
#include <multipruner/tokenizers/bpe_tokenizer.hpp>
#include <multipruner/tokenizers/sentence_piece_tokenizer.hpp>
#include <multipruner/tokenizers/tokenizer_config.hpp>
#include <multipruner/tokenizers/tokenizer_json.hpp>
#include <multipruner/tokenizers/vocabulary_files.hpp>

namespace multipruner {

namespace detail {

/// Makes a tokenizer of its parts, with the special tokens that the configuration names.
[[nodiscard]] inline std::unique_ptr<Tokenizer> assemble(BpeParts parts, const TokenizerConfig& config) {
  const auto find = [&](const std::string& token) -> std::optional<TokenId> {
    for (const auto& added : parts.added_tokens) {
      if (added.content == token) return added.id;
    }
    return parts.model.find(token);
  };
  parts.bos = config.bos.resolve(find, parts.bos, config.where);
  parts.eos = config.eos.resolve(find, parts.eos, config.where);
  return std::make_unique<BpeTokenizer>(std::move(parts));
}

}  // namespace detail

/// Loads the tokenizer of a Hugging Face model folder.
///
/// Takes the first of: tokenizer.json (BPE, byte-level or in the style of SentencePiece), tokenizer.model
/// (SentencePiece), vocab.json with merges.txt (GPT-2). A tokenizer.json of an unsupported kind is passed over where
/// there is a tokenizer.model. The roles of BOS and EOS are those of tokenizer_config.json, else of config.json. What
/// is put around texts is up to the post-processor of tokenizer.json; `add_bos_token` and `add_eos_token` of
/// tokenizer_config.json count for tokenizer.model only.
/// @throws FileError where files are missing or corrupt, DataError where they contradict each other,
/// UnsupportedError where they ask for what is not implemented, by name.
[[nodiscard]] inline std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& model_directory) {
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

}  // namespace multipruner
