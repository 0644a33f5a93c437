// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// The prompt of Stanford Alpaca up to and including "### Response:\n"; an empty `input` takes the short
/// form.
///
/// Exactly the template of the `text` column of tatsu-lab/alpaca: no blank after "request.".
/// Source: R. Taori et al., "Stanford Alpaca: An Instruction-following LLaMA model" (2023).
[[nodiscard]] std::string alpaca_prompt(std::string_view instruction, std::string_view input = {});

/// A whole Alpaca example: the prompt with its response, `output`, directly behind it.
[[nodiscard]] std::string alpaca_text(std::string_view instruction, std::string_view input, std::string_view output);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/alpaca.ipp>
#endif
