#pragma once

#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/io/safetensors_writer.hpp>
#include <multipruner/io/staged_file.hpp>
#include <multipruner/io/tensor_info.hpp>

namespace multipruner {

/// Numbers in double that are to be written: a name, a shape, and its values in row-major order, which belong to
/// somebody else. No weights: statistics, intermediate results.
struct DoubleTensor {
  std::string name;
  std::vector<Index> shape;
  std::span<const double> values;
};

/// Writes a safetensors file of float64 tensors in the given order; SafetensorsFile::values<double> reads them. The
/// file appears under its name when it is complete, replacing an older one.
/// @throws OptionError where a shape contradicts its values, a name is used twice, or a text is not UTF-8; OutputError
/// where the file cannot be written.
inline void write_double_tensors(const std::filesystem::path& path, std::span<const DoubleTensor> tensors,
                                 const SafetensorsMetadata& metadata = {}) {
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

}  // namespace multipruner
