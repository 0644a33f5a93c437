// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/export/detail/write_packed.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void write_packed(const PackedModel& model, CheckpointTensors names,
                                     const std::filesystem::path& folder, const CheckpointOptions& options) {
  WeightStore copies(folder);
  for (const PackedTensor& tensor : model.tensors()) {
    const WeightView values = materialised(tensor, copies);
    if (!tensor.is_source()) copies.release(values);
    names.add(tensor.place, values);
  }
  WeightView last;
  CheckpointOptions telling = options;
  telling.on_written = [&](const WeightView& weight, Index bytes) {
    if (weight.data != last.data) copies.release(std::exchange(last, weight));
    if (options.on_written) options.on_written(weight, bytes);
  };
  write_checkpoint(folder, names.all(), telling);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
