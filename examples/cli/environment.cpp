// SPDX-License-Identifier: MIT
#include "environment.hpp"

#include <filesystem>
#include <string_view>

#include <multipruner/tokenizers/load_tokenizer.hpp>

namespace multipruner::cli {

RunEnvironment environment_of(Console& console) {
  return {.load_tokenizer = [](const std::filesystem::path& folder) { return load_tokenizer(folder); },
          .events = {.on_note = [&](std::string_view topic, std::string_view text) { console.note(topic, text); },
                     .on_warning = [&](std::string_view text) { console.warn(text); },
                     .on_step = {}}};
}

RunEnvironment environment_of(TextFiles& files, Console& console) {
  RunEnvironment environment = environment_of(console);
  environment.read_text = files.reader();
  environment.name_of_text = text_name;
  return environment;
}

}  // namespace multipruner::cli
