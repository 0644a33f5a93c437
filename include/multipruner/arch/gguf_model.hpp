// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/arch/detail/gguf_config.hpp>
#include <multipruner/arch/model_source.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/io/gguf_file.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// How tensors of a GGUF file are read.
struct GgufModelOptions {
  /// What values of quantised types become: bfloat16 or float32. F32, F16 and BF16 stay as they are.
  DType quantized_as = DType::bfloat16;

  /// A folder in whose files the copies lie that are made of tensors, so that their memory can be given back; empty: in
  /// memory.
  std::filesystem::path scratch_folder{};
};

/// A GGUF file of the architectures llama, deci, qwen2, qwen3, gemma, gemma2, gemma3, phi3, smollm3, olmo2 and granite,
/// as a model of Hugging Face: its keys are those of config.json, its tensors have the family's names, and rows of
/// queries and keys lie as the family has them. `load` makes one.
///
/// Tensors in F32, F16 and BF16 are views of the mapped file, except for queries and keys of llama, deci, smollm3 and
/// granite, whose rows lie in another order there, and norms of Gemma, which have the 1 in them that the family adds.
/// Those, and what is quantised, are copied when they are asked for. Layers that differ are a pruned model of the
/// widest of them. Source: convert_hf_to_gguf.py and llama-model.cpp of github.com/ggml-org/llama.cpp.
class GgufModel final : public ModelSource {
 public:
  /// @throws FileError where it is no GGUF file; DataError where keys are missing, wrong, or contradictory;
  /// UnsupportedError for other architectures and what they have that is not computed, by name; OptionError for values
  /// in float16.
  explicit GgufModel(const std::filesystem::path& file, const GgufModelOptions& options = {});

  [[nodiscard]] MULTIPRUNER_INLINE std::string label() const override;
  [[nodiscard]] const JsonReader& config() const override { return description_.config; }
  [[nodiscard]] MULTIPRUNER_INLINE std::vector<TokenId> generation_eos_token_ids() const override;
  [[nodiscard]] std::optional<PruningConfig> pruning(const ModelConfig&) const override { return description_.pruning; }

  /// A tensor that the family does not have keeps the name that it has in the file.
  [[nodiscard]] MULTIPRUNER_INLINE std::vector<std::string> names() const override;
  [[nodiscard]] MULTIPRUNER_INLINE const TensorInfo* info(std::string_view name) const override;
  [[nodiscard]] MULTIPRUNER_INLINE StoredTensor get(std::string_view name) const override;

  /// Copies are given back only where they lie in a scratch folder.
  [[nodiscard]] MULTIPRUNER_INLINE std::shared_ptr<const WeightMemory> storage(bool releasing) const override;
  [[nodiscard]] MULTIPRUNER_INLINE std::filesystem::path directory() const override;

  /// config.json, and what `gguf_tokenizer_files` makes.
  [[nodiscard]] MULTIPRUNER_INLINE CompanionFiles files() const override;

 private:
  struct Memory;

  /// A tensor of the file under the family's name.
  struct Place {
    const GgufTensorInfo* tensor;
    TensorInfo info;
    bool is_turned;    ///< whether its rows, or entries, lie in the order of llama.cpp
    bool is_plus_one;  ///< whether it has the 1 in it that the family adds
  };

  void add_tensor(const GgufTensorInfo& tensor);

  [[nodiscard]] WeightView copy(const Place& place) const;

  GgufModelOptions options_;
  std::shared_ptr<Memory> memory_;
  detail::GgufDescription description_;
  std::map<std::string, Place, std::less<>> places_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/gguf_model.ipp>
#endif
