// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/chat_rows.hpp>
#include <multipruner/io/json_reader.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE bool has_value(const nlohmann::json& object, const char* key) {
  const auto member = object.find(key);
  return member != object.end() && !member->is_null();
}

/// The text of a message: a string, or the texts of a list of parts. A message that only calls tools has null.
[[nodiscard]] inline std::string message_text(const nlohmann::json& content, const std::string& where) {
  if (content.is_null()) return "";
  if (content.is_string()) return content.get<std::string>();
  if (!content.is_array()) throw_json_mismatch(where, "a string, or an array of parts", content);
  std::string text;
  for (const nlohmann::json& part : content) {
    if (part.is_string()) {
      text += part.get_ref<const std::string&>();
    } else if (part.is_object() && has_value(part, "text")) {
      text += from_json<std::string>(part.at("text"), where + ": text");
    } else {
      throw DataError(where, "a part of the message is not text", "Leave out rows with images, sound or the like");
    }
  }
  return text;
}

MULTIPRUNER_INLINE std::vector<ChatMessage> read_chat(const nlohmann::json& messages, const std::string& where) {
  if (!messages.is_array()) throw_json_mismatch(where, "an array of messages", messages);
  if (messages.empty()) throw DataError(where, "the conversation has no messages", "Leave the row out");
  std::vector<ChatMessage> chat;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const nlohmann::json& message = messages[i];
    const std::string here = where + "[" + std::to_string(i) + "]";
    if (!message.is_object()) throw_json_mismatch(here, "a message", message);
    const bool of_share_gpt = message.contains("from");
    const char* const role = of_share_gpt ? "from" : "role";
    const char* const content = of_share_gpt ? "value" : "content";
    if (!message.contains(role) || !message.contains(content)) {
      throw DataError(here, "the message has neither a role and a content nor a from and a value",
                      "Give every message both");
    }
    chat.push_back({from_json<std::string>(message.at(role), here + "." + role),
                    message_text(message.at(content), here + "." + content)});
  }
  return chat;
}

MULTIPRUNER_INLINE std::string chat_text(std::span<const ChatMessage> messages) {
  std::string text;
  for (const ChatMessage& message : messages) {
    if (&message != messages.data()) text += '\n';
    text += message.role + ": " + message.content;
  }
  return text;
}

MULTIPRUNER_INLINE std::string usual_role(const std::string& role) {
  if (role == "human") return "user";
  return role == "gpt" ? "assistant" : role;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
