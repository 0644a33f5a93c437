// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/io/companion_files.hpp>
#include <multipruner/io/gguf_file.hpp>
#include <multipruner/io/gguf_tokenizer_files.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/io/model_folder.hpp>
#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/chat_template.hpp>
#include <multipruner/tokenizers/jinja_template.hpp>
#include <multipruner/tokenizers/tokenizer_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A template and the file that it is from.
struct ChatTemplateText {
  std::string text{}, where{};
};

/// A member `chat_template`: a text, or a list of those with names.
[[nodiscard]] inline std::optional<ChatTemplateText> chat_template_of(const JsonReader& reader) {
  constexpr const char* key = "chat_template";
  if (!reader.contains(key)) return std::nullopt;
  const std::string where = reader.where(key);
  if (!reader.json().at(key).is_array()) return ChatTemplateText{reader.require<std::string>(key), where};
  for (const JsonReader& one : reader.objects(key)) {
    if (one.require<std::string>("name") == "default") {
      return ChatTemplateText{one.require<std::string>("template"), where};
    }
  }
  throw DataError(where, "has several templates, and none is called \"default\"",
                  "Put the one that is to be used into chat_template.jinja");
}

[[nodiscard]] inline std::optional<ChatTemplateText> find_chat_template(const std::filesystem::path& folder) {
  if (const auto path = folder / "chat_template.jinja"; is_there(path)) {
    const MappedFile file(path);
    if (find_invalid_utf8(file.text())) {
      throw FileError(path.string(), "is not UTF-8", "Restore the file from its source");
    }
    return ChatTemplateText{std::string(file.text()), path.string()};
  }
  for (const char* name : {"tokenizer_config.json", "chat_template.json"}) {
    const auto path = folder / name;
    if (!is_there(path)) continue;
    if (auto found = chat_template_of(JsonReader::open(path))) return found;
  }
  return std::nullopt;
}

/// Takes what a tokenizer_config.json calls NAME_token.
inline void take_named_tokens(const JsonReader& reader, std::map<std::string, std::string>& tokens) {
  for (const auto& [key, value] : reader.json().items()) {
    if (!key.ends_with("_token")) continue;
    if (value.is_null()) tokens.erase(key);
    if (value.is_string()) tokens[key] = value.get<std::string>();
    if (value.is_object()) tokens[key] = reader.require_object(key).require<std::string>("content");
  }
}

/// The same, and BOS and EOS of its class where it is silent.
[[nodiscard]] inline std::map<std::string, std::string> named_special_tokens(const std::filesystem::path& folder) {
  std::map<std::string, std::string> tokens;
  if (const auto own = TokenizerConfig::read(folder).class_tokens()) {
    tokens = {{"bos_token", own->bos}, {"eos_token", own->eos}};
  }
  const auto path = folder / "tokenizer_config.json";
  if (is_there(path)) take_named_tokens(JsonReader::open(path), tokens);
  return tokens;
}

/// The template of a GGUF file.
[[nodiscard]] inline std::optional<ChatTemplate> find_gguf_template(const std::filesystem::path& path,
                                                                    ChatTemplateOptions options) {
  constexpr const char* name = "tokenizer_config.json";
  const CompanionFiles files(path, gguf_tokenizer_files(GgufFile(path)));
  if (!files.contains(name)) return std::nullopt;
  const JsonReader reader(parse_json(files.text(name), files.where(name)), files.where(name));
  const auto found = chat_template_of(reader);
  if (!found) return std::nullopt;
  std::map<std::string, std::string> tokens;
  take_named_tokens(reader, tokens);
  return ChatTemplate(found->text, std::move(tokens), found->where, options);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers {

MULTIPRUNER_INLINE ChatTemplate::ChatTemplate(std::string_view text, std::map<std::string, std::string> special_tokens,
                                              std::string where, ChatTemplateOptions options)
    : template_(std::make_shared<const detail::JinjaTemplate>(text, where)),
      special_tokens_(std::move(special_tokens)),
      where_(std::move(where)),
      options_(options) {
  if (!options.today.ok()) throw OptionError("today", "there is no such day", "Give a date, e.g. 2024-07-26");
}

MULTIPRUNER_INLINE std::optional<ChatTemplate> ChatTemplate::find(const std::filesystem::path& folder,
                                                                  ChatTemplateOptions options) {
  if (is_gguf_file(folder)) return detail::find_gguf_template(folder, options);
  std::optional<detail::ChatTemplateText> found = detail::find_chat_template(folder);
  if (!found) return std::nullopt;
  return ChatTemplate(found->text, detail::named_special_tokens(folder), std::move(found->where), options);
}

MULTIPRUNER_INLINE std::string ChatTemplate::render(std::span<const ChatMessage> messages,
                                                    bool add_generation_prompt) const {
  if (messages.empty()) throw DataError(where_, "the conversation has no messages", "Give one or more");
  nlohmann::ordered_json variables(special_tokens_);
  auto& list = variables["messages"] = nlohmann::ordered_json::array();
  for (const ChatMessage& message : messages) list.push_back({{"role", message.role}, {"content", message.content}});
  variables["tools"] = nullptr;
  variables["documents"] = nullptr;
  variables["add_generation_prompt"] = add_generation_prompt;
  return template_->render(variables, options_.today);
}

MULTIPRUNER_INLINE ChatRenderer load_chat_renderer(const std::filesystem::path& folder, ChatTemplateOptions options) {
  try {
    std::optional<ChatTemplate> found = ChatTemplate::find(folder, options);
    if (!found) return {};
    return [chat = std::move(*found)](std::span<const ChatMessage> messages, bool add_generation_prompt) {
      return chat.render(messages, add_generation_prompt);
    };
  } catch (const UnsupportedError& error) {
    return [error](std::span<const ChatMessage>, bool) -> std::string { throw error; };
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tokenizers
