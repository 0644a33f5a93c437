// SPDX-License-Identifier: MIT
// tokenizer.model, a SentencePiece model: it is loaded, and texts go to tokens and back.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <support/answer_or_error.hpp>
#include <support/input.hpp>
#include <support/memory_folder.hpp>
#include <support/round_trip.hpp>

#include <multipruner/tokenizers/load_tokenizer.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFolder folder;
  folder.write("tokenizer.model", text_of(data, size));
  answer_or_error(size, [&] {
    const auto tokenizer = load_tokenizer(folder.path());
    encode_and_decode(*tokenizer, "Once upon a time, caf\xc3\xa9 \xef\xbd\x88  \xe2\x96\x81 1234\n<s>\x80");
    encode_and_decode(*tokenizer, text_of(data, std::min<std::size_t>(size, 64)));
  });
  return 0;
}
