#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::simd {

/// Heads of an attention layer; `scale` multiplies the scores (usually 1 / sqrt(head_dim)).
struct AttentionShape {
  Index num_attention_heads = 0;
  Index num_key_value_heads = 0;
  Index head_dim = 0;
  float scale = 1;
};

/// One sequence: queries are rows × (heads · head_dim), keys and values n × (key/value heads · head_dim) with
/// n ≥ rows, the output like the queries. Query i sees the keys 0 … n − rows + i.
struct AttentionSegment {
  MatrixView<const float> queries, keys, values;
  MatrixView<float> output;
};

/// Causal softmax attention of every segment.
inline void causal_attention(std::span<const AttentionSegment> segments, const AttentionShape& shape) {
  const Index d = shape.head_dim, group = shape.num_attention_heads / shape.num_key_value_heads;
  for (const AttentionSegment& s : segments) {
    for (Index h = 0; h < shape.num_attention_heads; ++h) {
      for (Index i = 0; i < s.queries.rows; ++i) {
        const Index count = s.keys.rows - s.queries.rows + i + 1;
        const float* q = s.queries.row(i) + h * d;
        std::vector<float> p(static_cast<std::size_t>(count));
        for (Index j = 0; j < count; ++j) {
          float dot = 0;
          for (Index c = 0; c < d; ++c) dot += q[c] * s.keys.row(j)[h / group * d + c];
          p[static_cast<std::size_t>(j)] = dot * shape.scale;
        }
        const float max = *std::max_element(p.begin(), p.end());
        float sum = 0;
        for (float& v : p) sum += v = std::exp(v - max);
        for (Index c = 0; c < d; ++c) {
          float o = 0;
          for (Index j = 0; j < count; ++j)
            o += p[static_cast<std::size_t>(j)] * s.values.row(j)[h / group * d + c];
          s.output.row(i)[h * d + c] = o / sum;
        }
      }
    }
  }
}

}  // namespace multipruner::simd
