// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/tokenizer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// The tokens of a text in which a chat template has written special tokens out: none are added, as transformers does
/// it, so that there are not two BOS.
/// @throws UnsupportedError where BOS or EOS stands in the text and the tokenizer takes it for ordinary text, as
/// SentencePiece does.
[[nodiscard]] std::vector<TokenId> encode_rendered(const Tokenizer& tokenizer, std::string_view text);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/encode_rendered.ipp>
#endif
