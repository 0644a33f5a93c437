// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers {

/// What a chat template is told beside the conversation.
struct ChatTemplateOptions {
  /// The date for templates that tell the model today's. A fixed one, so that the same input gives the same text: the
  /// one that the templates of Llama 3.1 and later fall back on.
  std::chrono::year_month_day today{std::chrono::year{2024}, std::chrono::July, std::chrono::day{26}};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers
