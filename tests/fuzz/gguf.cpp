// SPDX-License-Identifier: MIT
// A GGUF file, however damaged: every key is read in every way, and every tensor dequantised.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <support/answer_or_error.hpp>
#include <support/gguf_mutator.hpp>
#include <support/input.hpp>
#include <support/memory_folder.hpp>

#include <multipruner/core/parallel.hpp>
#include <multipruner/io/dequantize.hpp>
#include <multipruner/io/gguf_file.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

namespace {

/// Touches every byte that a reader was handed.
void touch(std::span<const std::byte> bytes) {
  volatile unsigned char sink = 0;
  for (const std::byte byte : bytes) sink = static_cast<unsigned char>(sink ^ static_cast<unsigned char>(byte));
}

/// A key read as something, which it may not be.
template <class Read>
void attempt(Read&& read) {
  try {
    static_cast<void>(read());
  } catch (const DataError&) {  // of another type, or out of range
  }
}

void read(const GgufFile& file, const GgufEntry& entry) {
  if (file.find_key(entry.name()) != &entry) std::abort();
  attempt([&] { return entry.description().size(); });
  attempt([&] { return entry.integer(); });
  attempt([&] { return entry.number(); });
  attempt([&] { return entry.boolean(); });
  attempt([&] { return (touch(std::as_bytes(std::span(entry.string()))), 0); });
  attempt([&] { return entry.integers().size(); });
  attempt([&] { return entry.numbers().size(); });
  attempt([&] { return entry.booleans().size(); });
  attempt([&] { return entry.copy().name.size(); });
  attempt([&] {
    for (const std::string_view text : entry.strings()) touch(std::as_bytes(std::span(text)));
    return 0;
  });
}

void read(const GgufFile& file, const GgufTensorInfo& tensor) {
  if (file.find(tensor.name) != &tensor) std::abort();
  touch(tensor.data);
  if (dtype_of_gguf(tensor.type)) touch(file.weight(tensor.name).view.memory());
  file.release(tensor.data);
  if (!is_dequantizable(tensor.type)) return;
  const auto values = static_cast<std::size_t>(tensor.rows() * tensor.columns());
  std::vector<float> wide(values);
  dequantize(tensor, MatrixView<float>(wide.data(), tensor.rows(), tensor.columns()));
  std::vector<BFloat16> narrow(values);
  dequantize(tensor, MatrixView<BFloat16>(narrow.data(), tensor.rows(), tensor.columns()));
}

/// What begins with the letters of the format again stands for the second part of a split model.
std::pair<std::string_view, std::string_view> parts_of(std::string_view input) {
  const std::size_t second = input.find("GGUF", 4);
  if (second == std::string_view::npos) return {input, {}};
  return {input.substr(0, second), input.substr(second)};
}

void read_file(std::string_view input) {
  static const MemoryFolder folder;
  const auto [first, second] = parts_of(input);
  folder.write("input-00002-of-00002.gguf", second);
  const GgufFile file(folder.write("input-00001-of-00002.gguf", first));
  for (const GgufEntry& entry : file.keys()) read(file, entry);
  for (const GgufTensorInfo& tensor : file.tensors()) read(file, tensor);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ThreadArena one_thread(1);
  const std::string_view input = text_of(data, size);
  one_thread.execute([&] {
    answer_or_error(size, [&] {
      // Most inputs end here, without the way by a file.
      const auto first = std::as_bytes(std::span(parts_of(input).first));
      static_cast<void>(multipruner::detail::GgufHeaderParser(first, "input").parse());
      read_file(input);
    });
  });
  return 0;
}
