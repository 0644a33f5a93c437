#pragma once

#include <utility>
#include <vector>

#include <multipruner/core/types.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::detail {

/// Memory of residual streams that is used again: to get it from the system and have it cleared anew costs as much as
/// some blocks take.
class StreamPool {
 public:
  /// So many streams may lie here unused.
  void set_limit(Index streams) {
    limit_ = static_cast<std::size_t>(streams);
    if (free_.size() > limit_) free_.resize(limit_);
  }

  [[nodiscard]] Matrix<float> take(Index rows, Index columns) {
    if (free_.empty()) return {rows, columns};
    Matrix<float> stream = std::move(free_.back());
    free_.pop_back();
    stream.resize(rows, columns);
    return stream;
  }

  void give(Matrix<float>&& stream) {
    if (free_.size() < limit_ && stream.rows() > 0) free_.push_back(std::move(stream));
  }

 private:
  std::vector<Matrix<float>> free_;
  std::size_t limit_ = 0;
};

}  // namespace multipruner::detail
