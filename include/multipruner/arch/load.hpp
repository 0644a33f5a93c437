// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <multipruner/arch/baichuan.hpp>
#include <multipruner/arch/deci.hpp>
#include <multipruner/arch/gemma.hpp>
#include <multipruner/arch/gemma2.hpp>
#include <multipruner/arch/gemma3.hpp>
#include <multipruner/arch/gguf_model.hpp>
#include <multipruner/arch/granite.hpp>
#include <multipruner/arch/hugging_face_folder.hpp>
#include <multipruner/arch/llama.hpp>
#include <multipruner/arch/load_warning.hpp>
#include <multipruner/arch/mistral.hpp>
#include <multipruner/arch/model_source.hpp>
#include <multipruner/arch/olmo2.hpp>
#include <multipruner/arch/phi3.hpp>
#include <multipruner/arch/qwen2.hpp>
#include <multipruner/arch/qwen3.hpp>
#include <multipruner/arch/smollm3.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// How a model is loaded.
struct LoadOptions {
  /// Whether the memory of mapped weights is given back to the system when they are not needed for a while: for models
  /// larger than memory. What is read again then comes from the file, or from the system's cache of it. Copies of
  /// matrices that lie transposed in the source stay in memory.
  bool release_memory = false;

  /// Told of what loads, but perhaps not as its owner expects: an output matrix of its own in a checkpoint that says it
  /// is tied to the embedding. Nobody by default.
  LoadWarningSink on_warning = {};

  /// How tensors are read where the model is a GGUF file.
  GgufModelOptions gguf = {};
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// An Architecture as a value, so that one compiled loader serves all of them.
struct ArchitectureFunctions {
  std::string_view model_type;
  ModelConfig (*configure)(const JsonReader& config);
  std::string (*tensor_name)(TensorRole role, Index layer);
  bool (*is_transposed)(TensorRole role);
};

template <Architecture A>
[[nodiscard]] ArchitectureFunctions functions_of() {
  return {A::model_type, [](const JsonReader& config) { return A::configure(config); },
          [](TensorRole role, Index layer) { return A::tensor_name(role, layer); }, is_transposed<A>};
}

/// A table of families; of those that ship, where none is given.
template <class... Architectures>
[[nodiscard]] std::span<const ArchitectureFunctions> architectures() {
  if constexpr (sizeof...(Architectures) == 0) {
    return architectures<Llama, Mistral, Qwen2, Qwen3, Gemma, Gemma2, Gemma3, Phi3, SmolLm3, Olmo2, Granite, Baichuan,
                         Deci>();
  } else {
    static_assert(
        (Architecture<Architectures> && ...),
        "load<A...>: every A must be an Architecture: model_type, configure(config), tensor_name(role, layer)");
    static const ArchitectureFunctions table[] = {functions_of<Architectures>()...};
    return table;
  }
}

/// The one of the `model_type` of a configuration. @throws UnsupportedError where there is none
[[nodiscard]] const ArchitectureFunctions& architecture_of(std::span<const ArchitectureFunctions> architectures,
                                                           const JsonReader& config);

/// The folder, or the GGUF file, of a model. @throws as their constructors
[[nodiscard]] std::unique_ptr<ModelSource> open_model(const std::filesystem::path& path, const GgufModelOptions& gguf);

[[nodiscard]] Graph load_one_of(std::span<const ArchitectureFunctions> architectures, const ModelSource& source,
                                const LoadOptions& options);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// Makes a graph of what a source has of a model. Its tensors are views of the source's memory, which the graph keeps
/// alive; matrices that lie transposed there are copied.
///
/// @tparam Architectures the families to accept; the `model_type` of the configuration picks the first of its name.
///         All that ship if none is given: `load_from<>(source)`.
/// @throws UnsupportedError for another family, activation, rotary scaling or scalar type, and for quantised weights;
/// DataError for tensors that are missing, unknown or of other shapes; what the source throws
template <class... Architectures>
[[nodiscard]] Graph load_from(const ModelSource& source, const LoadOptions& options = {}) {
  return detail::load_one_of(detail::architectures<Architectures...>(), source, options);
}

/// What a configuration says of a model, without its weights. Families and errors as of `load_from`.
template <class... Architectures>
[[nodiscard]] ModelConfig configure(const JsonReader& config) {
  return detail::architecture_of(detail::architectures<Architectures...>(), config).configure(config);
}

/// Reads a Hugging Face model folder, dense or pruned in the layout of MultiPruner's extraction (a folder with a
/// pruning_config.json). Weights are mapped, not read: this is quick for a model of any size. Where generated text ends
/// is also read from generation_config.json, if there is one.
///
/// A GGUF file, or a folder that has one and no safetensors, is read likewise: see GgufModel.
///
/// @throws as `load_from`; FileError, DataError for files that are missing, broken, or do not belong together, and for
/// folders around the one of a model, such as the cache of the Hugging Face Hub, with the folder to give;
/// UnsupportedError for adapters and weights in other formats, by name
template <class... Architectures>
[[nodiscard]] Graph load(const std::filesystem::path& path, const LoadOptions& options = {}) {
  return load_from<Architectures...>(*detail::open_model(path, options.gguf), options);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/load.ipp>
#endif
