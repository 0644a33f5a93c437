// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// How texts become tokens, where that is not up to the model.
struct TokenizingOptions {
  std::optional<bool> add_bos{};  ///< whether BOS is put in front of texts; unset: as the tokenizer does
  bool chat_template = true;      ///< whether rows that are conversations are put into the model's template

  friend bool operator==(const TokenizingOptions&, const TokenizingOptions&) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
