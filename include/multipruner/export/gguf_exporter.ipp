// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <multipruner/arch/detail/gguf_names.hpp>
#include <multipruner/arch/gguf_model.hpp>
#include <multipruner/arch/load.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/export/detail/gguf_tokenizer.hpp>
#include <multipruner/export/detail/llama_like.hpp>
#include <multipruner/export/detail/model_folder_files.hpp>
#include <multipruner/export/gguf_exporter.hpp>
#include <multipruner/io/gguf_file.hpp>
#include <multipruner/io/gguf_writer.hpp>
#include <multipruner/io/model_folder.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A model as a GGUF file has it.
struct PackedGguf {
  const ModelView* view;
  std::vector<PackedLayer> layers;
  std::vector<AttentionSpec> attention;  ///< of each layer; no heads: it has none
  std::vector<GatedMlpSpec> mlp;         ///< of each layer
  RopeConfig rope;
  std::string architecture;

  [[nodiscard]] bool is_deci() const { return architecture == "deci"; }
  [[nodiscard]] bool pairs_side_by_side() const { return architecture != "qwen2"; }
};

inline RopeConfig common_rope(const ModelConfig& config, std::string_view format) {
  const AttentionSpec* first = nullptr;
  for (const BlockSpec& block : config.blocks) {
    const auto* spec = block.as<Attention>();
    if (spec == nullptr) continue;
    if (first == nullptr) first = spec;
    if (spec->rope == first->rope && spec->rms_norm_eps == first->rms_norm_eps) continue;
    throw OptionError(std::string(format) + ": " + block.label(),
                      "it has other rotary settings than the first layer, and the format has those of all layers",
                      "Save the model in the format multipruner");
  }
  const RopeScaling scaling = first->rope.scaling;
  if (scaling == RopeScaling::none || scaling == RopeScaling::linear || scaling == RopeScaling::llama3) {
    return first->rope;
  }
  throw OptionError(std::string(format), "rotary scaling of type " + std::string(name_of(scaling)) + " is not written",
                    "Save the model in the format hf or multipruner");
}

/// Zeros in place of an MLP that a layer lacks: as wide as a block of a quantised row.
inline constexpr Index empty_mlp_width = 32;

inline PackedGguf packed_gguf(const ModelView& view, Index width_multiple) {
  const LlamaLayers packed = llama_layers(view, "gguf");
  PackedGguf model{&view, packed.layers, {}, {}, common_rope(view.config(), "gguf"), "deci"};
  bool are_alike = true;
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const PackedLayer& layer = model.layers[i];
    AttentionSpec attention = packed.specs.attention;
    if (layer.attention) attention = *view.graph().spec(*layer.attention).as<Attention>();
    const Index heads_per_group = attention.heads_per_group();
    attention.num_key_value_heads = layer.attention ? kept_groups(view, *layer.attention) : i == 0 ? 1 : 0;
    attention.num_attention_heads = attention.num_key_value_heads * heads_per_group;
    GatedMlpSpec mlp = packed.specs.mlp;
    const Index width = layer.mlp ? kept_width(view, *layer.mlp) : empty_mlp_width;
    mlp.intermediate_size = (width + width_multiple - 1) / width_multiple * width_multiple;
    model.attention.push_back(attention);
    model.mlp.push_back(mlp);
    are_alike = are_alike && attention.num_attention_heads == model.attention[0].num_attention_heads &&
                attention.num_key_value_heads == model.attention[0].num_key_value_heads &&
                mlp.intermediate_size == model.mlp[0].intermediate_size;
  }
  if (are_alike) {
    const AttentionSpec& attention = model.attention[0];
    const bool as_qwen = view.config().model_type == "qwen2" && attention.width() == view.config().hidden_size;
    model.architecture = as_qwen ? "qwen2" : "llama";
  }
  return model;
}

inline PackedModel pack(const PackedGguf& model) {
  const ModelView& view = *model.view;
  PackedModel packed(view);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const PackedLayer& layer = model.layers[i];
    const AttentionSpec& attention = model.attention[i];
    if (attention.num_attention_heads > 0) {
      HeadOrder order = spread_heads(view, layer.attention, attention);
      order.pairs_side_by_side = model.pairs_side_by_side();
      packed.add_attention(layer.attention, attention, std::move(order));
    }
    packed.add_mlp(layer.mlp, model.mlp[i]);
    packed.end_layer();
  }
  return packed;
}

inline GgufType type_of(DType dtype) {
  switch (dtype) {
    case DType::bfloat16:
      return GgufType::bf16;
    case DType::float16:
      return GgufType::f16;
    case DType::float32:
      break;
  }
  return GgufType::f32;
}

inline GgufType matrix_type(const std::optional<GgufType>& wanted, DType dtype, Index columns) {
  constexpr Index block = 32;  // of q8_0
  const GgufType type = wanted.value_or(type_of(dtype));
  return type == GgufType::q8_0 && columns % block != 0 ? GgufType::f16 : type;
}

/// Rows of a tensor that is not written as it lies in the model.
inline GgufTensor::RowSource row_source(const PackedTensor& tensor) {
  return [tensor](Index first, MatrixView<float> rows) {
    parallel_for(rows.rows, [&](Index i) {
      std::vector<std::byte> bytes(static_cast<std::size_t>(tensor.columns * size_of(tensor.dtype)));
      copy_row(tensor, first + i, bytes.data());
      const WeightView row(bytes.data(), tensor.dtype, 1, tensor.columns, tensor.columns);
      row.visit([&](const auto& values) {
        for (Index column = 0; column < tensor.columns; ++column) {
          rows.row(i)[column] = to_float(values.data[column]);
        }
      });
    });
  };
}

inline GgufTensor rope_tensor(const PackedGguf& model) {
  const std::vector<float> factors = llama3_factors(model.rope, model.attention[0].head_dim);
  return {.name = "rope_freqs.weight",
          .shape = {std::ssize(factors)},
          .source = [factors](Index, MatrixView<float> rows) { std::ranges::copy(factors, rows.row(0)); }};
}

inline std::vector<GgufTensor> gguf_tensors(const PackedGguf& model, const std::optional<GgufType>& type) {
  std::vector<GgufTensor> tensors;
  if (model.rope.scaling == RopeScaling::llama3) tensors.push_back(rope_tensor(model));
  for (PackedTensor& tensor : pack(model).tensors()) {
    const bool is_matrix = tensor.place.slot->is_matrix();
    GgufTensor written{
        .name = gguf_name(tensor.place.role, tensor.place.layer),
        .shape = is_matrix ? std::vector<Index>{tensor.rows, tensor.columns} : std::vector<Index>{tensor.columns},
        .type = is_matrix ? matrix_type(type, tensor.dtype, tensor.columns) : GgufType::f32};
    if (tensor.is_source()) {
      written.pieces = {tensor.source};
    } else {
      written.source = row_source(tensor);
    }
    tensors.push_back(std::move(written));
  }
  return tensors;
}

/// llama.cpp's number of what most matrices of a file are.
inline std::uint32_t file_type(GgufType type) {
  switch (type) {
    case GgufType::f32:
      return 0;
    case GgufType::f16:
      return 1;
    case GgufType::bf16:
      return 32;
    default:
      return 7;
  }
}

/// Where the blocks of each layer stood in the model: its layers of attention and MLP, −1 where there is none.
inline std::vector<std::int32_t> gguf_layer_map(const PackedGguf& model) {
  std::vector<std::int32_t> map;
  const auto layer_of = [&](const std::optional<BlockId>& block) {
    return block ? static_cast<std::int32_t>(model.view->graph().spec(*block).layer()) : -1;
  };
  for (const PackedLayer& layer : model.layers) {
    map.push_back(layer_of(layer.attention));
    map.push_back(layer_of(layer.mlp));
  }
  return map;
}

/// A size of every layer: a list for deci, which wants signed numbers; one number for those whose layers are alike.
template <class SizeOf>
GgufKey::Value by_layer(const PackedGguf& model, const SizeOf& size_of_layer) {
  if (!model.is_deci()) return static_cast<std::uint32_t>(size_of_layer(0));
  std::vector<std::int32_t> sizes;
  for (std::size_t i = 0; i < model.layers.size(); ++i) sizes.push_back(static_cast<std::int32_t>(size_of_layer(i)));
  return sizes;
}

inline std::vector<GgufKey> model_keys(const PackedGguf& model, GgufType type) {
  const ModelConfig& config = model.view->config();
  const auto number = [](Index value) { return static_cast<std::uint32_t>(value); };
  const std::uint32_t head_dim = number(model.attention[0].head_dim);
  std::vector<GgufKey> keys{{"general.architecture", model.architecture},
                            {"general.type", std::string("model")},
                            {"general.name", model.view->graph().origin().name()},
                            {"general.file_type", file_type(type)}};
  if (type == GgufType::q8_0) keys.push_back({"general.quantization_version", std::uint32_t{2}});
  const auto add = [&](const char* name, GgufKey::Value value) {
    keys.push_back({model.architecture + "." + name, std::move(value)});
  };
  add("context_length", number(config.max_position_embeddings));
  add("embedding_length", number(config.hidden_size));
  add("block_count", number(std::ssize(model.layers)));
  add("feed_forward_length", by_layer(model, [&](std::size_t i) { return model.mlp[i].intermediate_size; }));
  add("attention.head_count", by_layer(model, [&](std::size_t i) { return model.attention[i].num_attention_heads; }));
  add("attention.head_count_kv",
      by_layer(model, [&](std::size_t i) { return model.attention[i].num_key_value_heads; }));
  add("attention.key_length", head_dim);
  add("attention.value_length", head_dim);
  add("attention.layer_norm_rms_epsilon", static_cast<float>(config.rms_norm_eps));
  add("rope.dimension_count", head_dim);
  add("rope.freq_base", static_cast<float>(model.rope.theta));
  if (model.rope.scaling == RopeScaling::linear) {
    add("rope.scaling.type", std::string("linear"));
    add("rope.scaling.factor", static_cast<float>(model.rope.factor));
  }
  add("vocab_size", number(config.vocab_size));
  if (model.rope.scaling == RopeScaling::llama3) {  // readers take what it comes to, which is a tensor
    keys.push_back({"multipruner.rope_scaling.factor", model.rope.factor});
    keys.push_back({"multipruner.rope_scaling.low_freq_factor", model.rope.low_freq_factor});
    keys.push_back({"multipruner.rope_scaling.high_freq_factor", model.rope.high_freq_factor});
    keys.push_back(
        {"multipruner.rope_scaling.original_context_length", number(model.rope.original_max_position_embeddings)});
  }
  keys.push_back({"multipruner.layer_map", gguf_layer_map(model)});
  return keys;
}

/// All that a file is made of.
struct GgufParts {
  std::vector<GgufKey> keys;
  std::vector<GgufTensor> tensors;
};

inline void check_options(const GgufExporter& exporter) {
  constexpr std::array written{GgufType::f32, GgufType::f16, GgufType::bf16, GgufType::q8_0};
  if (exporter.type && std::ranges::find(written, *exporter.type) == written.end()) {
    throw OptionError("gguf: type", "weights are not written in " + std::string(name_of(*exporter.type)),
                      "Give f32, f16, bf16 or q8_0, and quantise the file with llama.cpp");
  }
  if (exporter.width_multiple < 1 || exporter.width_multiple > 65536) {
    throw OptionError("gguf: width_multiple", "it is " + std::to_string(exporter.width_multiple),
                      "Give 1 for widths as they are, or 256");
  }
}

/// The keys of the tokenizer, and the chat template: those of the GGUF file that a model came from, as they are; else
/// made of the files of its folder.
inline std::vector<GgufKey> carried_keys(const ModelView& view, const std::string& pre_tokenizer) {
  const std::filesystem::path& source = view.graph().origin().directory;
  if (!is_gguf_file(source)) return tokenizer_keys(source, view.config().vocab_size, pre_tokenizer);
  std::vector<GgufKey> keys;
  const GgufFile file(source);
  for (const GgufEntry& key : file.keys()) {
    if (key.name().starts_with("tokenizer.")) keys.push_back(key.copy());
    if (key.name() == "tokenizer.ggml.pre" && !pre_tokenizer.empty()) keys.back().value = pre_tokenizer;
  }
  return keys;
}

inline GgufParts gguf_parts(const GgufExporter& exporter, const ModelView& view) {
  check_options(exporter);
  const PackedGguf model = packed_gguf(view, exporter.width_multiple);
  const GgufType type = exporter.type.value_or(type_of(view.graph().embed_tokens().dtype));
  GgufParts parts{model_keys(model, type), gguf_tensors(model, exporter.type)};
  for (GgufKey& key : carried_keys(view, exporter.pre_tokenizer)) parts.keys.push_back(std::move(key));
  return parts;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

MULTIPRUNER_INLINE void GgufExporter::require_exportable(const ModelView& view) const {
  static_cast<void>(bytes(view));
}

MULTIPRUNER_INLINE PaddingReport GgufExporter::padding(const ModelView& view) const {
  detail::check_options(*this);
  return detail::pack(detail::packed_gguf(view, width_multiple)).padding();
}

MULTIPRUNER_INLINE Index GgufExporter::bytes(const ModelView& view) const {
  const detail::GgufParts parts = detail::gguf_parts(*this, view);
  return gguf_file_size(parts.keys, parts.tensors);
}

MULTIPRUNER_INLINE void GgufExporter::write(const ModelView& view, const std::vector<BlockId>&,
                                            const std::filesystem::path& folder,
                                            const WriteObserver& on_written) const {
  detail::copy_licence(view.graph().origin().files(), folder);
  write_file(view, folder / "model.gguf", on_written);
}

MULTIPRUNER_INLINE void GgufExporter::write_file(const ModelView& view, const std::filesystem::path& file,
                                                 const WriteObserver& on_written) const {
  const detail::GgufParts parts = detail::gguf_parts(*this, view);
  write_gguf(file, parts.keys, parts.tensors, on_written);
}

MULTIPRUNER_INLINE Graph GgufExporter::read_back(const std::filesystem::path& folder) const {
  const GgufModel source(folder / "model.gguf", {.quantized_as = DType::float32, .scratch_folder = folder});
  return load_from<>(source, {.release_memory = true});
}

MULTIPRUNER_INLINE double GgufExporter::tolerance() const {
  constexpr double of_half_precision = 0.03, of_eight_bits = 0.15;
  if (!type || *type == GgufType::f32) return lossless_tolerance;
  return *type == GgufType::q8_0 ? of_eight_bits : of_half_precision;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting
