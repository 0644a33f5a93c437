// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/types.hpp>
#include <multipruner/tokenizers/component_json.hpp>
#include <multipruner/tokenizers/decoder_json.hpp>
#include <multipruner/tokenizers/pre_tokenizer_json.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws UnsupportedError for what is not implemented, by name.
[[nodiscard]] inline Decoder::Step read_decoder_step(const JsonReader& step, const std::string& type) {
  if (type == "ByteLevel") return Decoder::ByteLevel{};
  if (type == "ByteFallback") return Decoder::ByteFallback{};
  if (type == "Fuse") return Decoder::Fuse{};
  if (type == "Strip") {
    const auto count = [&](const char* key) {
      return static_cast<std::size_t>(step.require<Index>(key, {.minimum = 0}));
    };
    return Decoder::Strip{require_character(step, "content"), count("start"), count("stop")};
  }
  if (type == "Metaspace") {
    Metaspace metaspace = read_metaspace(step);
    return Decoder::Metaspace{std::move(metaspace.replacement), metaspace.prepend != Metaspace::Prepend::never};
  }
  if (type == "Replace") return Replacement{read_pattern(step), step.require<std::string>("content")};
  refuse_tokenizer(step.where("type"), "the decoder " + type);
}

MULTIPRUNER_INLINE Decoder read_decoder(const JsonReader& tokenizer) {
  const auto decoder = tokenizer.optional_object("decoder");
  if (!decoder) return {};
  std::vector<Decoder::Step> steps;
  for_each_step(decoder, "decoders", [&](const JsonReader& step, const std::string& type) {
    steps.push_back(read_decoder_step(step, type));
  });
  return Decoder(std::move(steps));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
