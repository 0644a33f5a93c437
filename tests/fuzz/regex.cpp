// SPDX-License-Identifier: MIT
// A regular expression of a tokenizer.json, a line, and a text that is split by it.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <support/answer_or_error.hpp>
#include <support/input.hpp>

#include <multipruner/tokenizers/regex.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = text_of(data, size);
  const std::string_view pattern = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(pattern.size() + 1, text.size()));
  answer_or_error(size, [&] {
    const std::string valid = multipruner::detail::replace_invalid_utf8(text);
    std::size_t last = 0;
    multipruner::detail::Regex(pattern, "input").for_each_match(valid, [&](std::size_t begin, std::size_t end) {
      if (begin < last || end < begin || end > valid.size()) std::abort();  // in order, without overlap, inside
      last = end;
    });
  });
  return 0;
}
