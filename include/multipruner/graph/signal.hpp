// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// The places in a residual block at which an observer may look. Beyond those named here, a kind of block may have more
/// inputs: what its linears read, by their index in the kind's list of names.
enum class Signal : std::uint8_t {
  residual_in,   ///< the residual stream before the block (rows × stream_in)
  residual_out,  ///< the residual stream after the block (rows × stream_out)
  block_input,   ///< input 0, of our kinds the normed stream: of q/k/v_proj or of gate/up_proj (rows × stream_in)
  output_input,  ///< input 1, of our kinds that of the output matrix, o_proj or down_proj (rows × width)
};

/// The signal that is the given one of a kind's inputs.
[[nodiscard]] constexpr Signal input_signal(std::size_t index) {
  return static_cast<Signal>(static_cast<std::size_t>(Signal::block_input) + index);
}

[[nodiscard]] constexpr bool is_input(Signal signal) {
  return signal >= Signal::block_input;
}

/// The index of an input among those of its kind.
[[nodiscard]] constexpr std::size_t index_of_input(Signal input) {
  return static_cast<std::size_t>(input) - static_cast<std::size_t>(Signal::block_input);
}

/// The name of a signal in blocks of our kinds; `Kind::name_of` knows those of others.
[[nodiscard]] constexpr std::string_view name_of(Signal signal) {
  switch (signal) {
    case Signal::residual_in:
      return "residual_in";
    case Signal::residual_out:
      return "residual_out";
    case Signal::block_input:
      return "block_input";
    case Signal::output_input:
      return "output_input";
  }
  return "a further input";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
