// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/io/gguf_file.hpp>
#include <multipruner/io/gguf_writer.hpp>

namespace multipruner::test {

/// What a GGUF file is made of.
struct GgufContents {
  std::vector<GgufKey> keys;
  std::vector<GgufTensor> tensors;

  /// Sets a key, or adds it.
  void set(const std::string& name, GgufKey::Value value) {
    for (GgufKey& key : keys) {
      if (key.name == name) return std::swap(key.value, value);
    }
    keys.push_back({name, std::move(value)});
  }

  /// Removes all keys that begin so.
  void drop(const std::string& prefix) {
    std::erase_if(keys, [&](const GgufKey& key) { return key.name.starts_with(prefix); });
  }
};

/// Writes a file whose tensors are all in F32, F16 or BF16 again, with changes.
inline void rewrite_gguf(const std::filesystem::path& from, const std::filesystem::path& to,
                         const std::function<void(GgufContents&)>& change) {
  const GgufFile file(from);
  GgufContents contents;
  for (const GgufEntry& key : file.keys()) contents.keys.push_back(key.copy());
  for (const GgufTensorInfo& tensor : file.tensors()) {
    contents.tensors.push_back(
        {.name = tensor.name, .shape = tensor.shape, .type = tensor.type, .pieces = {file.weight(tensor.name).view}});
  }
  change(contents);
  write_gguf(to, contents.keys, contents.tensors);
}

}  // namespace multipruner::test
