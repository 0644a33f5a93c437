// SPDX-License-Identifier: MIT
// A chat template, and what it makes of a conversation.
#include <cstddef>
#include <cstdint>
#include <vector>

#include <support/answer_or_error.hpp>
#include <support/input.hpp>

#include <multipruner/io/utf8.hpp>
#include <multipruner/tokenizers/chat_template.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<ChatMessage> messages{{"system", "Be brief."},
                                                 {"user", "Hello"},
                                                 {"assistant", "<think>\nHm.\n</think>\n\nCaf\u00e9?"},
                                                 {"user", " Yes \n"}};
  const std::string_view text = text_of(data, size);
  if (find_invalid_utf8(text)) return 0;  // what the readers of its files refuse
  answer_or_error(size, [&] { static_cast<void>(ChatTemplate(text, {{"bos_token", "<s>"}}).render(messages, true)); });
  return 0;
}
