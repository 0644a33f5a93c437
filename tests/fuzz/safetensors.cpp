// SPDX-License-Identifier: MIT
// A safetensors file, however damaged: everything that it holds is read in every way that its types allow.
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string>

#include <support/answer_or_error.hpp>
#include <support/input.hpp>
#include <support/memory_folder.hpp>
#include <support/safetensors_mutator.hpp>

#include <multipruner/io/safetensors.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

namespace {

/// Touches every byte that a reader was handed.
void touch(std::span<const std::byte> bytes) {
  volatile unsigned char sink = 0;
  for (const std::byte byte : bytes) sink = static_cast<unsigned char>(sink ^ static_cast<unsigned char>(byte));
}

template <class T>
void read_values(const SafetensorsFile& file, const std::string& name) {
  try {
    const auto values = file.values<T>(name);
    touch(std::as_bytes(std::span(values)));
  } catch (const DataError&) {  // of another type
  }
}

void read(const SafetensorsFile& file, const std::string& name) {
  touch(file.bytes(name));
  read_values<std::uint8_t>(file, name);
  read_values<std::int32_t>(file, name);
  read_values<std::int64_t>(file, name);
  read_values<float>(file, name);
  read_values<double>(file, name);
  read_values<BFloat16>(file, name);
  read_values<Float16>(file, name);
  try {
    touch(file.weight(name).view.memory());
  } catch (const UnsupportedError&) {  // of a type that weights may not have
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFolder folder;
  const auto path = folder.write("input.safetensors", text_of(data, size));
  answer_or_error(size, [&] {
    const SafetensorsFile file(path);
    for (const TensorInfo& tensor : file.tensors()) read(file, tensor.name);
  });
  return 0;
}
