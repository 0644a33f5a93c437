// SPDX-License-Identifier: MIT
// A file that gzip has compressed, as the program unpacks it.
#include <cstddef>
#include <cstdint>

#include <examples/cli/gunzip.hpp>
#include <support/answer_or_error.hpp>
#include <support/input.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // Few bytes may become many, up to a limit.
  const Index most = Index{8} << 20U;
  const Allowance allowance{.megabytes = 40, .seconds = 2};
  answer_or_error(
      size, [&] { static_cast<void>(cli::gunzip(text_of(data, size), "file.gz", {.bytes = most})); }, allowance);
  answer_or_error(
      size,
      [&] {
        static_cast<void>(
            cli::gunzip(text_of(data, size), "file.gz", {.bytes = most, .ratio = 20, .small_bytes = 4096}));
      },
      allowance);
  return 0;
}
