// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include <multipruner/graph/block_spec.hpp>

namespace multipruner::test {

/// A kind of block with two axes, the second of which is a switch, that is described but cannot run.
struct TwoAxes {
  struct Spec {
    Index channels = 6, unit = 2, extent = 6, states = 3;
  };

  static constexpr std::string_view name = "two axes";
  static constexpr std::string_view file_key = "two";

  enum Tensor : std::size_t { norm, in_proj, scan, out_proj, gain };

  static constexpr std::array<std::string_view, 2> inputs{"in", "out"};
  static constexpr std::array<AxisInfo, 2> axes{
      {{.name = "channels", .file_key = "two"}, {.name = "scans", .file_key = "scan", .is_switch = true}}};
  static constexpr std::array<Slot, 5> slots{{
      {.role = "norm", .columns = Extent::stream_in, .stays = true},
      {.role = "in_proj", .rows = Extent::axis, .columns = Extent::stream_in, .linear = true},
      {.role = "scan", .columns = Extent::axis, .axis = 1},
      {.role = "out_proj",
       .rows = Extent::stream_out,
       .columns = Extent::axis,
       .input = 1,
       .linear = true,
       .output = true},
      {.role = "gain", .columns = Extent::fixed},
  }};

  static SlotShape shape(const Spec& spec, std::size_t slot) {
    switch (slot) {
      case in_proj:
        return {spec.extent, 0};
      case scan:
        return {1, spec.states};
      case out_proj:
        return {0, spec.channels};
      case gain:
        return {1, 5};
      default:
        return {};
    }
  }
  static AxisSize axis(const Spec& spec, std::size_t axis) {
    return axis == 0 ? AxisSize{spec.channels, spec.unit} : AxisSize{1, 1};
  }
  static void run(const Spec&, const Choice&, Slots, BlockCall&) {}
  static std::unique_ptr<BlockState> state(const Spec&, const Choice&, Slots, Index) { return nullptr; }
  static Index state_bytes(const Spec&, const Choice&, Index) { return 0; }
  static void describe(const Spec& spec, Fields& fields) { fields.add("channels", spec.channels); }
};

}  // namespace multipruner::test
