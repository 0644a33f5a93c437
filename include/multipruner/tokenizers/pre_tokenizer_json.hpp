// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/tokenizers/pre_tokenizer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What the pre-tokenizer `ByteLevel` does apart from respelling bytes, which the model does here.
[[nodiscard]] std::vector<PreTokenizer::Step> byte_level_steps(bool add_prefix_space, bool use_regex,
                                                               const std::string& where);

/// How `Metaspace`, pre-tokenizer or decoder, writes spaces. The older spelling of "prepend_scheme" is
/// "add_prefix_space", which alone says nothing to the tokenizers library: without a scheme it is "always".
/// @throws DataError where the two contradict each other, as there.
[[nodiscard]] Metaspace read_metaspace(const JsonReader& step);

/// How a tokenizer cuts texts into words, and whether it respells their bytes.
struct WordSplitting {
  PreTokenizer pre_tokenizer;
  bool byte_level;
};

/// Reads the member "pre_tokenizer" of tokenizer.json. `ByteLevel` must be the last step.
/// @throws UnsupportedError for what is not implemented, by name.
[[nodiscard]] WordSplitting read_pre_tokenizer(const JsonReader& tokenizer);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/pre_tokenizer_json.ipp>
#endif
