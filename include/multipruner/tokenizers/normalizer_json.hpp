// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/tokenizers/normalizer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Reads the member "normalizer" of tokenizer.json. @throws UnsupportedError for what is not implemented, by name.
[[nodiscard]] Normalizer read_normalizer(const JsonReader& tokenizer);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/normalizer_json.ipp>
#endif
