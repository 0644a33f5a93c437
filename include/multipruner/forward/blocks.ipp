#pragma once

#include <string>

#include <multipruner/forward/blocks.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void Multiply::operator()(MatrixView<const float> x,
                                             std::initializer_list<simd::LinearTerm> terms) const {
  simd::linear(x, std::span(terms.begin(), terms.size()), simd::Store::overwrite, compute);
}

MULTIPRUNER_INLINE void Multiply::add(MatrixView<const float> x, const WeightView& weight, const WeightView& bias,
                                      MatrixView<float> stream) const {
  simd::linear(x, weight, bias, stream, simd::Store::add, compute);
}

MULTIPRUNER_INLINE void require_one_for_each(const SequenceBatch& batch, std::span<const KeyValueCache> caches) {
  if (caches.empty() || caches.size() == batch.sequences().size()) return;
  throw OptionError(
      "key/value caches",
      "there are " + std::to_string(caches.size()) + " for " + std::to_string(batch.sequences().size()) + " sequences",
      "Give one for every sequence, or none");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
