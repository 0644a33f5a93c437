// SPDX-License-Identifier: MIT
// tokenizer.json and a text, with a zero byte between: the tokenizer is loaded, the text goes to tokens and back.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <support/answer_or_error.hpp>
#include <support/input.hpp>
#include <support/memory_folder.hpp>
#include <support/round_trip.hpp>

#include <multipruner/tokenizers/load_tokenizer.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFolder folder;
  std::string_view text = text_of(data, size);
  folder.write("tokenizer.json", take_piece(text));
  answer_or_error(size, [&] { encode_and_decode(*load_tokenizer(folder.path()), text); });
  return 0;
}
