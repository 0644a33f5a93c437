// SPDX-License-Identifier: MIT
// The index of a sharded checkpoint, model.safetensors.index.json, beside shards that are as they should be.
#include <cstddef>
#include <cstdint>
#include <string>

#include <support/answer_or_error.hpp>
#include <support/input.hpp>
#include <support/memory_folder.hpp>
#include <support/tiny_model.hpp>

#include <multipruner/io/checkpoint.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFolder folder;
  static const bool prepared = (write_tiny_model(folder.path(), false, {.max_shard_bytes = 1000}), true);
  static_cast<void>(prepared);
  folder.write("model.safetensors.index.json", text_of(data, size));
  answer_or_error(size, [&] {
    const Checkpoint checkpoint(folder.path());
    for (const std::string& name : checkpoint.names()) static_cast<void>(checkpoint.get(name));
  });
  return 0;
}
