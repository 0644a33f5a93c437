// SPDX-License-Identifier: MIT
// config.json, and generation_config.json, beside the weights of a small model: read by every family's descriptor, and
// loaded with the weights, which checks the graph.
#include <cstddef>
#include <cstdint>
#include <filesystem>

#include <support/answer_or_error.hpp>
#include <support/input.hpp>
#include <support/memory_folder.hpp>
#include <support/tiny_model.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/plan/parameter_count.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

namespace {

/// A configuration may be of a model of any size: it costs what a plan of it costs, so layers are few.
template <class Family>
void configure(const std::filesystem::path& path) {
  const ModelConfig config = Family::configure(JsonReader::open(path));
  if (config.num_hidden_layers <= 1000) static_cast<void>(pruning_ratio(config, Plan(config)));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFolder folder;
  static const bool prepared = (write_tiny_model(folder.path()), true);
  static_cast<void>(prepared);
  const std::string_view text = text_of(data, size);
  const auto path = folder.write("config.json", text);
  answer_or_error(size, [&] { configure<Llama>(path); });
  answer_or_error(size, [&] { configure<Qwen2>(path); });
  answer_or_error(size, [&] { configure<Gemma2>(path); });
  answer_or_error(size, [&] { configure<Gemma3>(path); });
  answer_or_error(size, [&] { configure<Phi3>(path); });
  answer_or_error(size, [&] { configure<SmolLm3>(path); });
  answer_or_error(size, [&] { configure<Granite>(path); });
  answer_or_error(size, [&] { configure<Baichuan>(path); });
  folder.write("generation_config.json", text);
  answer_or_error(size, [&] { static_cast<void>(Plan(load<>(folder.path()))); });
  return 0;
}
