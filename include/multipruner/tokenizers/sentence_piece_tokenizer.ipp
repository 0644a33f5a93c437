// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/io/file_kind.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/sentence_piece_file.hpp>
#include <multipruner/tokenizers/sentence_piece_tokenizer.hpp>
#include <multipruner/tokenizers/unicode.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers {

MULTIPRUNER_INLINE SentencePieceTokenizer::SentencePieceTokenizer(const std::filesystem::path& path,
                                                                  const detail::TokenizerConfig& config)
    : SentencePieceTokenizer(MappedFile(path).text(), path.string(), config) {}

MULTIPRUNER_INLINE SentencePieceTokenizer::SentencePieceTokenizer(std::string_view model, std::string where,
                                                                  const detail::TokenizerConfig& config)
    : where_(std::move(where)), processor_(load(model, where_)) {
  const auto find = [this](const std::string& token) { return token_to_id(token); };
  const auto own = [](int id) { return id < 0 ? std::nullopt : std::optional<TokenId>(id); };
  bos_ = config.bos.resolve(find, own(processor_->bos_id()), config.where);
  eos_ = config.eos.resolve(find, own(processor_->eos_id()), config.where);
  add_bos_ = config.add_bos_token.value_or(true);
  add_eos_ = config.add_eos_token.value_or(false);
}

MULTIPRUNER_INLINE std::vector<TokenId> SentencePieceTokenizer::encode(std::string_view text,
                                                                       bool add_special_tokens) const {
  std::string repaired;
  if (find_invalid_utf8(text)) text = repaired = detail::replace_invalid_utf8(text);
  std::vector<int> pieces;
  check(processor_->Encode({text.data(), text.size()}, &pieces), "encode the text");
  std::vector<TokenId> tokens;
  tokens.reserve(pieces.size() + 2);
  if (add_special_tokens && add_bos_ && bos_) tokens.push_back(*bos_);
  tokens.insert(tokens.end(), pieces.begin(), pieces.end());
  if (add_special_tokens && add_eos_ && eos_) tokens.push_back(*eos_);
  return tokens;
}

MULTIPRUNER_INLINE std::string SentencePieceTokenizer::decode(std::span<const TokenId> ids,
                                                              bool /*skip_special_tokens*/) const {
  std::vector<int> pieces;
  pieces.reserve(ids.size());
  for (const TokenId id : ids) {
    if (id < 0) {
      throw DataError("token id " + std::to_string(id), "is negative and names no token",
                      "Decode token ids, without padding or ignored labels");
    }
    if (id < vocabulary_size()) pieces.push_back(id);
  }
  std::string text;
  check(processor_->Decode(pieces, &text), "decode tokens");
  // Texts that the model puts in for unknown tokens, or by its own rules, are bytes of the file.
  return find_invalid_utf8(text) ? detail::replace_invalid_utf8(text) : text;
}

MULTIPRUNER_INLINE std::optional<TokenId> SentencePieceTokenizer::token_to_id(std::string_view token) const {
  // The library answers with the unknown token where it does not know a piece.
  const int id = processor_->PieceToId({token.data(), token.size()});
  return id_to_token(id) == token ? std::optional<TokenId>(id) : std::nullopt;
}

MULTIPRUNER_INLINE std::optional<std::string> SentencePieceTokenizer::id_to_token(TokenId id) const {
  if (id < 0 || id >= vocabulary_size()) return std::nullopt;
  return processor_->IdToPiece(id);
}

MULTIPRUNER_INLINE std::unique_ptr<const SentencePieceTokenizer::Processor> SentencePieceTokenizer::load(
    std::string_view model, const std::string& where) {
  auto processor = std::make_unique<Processor>();
  std::string problem = detail::SentencePieceFileCheck(model).problem();
  if (problem.empty()) problem = load(model, *processor);
  if (problem.empty()) return processor;
  refuse_other_kinds(model, where);
  throw FileError(where, "is not a SentencePiece model: " + problem,
                  "Restore the file from its source; lists of tiktoken ranks are not supported");
}

MULTIPRUNER_INLINE std::string SentencePieceTokenizer::load(std::string_view model, Processor& processor) {
  try {
    const auto status = processor.LoadFromSerializedProto({model.data(), model.size()});
    return status.ok() ? std::string() : std::string(status.error_message());
  } catch (const std::exception& error) {  // of its tries, e.g. for a piece with a zero byte
    return error.what();
  }
}

MULTIPRUNER_INLINE void SentencePieceTokenizer::check(const sentencepiece::util::Status& status,
                                                      const char* task) const {
  if (status.ok()) return;
  throw DataError(where_, std::string("sentencepiece could not ") + task + ": " + status.error_message(),
                  "Check the text and the model file");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers
