// SPDX-License-Identifier: MIT
#pragma once

#include <set>
#include <string_view>

#include <multipruner/core/error.hpp>
#include <multipruner/io/double_tensors.hpp>
#include <multipruner/io/staged_file.hpp>
#include <multipruner/io/tensor_info.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE void write_double_tensors(const std::filesystem::path& path, std::span<const DoubleTensor> tensors,
                                             const SafetensorsMetadata& metadata) {
  std::set<std::string_view> names;
  std::vector<detail::HeaderEntry> entries;
  for (const DoubleTensor& tensor : tensors) {
    Index count = 1;
    bool fits = true;
    for (const Index extent : tensor.shape) {
      fits = fits && extent >= 0 && !__builtin_mul_overflow(count, extent, &count);
    }
    const auto size = static_cast<Index>(tensor.values.size());
    if (!fits || count != size || !names.insert(tensor.name).second) {
      throw OptionError("tensor " + tensor.name,
                        "has the shape " + detail::describe_shape(tensor.shape) + " and " + std::to_string(size) +
                            " values, or is to be written twice",
                        "Give a shape of as many values, and every tensor its own name");
    }
    entries.push_back({tensor.name, detail::safetensors_name_of<double>, tensor.shape,
                       static_cast<Index>(tensor.values.size_bytes())});
  }
  StagedFile file{path};
  detail::write_header(file, entries, metadata);
  for (const DoubleTensor& tensor : tensors) file.write(std::as_bytes(tensor.values));
  file.commit();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
