// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include <multipruner/arch/detail/gguf_names.hpp>
#include <multipruner/arch/gguf_model.hpp>
#include <multipruner/arch/load.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/export/detail/gguf_layers.hpp>
#include <multipruner/export/detail/gguf_tokenizer.hpp>
#include <multipruner/export/detail/llama_like.hpp>
#include <multipruner/export/detail/model_folder_files.hpp>
#include <multipruner/export/gguf_exporter.hpp>
#include <multipruner/io/gguf_file.hpp>
#include <multipruner/io/gguf_writer.hpp>
#include <multipruner/io/model_folder.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline PackedModel pack(const PackedGguf& model) {
  const ModelView& view = *model.view;
  PackedModel packed(view);
  for (std::size_t i = 0; i < model.layers.size(); ++i) {
    const PackedLayer& layer = model.layers[i];
    const AttentionSpec& attention = model.attention[i];
    if (attention.num_attention_heads > 0) {
      HeadOrder order = spread_heads(view, layer.attention, attention);
      order.pairs_side_by_side = model.architecture->pairs_side_by_side;
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

/// A tensor of the file: one of the model, or several, one behind the other.
using GgufPieces = std::vector<PackedTensor>;

/// What the values of a tensor of the model become.
struct GgufChange {
  float added = 0;                   ///< to all of them
  std::span<const float> factors{};  ///< of its rows; none: they stay

  [[nodiscard]] bool is_none() const { return added == 0 && factors.empty(); }
};

inline void read_row(const PackedTensor& tensor, Index row, const GgufChange& change, float* target) {
  std::vector<std::byte> bytes(static_cast<std::size_t>(tensor.columns * size_of(tensor.dtype)));
  copy_row(tensor, row, bytes.data());
  const float factor = change.factors.empty() ? 1 : change.factors[static_cast<std::size_t>(row)];
  const WeightView view(bytes.data(), tensor.dtype, 1, tensor.columns, tensor.columns);
  view.visit([&](const auto& values) {
    for (Index column = 0; column < tensor.columns; ++column) {
      target[column] = to_float(values.data[column]) * factor + change.added;
    }
  });
}

/// Rows of a tensor that is not written as it lies in the model.
inline GgufTensor::RowSource row_source(GgufPieces pieces, const GgufChange& change) {
  return [pieces = std::move(pieces), change](Index first, MatrixView<float> rows) {
    parallel_for(rows.rows, [&](Index i) {
      Index row = first + i;
      auto piece = pieces.begin();
      for (; row >= piece->rows; ++piece) row -= piece->rows;
      read_row(*piece, row, change, rows.row(i));
    });
  };
}

inline GgufTensor factor_tensor(std::string_view name, const std::vector<float>& factors) {
  return {.name = std::string(name),
          .shape = {std::ssize(factors)},
          .source = [factors](Index, MatrixView<float> rows) { std::ranges::copy(factors, rows.row(0)); }};
}

/// What readers take for rotary settings.
inline std::vector<GgufTensor> rope_tensors(const PackedGguf& model) {
  const auto narrowed = [](const std::vector<double>& factors) {
    std::vector<float> numbers;
    for (const double factor : factors) numbers.push_back(static_cast<float>(factor));
    return numbers;
  };
  if (model.rope.scaling == RopeScaling::llama3) {
    return {factor_tensor(rope_freqs_name, llama3_factors(model.rope, model.attention[0].head_dim))};
  }
  if (model.rope.scaling == RopeScaling::longrope) {
    return {factor_tensor(long_factors_name, narrowed(model.long_factors)),
            factor_tensor(short_factors_name, narrowed(model.rope.factors))};
  }
  return {};
}

/// The tensors of a file. q, k and v lie behind each other in the model, and so do gate and up: fused, they are one.
inline std::vector<GgufPieces> pieces_of_file(const PackedGguf& model) {
  constexpr std::array<TensorRole, 3> behind_others{{"k_proj", "v_proj", "up_proj"}};
  std::vector<GgufPieces> tensors;
  for (PackedTensor& tensor : pack(model).tensors()) {
    const bool is_behind = std::ranges::find(behind_others, tensor.place.role) != behind_others.end();
    if (!model.architecture->fused || !is_behind) tensors.emplace_back();
    tensors.back().push_back(std::move(tensor));
  }
  return tensors;
}

inline std::string name_in_file(const PackedGguf& model, const TensorPlace& place) {
  if (!model.architecture->fused) return gguf_name(place.role, place.layer);
  if (place.role == TensorRole("q_proj")) return "blk." + std::to_string(place.layer) + ".attn_qkv.weight";
  return gguf_name(place.role == TensorRole("gate_proj") ? TensorRole("up_proj") : place.role, place.layer);
}

/// Norms have the 1 in them that their family adds; rows of a NormHead are normed.
inline GgufChange change_of(const PackedGguf& model, TensorRole role) {
  GgufChange change;
  if (model.architecture->norms_plus_one && is_norm(role)) change.added = 1;
  if (role == TensorRole("lm_head")) change.factors = model.view->graph().head_scale();
  return change;
}

inline GgufTensor gguf_tensor(const PackedGguf& model, GgufPieces pieces, const std::optional<GgufType>& type) {
  const PackedTensor& first = pieces.front();
  const bool is_matrix = first.place.slot->is_matrix();
  const GgufChange change = change_of(model, first.place.role);
  const DType dtype = change.is_none() ? first.dtype : DType::float32;  // what is computed is not rounded unasked
  Index rows = 0;
  for (const PackedTensor& piece : pieces) rows += piece.rows;
  GgufTensor written{.name = name_in_file(model, first.place),
                     .shape = is_matrix ? std::vector<Index>{rows, first.columns} : std::vector<Index>{first.columns},
                     .type = is_matrix ? matrix_type(type, dtype, first.columns) : GgufType::f32};
  if (change.is_none() && std::ranges::all_of(pieces, &PackedTensor::is_source)) {
    for (const PackedTensor& piece : pieces) written.pieces.push_back(piece.source);
  } else {
    written.source = row_source(std::move(pieces), change);
  }
  return written;
}

inline std::vector<GgufTensor> gguf_tensors(const PackedGguf& model, const std::optional<GgufType>& type) {
  std::vector<GgufTensor> tensors = rope_tensors(model);
  for (GgufPieces& pieces : pieces_of_file(model)) tensors.push_back(gguf_tensor(model, std::move(pieces), type));
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

/// A size of every layer: a list for deci, which wants signed numbers; one number where layers are alike.
template <class SizeOf>
GgufKey::Value by_layer(const PackedGguf& model, const SizeOf& size_of_layer) {
  if (!model.architecture->may_differ) return static_cast<std::uint32_t>(size_of_layer(0));
  std::vector<std::int32_t> sizes;
  for (std::size_t i = 0; i < model.layers.size(); ++i) sizes.push_back(static_cast<std::int32_t>(size_of_layer(i)));
  return sizes;
}

/// Adds keys of an architecture.
class GgufKeyWriter {
 public:
  explicit GgufKeyWriter(const PackedGguf& model) : prefix_(std::string(model.architecture->name) + ".") {}

  void add(const char* name, GgufKey::Value value) { keys_.push_back({prefix_ + name, std::move(value)}); }
  void add_size(const char* name, Index value) { add(name, static_cast<std::uint32_t>(value)); }
  void add_number(const char* name, double value) { add(name, static_cast<float>(value)); }
  void add_general(const char* name, GgufKey::Value value) { keys_.push_back({name, std::move(value)}); }

  [[nodiscard]] std::vector<GgufKey> take() { return std::move(keys_); }

 private:
  std::string prefix_;
  std::vector<GgufKey> keys_{};
};

inline void add_size_keys(const PackedGguf& model, GgufKeyWriter& keys) {
  const ModelConfig& config = model.view->config();
  keys.add_size("context_length", model.context_length);
  keys.add_size("embedding_length", config.hidden_size);
  keys.add_size("block_count", std::ssize(model.layers));
  keys.add("feed_forward_length", by_layer(model, [&](std::size_t i) { return model.mlp[i].intermediate_size; }));
  keys.add("attention.head_count",
           by_layer(model, [&](std::size_t i) { return model.attention[i].num_attention_heads; }));
  keys.add("attention.head_count_kv",
           by_layer(model, [&](std::size_t i) { return model.attention[i].num_key_value_heads; }));
  keys.add_size("attention.key_length", model.attention[0].head_dim);
  keys.add_size("attention.value_length", model.attention[0].head_dim);
  keys.add_number("attention.layer_norm_rms_epsilon", config.rms_norm_eps);
}

inline void add_rope_keys(const PackedGguf& model, GgufKeyWriter& keys) {
  keys.add_size("rope.dimension_count", model.attention[0].turned());
  keys.add_number("rope.freq_base", model.rope.theta);
  if (model.architecture->local_rope) keys.add_number("rope.freq_base_swa", model.local_rope.theta);
  if (model.rope.scaling == RopeScaling::linear) {
    keys.add("rope.scaling.type", std::string("linear"));
    keys.add_number("rope.scaling.factor", model.rope.factor);
  }
  if (model.rope.scaling == RopeScaling::longrope) {
    keys.add_size("rope.scaling.original_context_length", model.rope.original_max_position_embeddings);
    keys.add_number("rope.scaling.attn_factor", model.rope.attention_factor);
  }
}

/// What a family has more than Llama.
inline void add_family_keys(const PackedGguf& model, GgufKeyWriter& keys) {
  const ModelConfig& config = model.view->config();
  const GgufArchitecture& architecture = *model.architecture;
  const AttentionSpec& attention = model.attention[0];
  if (architecture.has_windows()) keys.add_size("attention.sliding_window", model.sliding_window);
  if (architecture.score_cap) keys.add_number("attn_logit_softcapping", attention.score_soft_cap);
  if (config.logit_soft_cap > 0) keys.add_number("final_logit_softcapping", config.logit_soft_cap);
  if (!architecture.multipliers) return;
  keys.add_number("embedding_scale", config.embedding_scale);
  keys.add_number("attention.scale", score_scale(attention));
  keys.add_number("residual_scale", attention.frame.residual_multiplier);
  keys.add_number("logit_scale", 1 / config.logit_scale);
}

/// Readers take what Llama 3's scaling comes to, which is a tensor; this is what it was.
inline void add_noted_scaling(const RopeConfig& rope, GgufKeyWriter& keys) {
  keys.add_general("multipruner.rope_scaling.factor", rope.factor);
  keys.add_general("multipruner.rope_scaling.low_freq_factor", rope.low_freq_factor);
  keys.add_general("multipruner.rope_scaling.high_freq_factor", rope.high_freq_factor);
  keys.add_general("multipruner.rope_scaling.original_context_length",
                   static_cast<std::uint32_t>(rope.original_max_position_embeddings));
}

inline std::vector<GgufKey> model_keys(const PackedGguf& model, GgufType type) {
  GgufKeyWriter keys(model);
  keys.add_general("general.architecture", std::string(model.architecture->name));
  keys.add_general("general.type", std::string("model"));
  keys.add_general("general.name", model.view->graph().origin().name());
  keys.add_general("general.file_type", file_type(type));
  if (type == GgufType::q8_0) keys.add_general("general.quantization_version", std::uint32_t{2});
  add_size_keys(model, keys);
  add_rope_keys(model, keys);
  add_family_keys(model, keys);
  keys.add_size("vocab_size", model.view->config().vocab_size);
  if (model.rope.scaling == RopeScaling::llama3) add_noted_scaling(model.rope, keys);
  keys.add_general("multipruner.layer_map", gguf_layer_map(model));
  return keys.take();
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
