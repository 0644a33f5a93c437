// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <string>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// A message of a conversation.
struct ChatMessage {
  std::string role{};  ///< system, user or assistant; what else there is is up to the model's template
  std::string content{};

  friend bool operator==(const ChatMessage&, const ChatMessage&) = default;
};

/// The text of a conversation as a model was trained on it, special tokens written out: `ChatTemplate::render` of
/// <multipruner/tokenizers.hpp>, or an engine's own.
/// @param add_generation_prompt  whether it ends with what precedes an answer, rather than with the last message.
using ChatRenderer = std::function<std::string(std::span<const ChatMessage> messages, bool add_generation_prompt)>;

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
