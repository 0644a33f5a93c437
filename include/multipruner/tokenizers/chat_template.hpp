// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/chat_message.hpp>
#include <multipruner/tokenizers/chat_template_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

class JinjaTemplate;

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers {

/// The chat template of a model: what makes of a conversation the text that the model knows.
///
/// Gives the text of `apply_chat_template(messages, tokenize=False)` of transformers 4.57. Templates are programs in
/// Jinja; the part of it that they use for messages of text is computed, which covers those of Llama 2 to 3.3, Qwen 1.5
/// to 3, SmolLM 2 and 3, Mistral, Gemma 1 to 3, Phi-3 and 4, DeepSeek-R1-Distill, Zephyr, OLMo 2 and Granite 3. What is
/// not is refused by name where a conversation needs it. Tools and documents are none, and thinking is as the template
/// has it by default.
///
/// The text has BOS where the template writes it: encode it without adding special tokens.
class ChatTemplate {
 public:
  /// @param text  of the template
  /// @param special_tokens  what it may write by name, e.g. bos_token
  /// @param where  names the template in errors
  /// @throws OptionError for a date that there is not; DataError where it is no template, UnsupportedError where it has
  /// statements that are not implemented, by name.
  explicit ChatTemplate(std::string_view text, std::map<std::string, std::string> special_tokens = {},
                        std::string where = "chat template", ChatTemplateOptions options = {});

  /// The template of a model's folder: chat_template.jinja, else `chat_template` of tokenizer_config.json, of several
  /// the one called "default", else chat_template.json; or that of a GGUF file. Nothing where there is none. Special tokens are those of
  /// tokenizer_config.json.
  /// @throws FileError, DataError where a file is corrupt; else as above.
  [[nodiscard]] static std::optional<ChatTemplate> find(const std::filesystem::path& folder,
                                                        ChatTemplateOptions options = {});

  /// The text of a conversation.
  /// @param add_generation_prompt  whether it ends with what precedes an answer of the model.
  /// @throws DataError where the template refuses the conversation, with its reason, or the conversation is empty;
  /// UnsupportedError where it would need what is not implemented, by name.
  [[nodiscard]] std::string render(std::span<const ChatMessage> messages, bool add_generation_prompt = false) const;

 private:
  std::shared_ptr<const detail::JinjaTemplate> template_;
  std::map<std::string, std::string> special_tokens_;
  std::string where_;
  ChatTemplateOptions options_;
};

/// The template of a model's folder as a function; empty where there is none. What is wrong with the template is
/// thrown when it is first used, so that a model with one can be used without it.
/// @throws FileError, DataError where a file is corrupt.
[[nodiscard]] ChatRenderer load_chat_renderer(const std::filesystem::path& folder, ChatTemplateOptions options = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tokenizers/chat_template.ipp>
#endif
