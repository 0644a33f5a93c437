// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/chat_message.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Whether a member is there and not null, which is how data sets write what is absent.
[[nodiscard]] bool has_value(const nlohmann::json& object, const char* key);

/// The messages of a conversation.
/// @param messages  objects with `role` and `content`, or, as ShareGPT has them, `from` and `value`
/// @throws DataError where one is anything else, or there is none.
[[nodiscard]] std::vector<ChatMessage> read_chat(const nlohmann::json& messages, const std::string& where);

/// A conversation as text: a line "role: content" for each message.
[[nodiscard]] std::string chat_text(std::span<const ChatMessage> messages);

/// What templates call a role: ShareGPT has names of its own for user and assistant.
[[nodiscard]] std::string usual_role(const std::string& role);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/chat_rows.ipp>
#endif
