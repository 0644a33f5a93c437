// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/io/encode_rendered.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE std::vector<TokenId> encode_rendered(const Tokenizer& tokenizer, std::string_view text) {
  for (const std::optional<TokenId> special : {tokenizer.bos_token_id(), tokenizer.eos_token_id()}) {
    const std::optional<std::string> name = special ? tokenizer.id_to_token(*special) : std::nullopt;
    if (!name || text.find(*name) == std::string_view::npos) continue;
    if (tokenizer.encode(*name, false) == std::vector<TokenId>{*special}) continue;
    throw UnsupportedError("chat template", "it writes " + *name + ", which the tokenizer takes for ordinary text",
                           "Add the model's tokenizer.json");
  }
  return tokenizer.encode(text, false);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
