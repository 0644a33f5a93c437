#pragma once

#include <multipruner/io/json_reader.hpp>
#include <multipruner/tokenizers/normalizer.hpp>

namespace multipruner::detail {

/// Reads the member "normalizer" of tokenizer.json. @throws UnsupportedError for what is not implemented, by name.
[[nodiscard]] Normalizer read_normalizer(const JsonReader& tokenizer);

}  // namespace multipruner::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/normalizer_json.ipp>
#endif
