// SPDX-License-Identifier: MIT
// pruning_config.json beside a small pruned model.
#include <cstddef>
#include <cstdint>

#include <support/answer_or_error.hpp>
#include <support/input.hpp>
#include <support/memory_folder.hpp>
#include <support/tiny_model.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/plan/config_conversion.hpp>
#include <multipruner/plan/parameter_count.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFolder folder;
  static const bool prepared = (write_tiny_model(folder.path(), true), true);
  static_cast<void>(prepared);
  const auto path = folder.write("pruning_config.json", text_of(data, size));
  answer_or_error(size, [&] { static_cast<void>(to_json(read_pruning_config(path, 1 << 20))); });
  answer_or_error(size, [&] {
    const Graph graph = load<>(folder.path());
    const Plan plan(graph);
    static_cast<void>(pruning_ratio(graph.config(), plan));
    static_cast<void>(to_json(to_pruning_config(graph.config(), plan)));
  });
  return 0;
}
