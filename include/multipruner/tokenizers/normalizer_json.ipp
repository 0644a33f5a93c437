// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/tokenizers/component_json.hpp>
#include <multipruner/tokenizers/normalizer_json.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws UnsupportedError for what is not implemented, by name.
[[nodiscard]] inline Normalizer::Step read_normalizer_step(const JsonReader& step, const std::string& type) {
  const std::pair<std::string_view, NormalizationForm> forms[] = {{"NFC", NormalizationForm::nfc},
                                                                  {"NFD", NormalizationForm::nfd},
                                                                  {"NFKC", NormalizationForm::nfkc},
                                                                  {"NFKD", NormalizationForm::nfkd}};
  for (const auto& [name, form] : forms) {
    if (type == name) return form;
  }
  if (type == "Prepend") return Normalizer::Prepend{step.require<std::string>("prepend")};
  if (type == "Replace") return Replacement{read_pattern(step), step.require<std::string>("content")};
  if (type == "Strip") {
    return Normalizer::Strip{step.require<bool>("strip_left"), step.require<bool>("strip_right")};
  }
  refuse_tokenizer(step.where("type"), "the normalizer " + type);
}

MULTIPRUNER_INLINE Normalizer read_normalizer(const JsonReader& tokenizer) {
  std::vector<Normalizer::Step> steps;
  for_each_step(
      tokenizer.optional_object("normalizer"), "normalizers",
      [&](const JsonReader& step, const std::string& type) { steps.push_back(read_normalizer_step(step, type)); });
  return Normalizer(std::move(steps));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
