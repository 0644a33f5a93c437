// SPDX-License-Identifier: MIT
// The files of tokenizers beside tokenizer.json, with zero bytes between: vocab.json, merges.txt,
// tokenizer_config.json, config.json, and a text to be encoded.
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
  for (const char* name : {"vocab.json", "merges.txt", "tokenizer_config.json", "config.json"}) {
    folder.write(name, take_piece(text));
  }
  answer_or_error(size, [&] { encode_and_decode(*load_tokenizer(folder.path()), text); });
  return 0;
}
