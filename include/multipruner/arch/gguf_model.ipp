// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <mutex>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/arch/detail/gguf_architecture.hpp>
#include <multipruner/arch/detail/gguf_names.hpp>
#include <multipruner/arch/gguf_model.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/io/dequantize.hpp>
#include <multipruner/io/gguf_tokenizer_files.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Where the rows of heads lie in a file in which channels that turn together lie side by side; in a model they are
/// half a head apart.
inline std::vector<Index> rows_of_halves(Index rows, Index head_dim) {
  std::vector<Index> order;
  order.reserve(static_cast<std::size_t>(rows));
  const Index half = head_dim / 2;
  for (Index row = 0; row < rows; ++row) {
    const Index channel = row % head_dim;
    order.push_back(row - channel + 2 * (channel % half) + channel / half);
  }
  return order;
}

inline bool is_query_or_key(TensorRole role) {
  constexpr std::array<TensorRole, 4> roles{{"q_proj", "k_proj", "q_bias", "k_bias"}};
  return std::ranges::find(roles, role) != roles.end();
}

/// The values of a row that is quantised.
inline void dequantize_row(const GgufTensorInfo& tensor, Index row, DType dtype, std::byte* target) {
  const Index columns = tensor.columns();
  const auto bytes = static_cast<std::size_t>(row_bytes(tensor.type, columns));
  const auto data = tensor.data.subspan(static_cast<std::size_t>(row) * bytes, bytes);
  if (dtype == DType::float32) {
    dequantize(tensor.type, data, MatrixView<float>(reinterpret_cast<float*>(target), 1, columns));
  } else {
    dequantize(tensor.type, data, MatrixView<BFloat16>(reinterpret_cast<BFloat16*>(target), 1, columns));
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// The mapped file, and copies of what cannot be used as it lies there.
struct GgufModel::Memory final : WeightMemory {
  Memory(const std::filesystem::path& path, const std::filesystem::path& scratch_folder)
      : file(path), copies(scratch_folder) {}

  MULTIPRUNER_INLINE void release(const WeightView& weight) const noexcept override;

  GgufFile file;
  WeightStore copies;
  std::map<std::string, WeightView, std::less<>> copied;  ///< by name
  mutable std::mutex mutex;                               ///< of the copies
};

MULTIPRUNER_INLINE void GgufModel::Memory::release(const WeightView& weight) const noexcept {
  const std::lock_guard lock(mutex);
  copies.release(weight);
  file.release(weight.memory());
}

MULTIPRUNER_INLINE GgufModel::GgufModel(const std::filesystem::path& file, const GgufModelOptions& options)
    : options_(options),
      memory_(std::make_shared<Memory>(file, options.scratch_folder)),
      description_(detail::describe_gguf(memory_->file, options.quantized_as)) {
  if (options.quantized_as == DType::float16) {
    throw OptionError("gguf: quantized_as", "float16 cannot hold all values of quantised types",
                      "Give bfloat16 or float32");
  }
  for (const GgufTensorInfo& tensor : memory_->file.tensors()) add_tensor(tensor);
}

MULTIPRUNER_INLINE void GgufModel::add_tensor(const GgufTensorInfo& tensor) {
  for (const std::string_view name : {detail::rope_freqs_name, detail::long_factors_name, detail::short_factors_name}) {
    if (tensor.name == name) return;  // the configuration has it
  }
  const auto role = detail::role_of_gguf_name(tensor.name);
  std::optional<DType> dtype = dtype_of_gguf(tensor.type);
  if (!dtype && is_dequantizable(tensor.type)) dtype = options_.quantized_as;
  TensorInfo info{.name = role ? description_.tensor_name(role->first, role->second) : tensor.name,
                  .dtype_name = std::string(dtype ? detail::safetensors_name(*dtype) : name_of(tensor.type)),
                  .dtype = dtype,
                  .shape = tensor.shape};
  info.end = info.element_count() * (dtype ? size_of(*dtype) : 1);
  const bool is_turned = role && detail::is_query_or_key(role->first) && description_.pairs_side_by_side;
  const bool is_plus_one = role && detail::is_norm(role->first) && description_.norms_plus_one;
  if (is_plus_one && tensor.type != GgufType::f32) {
    throw UnsupportedError(label() + ": " + tensor.name,
                           "norms in " + std::string(name_of(tensor.type)) + " are not read",
                           "Use a file with norms in F32, as llama.cpp writes them");
  }
  const Index turned = tensor.shape.size() > 1 ? tensor.rows() : tensor.columns();
  if (is_turned && (turned % description_.head_dim != 0 || description_.head_dim % 2 != 0)) {
    throw DataError(label() + ": " + tensor.name,
                    std::to_string(turned) + " channels are no whole heads of " + std::to_string(description_.head_dim),
                    "Get the file from its source again");
  }
  std::string name = info.name;
  places_.emplace(std::move(name), Place{&tensor, std::move(info), is_turned, is_plus_one});
}

MULTIPRUNER_INLINE std::string GgufModel::label() const {
  return memory_->file.path().string();
}

MULTIPRUNER_INLINE std::vector<TokenId> GgufModel::generation_eos_token_ids() const {
  return detail::gguf_end_tokens(memory_->file);
}

MULTIPRUNER_INLINE std::vector<std::string> GgufModel::names() const {
  std::vector<std::string> names;
  for (const auto& [name, place] : places_) names.push_back(name);
  return names;
}

MULTIPRUNER_INLINE const TensorInfo* GgufModel::info(std::string_view name) const {
  const auto place = places_.find(name);
  return place == places_.end() ? nullptr : &place->second.info;
}

MULTIPRUNER_INLINE StoredTensor GgufModel::get(std::string_view name) const {
  const auto found = places_.find(name);
  if (found == places_.end()) {
    throw DataError(label(), "has no tensor for " + std::string(name), "Get the file from its source again");
  }
  const Place& place = found->second;
  if (dtype_of_gguf(place.tensor->type) && !place.is_turned && !place.is_plus_one) {
    StoredTensor tensor = memory_->file.weight(place.tensor->name);
    tensor.name = place.info.name;
    return tensor;
  }
  const std::lock_guard lock(memory_->mutex);
  const auto copied = memory_->copied.find(name);
  const WeightView view =
      copied != memory_->copied.end() ? copied->second : memory_->copied[place.info.name] = copy(place);
  return {.name = place.info.name, .shape = place.info.shape, .view = view};
}

MULTIPRUNER_INLINE WeightView GgufModel::copy(const Place& place) const {
  const GgufTensorInfo& tensor = *place.tensor;
  WeightStore& copies = memory_->copies;
  WeightView copy;
  if (place.is_plus_one) {
    copy = copies.fill(tensor.rows(), tensor.columns(), DType::float32, [&](Index row, std::byte* target) {
      detail::dequantize_row(tensor, row, DType::float32, target);
      auto* const values = reinterpret_cast<float*>(target);
      std::transform(values, values + tensor.columns(), values, [](float value) { return value - 1; });
    });
  } else if (dtype_of_gguf(tensor.type)) {
    const WeightView view = memory_->file.weight(tensor.name).view;
    const bool is_matrix = tensor.shape.size() > 1;
    const auto order = detail::rows_of_halves(is_matrix ? view.rows : view.columns, description_.head_dim);
    copy = is_matrix ? copies.gather_rows(view, order) : copies.gather_columns(view, order);
  } else if (!place.info.dtype) {
    throw UnsupportedError(label() + ": " + tensor.name,
                           "the type " + std::string(name_of(tensor.type)) + " is not dequantised",
                           "Use the model in another type, e.g. Q8_0");
  } else {
    std::vector<Index> order;
    if (place.is_turned) order = detail::rows_of_halves(tensor.rows(), description_.head_dim);
    copy = copies.fill(tensor.rows(), tensor.columns(), *place.info.dtype, [&](Index row, std::byte* target) {
      const Index from = place.is_turned ? order[static_cast<std::size_t>(row)] : row;
      detail::dequantize_row(tensor, from, *place.info.dtype, target);
    });
  }
  memory_->file.release(tensor.data);
  return copy;
}

MULTIPRUNER_INLINE std::shared_ptr<const WeightMemory> GgufModel::storage(bool releasing) const {
  if (releasing) return memory_;
  return weight_memory(memory_);
}

MULTIPRUNER_INLINE std::filesystem::path GgufModel::directory() const {
  return memory_->file.path();
}

MULTIPRUNER_INLINE CompanionFiles GgufModel::files() const {
  auto makers = gguf_tokenizer_files(memory_->file);
  makers["config.json"] = [config = description_.config] { return to_json_text(config.json()); };
  return {memory_->file.path(), std::move(makers)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
