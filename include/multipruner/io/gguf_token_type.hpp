// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// What a token of a GGUF file is, as numbers of `tokenizer.ggml.token_type`; also those of SentencePiece.
enum class GgufTokenType : std::int32_t { normal = 1, unknown, control, user_defined, unused, byte };

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
