// SPDX-License-Identifier: MIT
#include "environment.hpp"

#include <filesystem>
#include <string_view>

#include <multipruner/tokenizers/chat_template.hpp>
#include <multipruner/tokenizers/load_tokenizer.hpp>

namespace multipruner::cli {

RunEnvironment environment_of(Console& console) {
  return {.load_tokenizer = [](const std::filesystem::path& folder) { return load_tokenizer(folder); },
          .load_chat = [](const std::filesystem::path& folder) { return load_chat_renderer(folder); },
          .events = {.on_note = [&](std::string_view topic, std::string_view text) { console.note(topic, text); },
                     .on_warning = [&](std::string_view text) { console.warn(text); },
                     .on_step = {}}};
}

RunEnvironment environment_of(TextFiles& files, Console& console) {
  RunEnvironment environment = environment_of(console);
  environment.read_text = files.reader();
  environment.name_of_text = text_name;
  environment.load_chat = [&files](const std::filesystem::path& folder) {
    ChatRenderer chat = load_chat_renderer(folder);
    files.set_has_template(static_cast<bool>(chat));
    return chat;
  };
  return environment;
}

}  // namespace multipruner::cli
