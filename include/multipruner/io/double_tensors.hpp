// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/io/safetensors_writer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

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
void write_double_tensors(const std::filesystem::path& path, std::span<const DoubleTensor> tensors,
                          const SafetensorsMetadata& metadata = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/double_tensors.ipp>
#endif
