// SPDX-License-Identifier: MIT
// A text data set in every format, by content and by extension, and the rows and windows that a calibration takes from
// it.
#include <cstddef>
#include <cstdint>

#include <support/answer_or_error.hpp>
#include <support/byte_tokenizer.hpp>
#include <support/input.hpp>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/io/text_dataset.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

namespace {

void take_windows(const TextDataset& rows, Sampling sampling) {
  try {
    const ByteTokenizer tokenizer;
    static_cast<void>(make_calibration(rows, tokenizer, {.sequence_length = 8, .sampling = sampling}));
  } catch (const Error&) {  // too few rows, or too little text
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  for (const char* name : {"rows", "rows.txt", "rows.raw", "rows.json", "rows.jsonl"}) {
    answer_or_error(size, [&] {
      const TextDataset rows = parse_text_dataset(text_of(data, size), name);
      for (const Sampling sampling : {Sampling::first, Sampling::random, Sampling::reference}) {
        take_windows(rows, sampling);
      }
    });
  }
  return 0;
}
