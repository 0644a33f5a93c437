#pragma once

#include <multipruner/io/json_reader.hpp>
#include <multipruner/tokenizers/decoder.hpp>

namespace multipruner::detail {

/// Reads the member "decoder" of tokenizer.json. @throws UnsupportedError for what is not implemented, by name.
[[nodiscard]] Decoder read_decoder(const JsonReader& tokenizer);

}  // namespace multipruner::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/decoder_json.ipp>
#endif
