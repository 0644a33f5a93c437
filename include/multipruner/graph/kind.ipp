// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/graph/kind.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

MULTIPRUNER_INLINE std::string_view Kind::name_of(Signal signal) const {
  if (!is_input(signal)) return multipruner::name_of(signal);
  const std::size_t input = index_of_input(signal);
  return input < inputs.size() ? inputs[input] : "no input of this kind of block";
}

MULTIPRUNER_INLINE bool Kind::is_gone(const Choice& choice) const {
  for (std::size_t i = 0; i < axes.size(); ++i) {
    if (!axes[i].is_switch && choice[i] > 0) return false;
  }
  return true;
}

MULTIPRUNER_INLINE std::optional<std::size_t> Kind::output_slot(std::size_t of_axis) const {
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    if (slots[slot].output && slots[slot].is_matrix() && slots[slot].has_axis(of_axis)) return slot;
  }
  return std::nullopt;
}

MULTIPRUNER_INLINE std::optional<std::size_t> Kind::bias_slot(std::size_t matrix) const {
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    const bool same = slots[slot].input == slots[matrix].input && slots[slot].output == slots[matrix].output &&
                      slots[slot].columns == slots[matrix].rows;
    if (!slots[slot].is_matrix() && !slots[slot].stays && same) return slot;
  }
  return std::nullopt;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
