// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/tokenizers/decoder.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Reads the member "decoder" of tokenizer.json. @throws UnsupportedError for what is not implemented, by name.
[[nodiscard]] Decoder read_decoder(const JsonReader& tokenizer);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/decoder_json.ipp>
#endif
