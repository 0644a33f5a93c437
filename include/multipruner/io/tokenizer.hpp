// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// Turns text into tokens and back. The one thing the library asks of a tokenizer; an application may bring
/// its own.
///
/// The component multipruner::tokenizers reads those of Hugging Face checkpoints (`load_tokenizer`). All
/// members may be called from several threads at once, and the same text gives the same tokens whatever was
/// encoded before.
class Tokenizer {
 public:
  virtual ~Tokenizer() = default;

  /// The tokens of a text.
  /// @param text UTF-8; what is not valid UTF-8 counts as U+FFFD, as in Python's `errors='replace'`.
  /// @param add_special_tokens puts those around it with which the model was trained, e.g. BOS in front.
  [[nodiscard]] virtual std::vector<TokenId> encode(std::string_view text, bool add_special_tokens = true) const = 0;

  /// The text of tokens, as valid UTF-8; bytes that form no character become U+FFFD. No clean-up of spaces.
  ///
  /// Models pad their vocabularies, so an id that names no token is legitimate model output and decodes to
  /// nothing.
  /// @param skip_special_tokens leaves out the special tokens of the vocabulary, e.g. BOS and EOS.
  /// @throws DataError for a negative id.
  [[nodiscard]] virtual std::string decode(std::span<const TokenId> ids, bool skip_special_tokens = true) const = 0;

  /// The largest id that names a token, plus one. A model may have more rows in its embedding.
  [[nodiscard]] virtual Index vocabulary_size() const = 0;

  /// The id of a token spelled as in the vocabulary (there "Ġthe" or "▁the" is " the"), if there is one.
  [[nodiscard]] virtual std::optional<TokenId> token_to_id(std::string_view token) const = 0;

  /// How the vocabulary spells a token, if the id names one.
  [[nodiscard]] virtual std::optional<std::string> id_to_token(TokenId id) const = 0;

  /// The token that begins a text, if the model has one.
  [[nodiscard]] virtual std::optional<TokenId> bos_token_id() const = 0;

  /// The token that ends a text, if the model has one.
  [[nodiscard]] virtual std::optional<TokenId> eos_token_id() const = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
