// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/export/exporter.hpp>
#include <multipruner/export/padding_report.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/io/gguf_type.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

/// Models as GGUF files, for llama.cpp, Ollama and LM Studio. A plan of a Llama-like model, or of Baichuan with rotary
/// positions, that leaves layers that are alike is a "llama", or a "qwen2" where it was one and keeps all heads; others
/// are a "deci", whose layers may differ in heads and widths. The file has the layers of `repack`: attention that has
/// no MLP gets one of zeros, and so does the first layer get attention, because readers take neither for granted.
///
/// Qwen 3, Gemma 1 to 3, Phi-3, SmolLM 3, OLMo 2 and Granite are files of their own architectures, of which llama.cpp
/// has layers that are alike: the plan has to leave such, whole layers may be gone. What llama.cpp computes by the
/// number of a layer (windows of Gemma 2 and 3, layers of SmolLM 3 without positions), by the number of layers and
/// heads (scales of scores), or otherwise than the model, is refused by name where it would not be what the model has.
///
/// Where the blocks stood in the model is in the key `multipruner.layer_map`.
///
/// The tokenizer comes from tokenizer.json: byte-level BPE whose pre-tokenizer llama.cpp knows, and BPE of the
/// SentencePiece kind. A folder without one gives a file without a tokenizer.
struct GgufExporter {
  static constexpr std::string_view name = "gguf";

  /// The type of matrices: f32, f16, bf16 or q8_0; that of the model's own scalar type if nothing. Vectors are f32, and
  /// in q8_0, matrices whose rows are no whole blocks are f16.
  std::optional<GgufType> type{};

  /// MLPs are padded with zeros to whole multiples: 256 lets llama.cpp's quantiser choose any type.
  Index width_multiple = 1;

  /// llama.cpp's name of the pre-tokenizer; empty: the one whose rules tokenizer.json has.
  std::string pre_tokenizer{};

  /// @throws OptionError as HuggingFaceDeci, for families without an architecture, layers that differ where they must
  /// not, what llama.cpp computes otherwise, rotary scaling that the format does not have, types and multiples that
  /// cannot be, and a tokenizer that is not recognised.
  void require_exportable(const ModelView& view) const;

  /// What the zeros cost. @throws OptionError as above.
  [[nodiscard]] PaddingReport padding(const ModelView& view) const;

  [[nodiscard]] Index bytes(const ModelView& view) const;

  /// Writes model.gguf into the folder, and the licence beside it. @throws as `write_file`; OutputError
  void write(const ModelView& view, const std::vector<BlockId>& removal_order, const std::filesystem::path& folder,
             const WriteObserver& on_written) const;

  /// Writes a file alone; it appears when it is complete. @throws DataError where the type cannot hold a value,
  /// OutputError where it cannot be written, FileError where the source is gone.
  void write_file(const ModelView& view, const std::filesystem::path& file, const WriteObserver& on_written = {}) const;

  /// The model that was written into a folder, for comparison. @throws FileError, DataError where the file is damaged.
  [[nodiscard]] Graph read_back(const std::filesystem::path& folder) const;

  /// More where values are rounded to another type than the model's.
  [[nodiscard]] double tolerance() const;
};

static_assert(ReadableExporter<GgufExporter>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/export/gguf_exporter.ipp>
#endif
