// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/residual_block.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// The most that any size of a model may be, and the width of its attention: far beyond every model. Products of two
/// sizes do not overflow; those of more are kept small by `most_parameters`.
inline constexpr Index largest_size = Index{1} << 24;

/// The most parameters that a model may have: far beyond every model, and bytes of all of them in any scalar type can
/// be counted.
inline constexpr Index most_parameters = Index{1} << 48;

/// What a residual block is before anything was pruned: its kind, the sizes and flags of that kind, the layer that
/// people count it to, and the widths of the residual stream that it reads and writes. A value, cheap to copy.
class BlockSpec {
 public:
  /// @throws DataError for sizes that cannot be, naming them.
  template <ResidualBlock K>
  [[nodiscard]] static BlockSpec of(typename K::Spec spec, Index layer, Index stream_in, Index stream_out) {
    return {kind_of<K>(), std::make_shared<const typename K::Spec>(std::move(spec)), layer, stream_in, stream_out};
  }

  /// A block that writes a stream as wide as the one it reads.
  template <ResidualBlock K>
  [[nodiscard]] static BlockSpec of(typename K::Spec spec, Index layer, Index stream) {
    return of<K>(std::move(spec), layer, stream, stream);
  }

  [[nodiscard]] const Kind& kind() const { return *kind_; }
  [[nodiscard]] const void* spec() const { return spec_.get(); }
  [[nodiscard]] Index layer() const { return layer_; }
  [[nodiscard]] Index stream_in() const { return stream_in_; }
  [[nodiscard]] Index stream_out() const { return stream_out_; }

  /// The same block in another layer; both share the spec.
  [[nodiscard]] BlockSpec in_layer(Index layer) const;

  /// The same block in streams of other widths; both share the spec. @throws DataError for widths that cannot be.
  [[nodiscard]] BlockSpec with_streams(Index stream_in, Index stream_out) const;

  /// The same block with a shortcut: the stream goes around it through a matrix, S of x ← Sx + f(x), stream_out ×
  /// stream_in. A block that writes a stream of another width has one anyway.
  [[nodiscard]] BlockSpec with_shortcut() const;
  [[nodiscard]] bool has_shortcut() const { return has_shortcut_; }

  template <ResidualBlock K>
  [[nodiscard]] bool is() const {
    return kind_ == &kind_of<K>();
  }

  /// What the kind K says of it; null if it is of another kind.
  template <ResidualBlock K>
  [[nodiscard]] const typename K::Spec* as() const {
    return is<K>() ? static_cast<const typename K::Spec*>(spec()) : nullptr;
  }

  /// Everything that the block computes depends on besides its tensors: kind, spec, and streams.
  [[nodiscard]] std::string description() const;

  /// "layer 3 mlp", as errors name a block.
  [[nodiscard]] std::string label() const;

  /// @throws OptionError for an axis that the kind does not have.
  [[nodiscard]] AxisSize axis(std::size_t axis) const;

  /// The choice that keeps everything.
  [[nodiscard]] Choice whole() const;

  /// Whether a choice is one of this block's: whole units, no more than there are.
  [[nodiscard]] bool allows(const Choice& choice) const;

  /// The shape of a tensor as a choice leaves it, or nothing if the model does not have the tensor, or the choice
  /// leaves nothing of its axis and it is none that stays.
  [[nodiscard]] std::optional<TensorShape> shape(std::size_t slot, const Choice& choice) const;

  /// Parameters that a choice leaves, what stays of a block that is gone and the shortcut included.
  [[nodiscard]] Index count_parameters(const Choice& choice) const;

  /// Of these, those of tensors of the block that stay when it goes though nothing uses them: its norms.
  [[nodiscard]] Index count_staying_parameters() const;

  /// What products of its output matrices are multiplied by before they are added to the stream, usually 1; nothing
  /// where something is done to them that is not linear, as a norm is.
  [[nodiscard]] std::optional<double> output_scale() const { return kind_->output_scale(spec()); }

 private:
  BlockSpec(const Kind& kind, std::shared_ptr<const void> spec, Index layer, Index stream_in, Index stream_out);

  void check() const;

  [[nodiscard]] Index extent(const Slot& slot, Extent extent, Index whole, const Choice& choice) const;

  const Kind* kind_;
  std::shared_ptr<const void> spec_;
  Index layer_, stream_in_, stream_out_;
  bool has_shortcut_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/block_spec.ipp>
#endif
