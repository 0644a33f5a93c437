#pragma once

#include <cstdint>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// The places in a residual block at which an observer may look.
enum class Signal : std::uint8_t {
  residual_in,   ///< the residual stream before the block (rows × hidden_size)
  block_input,   ///< the normed stream: input of q/k/v_proj or of gate/up_proj (rows × hidden_size)
  output_input,  ///< input of the block's output matrix, o_proj or down_proj (rows × width)
  residual_out,  ///< the residual stream after the block (rows × hidden_size)
};

[[nodiscard]] constexpr std::string_view name_of(Signal signal) {
  switch (signal) {
    case Signal::residual_in:
      return "residual_in";
    case Signal::block_input:
      return "block_input";
    case Signal::output_input:
      return "output_input";
    case Signal::residual_out:
      break;
  }
  return "residual_out";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
