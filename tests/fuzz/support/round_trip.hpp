// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <string_view>
#include <vector>

#include <multipruner/io/tokenizer.hpp>
#include <multipruner/io/utf8.hpp>

namespace multipruner::fuzz {

/// Encodes a text, decodes its tokens and asks for their names; what comes back must be in order.
inline void encode_and_decode(const Tokenizer& tokenizer, std::string_view text) {
  for (const bool special : {true, false}) {
    const std::vector<TokenId> tokens = tokenizer.encode(text, special);
    if (find_invalid_utf8(tokenizer.decode(tokens, special))) std::abort();
    for (const TokenId token : tokens) {
      if (const auto name = tokenizer.id_to_token(token)) static_cast<void>(tokenizer.token_to_id(*name));
    }
  }
}

}  // namespace multipruner::fuzz
