// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sentencepiece_processor.h>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/tokenizer.hpp>
#include <multipruner/tokenizers/tokenizer_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers {

/// A SentencePiece model, `tokenizer.model`, as Llama 2 and Baichuan use it. `load_tokenizer` makes one.
///
/// Gives the ids of the sentencepiece library. Special tokens that are written out in a text, such as "<s>",
/// are ordinary text to it, and tokens that were added beside the model are not known. Control tokens (BOS,
/// EOS) have no text in SentencePiece: they decode to nothing, wanted or not.
class SentencePieceTokenizer final : public Tokenizer {
 public:
  /// Reads a model.
  /// @param config says which tokens are BOS and EOS, else the model does; and whether special tokens are
  /// added to texts, else BOS is and EOS is not.
  /// @throws FileError where the file is missing or no SentencePiece model, DataError where the configuration
  /// names tokens that it lacks.
  explicit SentencePieceTokenizer(const std::filesystem::path& path, const detail::TokenizerConfig& config = {});

  /// The same of the bytes of a model. @param where  what errors call it
  SentencePieceTokenizer(std::string_view model, std::string where, const detail::TokenizerConfig& config = {});

  [[nodiscard]] MULTIPRUNER_INLINE std::vector<TokenId> encode(std::string_view text,
                                                               bool add_special_tokens = true) const override;

  [[nodiscard]] MULTIPRUNER_INLINE std::string decode(std::span<const TokenId> ids,
                                                      bool /*skip_special_tokens*/ = true) const override;

  [[nodiscard]] Index vocabulary_size() const override { return processor_->GetPieceSize(); }

  [[nodiscard]] MULTIPRUNER_INLINE std::optional<TokenId> token_to_id(std::string_view token) const override;

  [[nodiscard]] MULTIPRUNER_INLINE std::optional<std::string> id_to_token(TokenId id) const override;

  [[nodiscard]] std::optional<TokenId> bos_token_id() const override { return bos_; }
  [[nodiscard]] std::optional<TokenId> eos_token_id() const override { return eos_; }

 private:
  using Processor = sentencepiece::SentencePieceProcessor;

  static std::unique_ptr<const Processor> load(std::string_view model, const std::string& where);

  /// Empty where the library has taken the model.
  static std::string load(std::string_view model, Processor& processor);

  void check(const sentencepiece::util::Status& status, const char* task) const;

  std::string where_;
  std::unique_ptr<const Processor> processor_;
  std::optional<TokenId> bos_, eos_;
  bool add_bos_ = true, add_eos_ = false;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/sentence_piece_tokenizer.ipp>
#endif
