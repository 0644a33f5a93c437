// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

#include <multipruner/arch/detail/gguf_architecture.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/export/detail/gguf_layers.hpp>
#include <multipruner/export/gguf_exporter.hpp>
#include <multipruner/export/hugging_face_deci.hpp>
#include <multipruner/export/hugging_face_hull.hpp>
#include <multipruner/export/hugging_face_layout.hpp>
#include <multipruner/export/mergekit.hpp>
#include <multipruner/io/text_rows.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/base_model.hpp>
#include <multipruner/run/model_format.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws OptionError for a type that is not written
[[nodiscard]] inline GgufType written_gguf_type(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, GgufType>, 4> types{
      {{"f32", GgufType::f32}, {"f16", GgufType::f16}, {"bf16", GgufType::bf16}, {"q8_0", GgufType::q8_0}}};
  for (const auto& [known, type] : types) {
    if (name == known) return type;
  }
  throw OptionError("--gguf-type", "\"" + name + "\" is not written",
                    "Use f32, f16, bf16 or q8_0; llama.cpp's quantiser makes the others");
}

[[nodiscard]] inline ModelFormat hull_format() {
  ModelFormat format = model_format(HuggingFaceHull{});
  format.structure = [](const ModelConfig&) { return FormatStructure{.alike = true}; };
  return format;
}

[[nodiscard]] inline ModelFormat deci_format() {
  ModelFormat format = model_format(HuggingFaceDeci{});
  format.structure = [](const ModelConfig&) {
    return FormatStructure{.fewer_heads = false, .first_attention = true, .mlp_multiple = 256};
  };
  return format;
}

/// Layers of Llama-like models may differ; those of others have to be alike. No layer may go where llama.cpp computes
/// by its number, and no head where it computes by how many there are.
[[nodiscard]] inline FormatStructure gguf_structure(const ModelConfig& config) {
  if (gguf_layers_may_differ(config.model_type)) return {};
  FormatStructure structure{.alike = true};
  const GgufArchitecture* const family = gguf_architecture_of(config.model_type);
  if (family == nullptr) return structure;
  structure.fewer_blocks = !family->counts_layers();
  structure.fewer_heads = !family->whole_width && config.num_hidden_layers != family->scaled_by_width_at;
  return structure;
}

[[nodiscard]] inline ModelFormat gguf_format(const GgufExporter& exporter) {
  ModelFormat format = model_format(exporter);
  format.structure = gguf_structure;
  format.pads = false;
  format.with = [](const RunSpec& spec) {
    GgufExporter with;
    if (spec.gguf_type) with.type = written_gguf_type(*spec.gguf_type);
    return gguf_format(with);
  };
  return format;
}

[[nodiscard]] inline ModelFormat mergekit_format(const Mergekit& exporter) {
  ModelFormat format = model_format(exporter);
  format.structure = [](const ModelConfig&) { return FormatStructure{.alike = true, .narrower = false}; };
  format.pads = format.has_weights = false;
  format.with = [](const RunSpec& spec) {
    const BaseModel base = base_model_of(spec.model);
    return mergekit_format({.model = base.is_hub ? base.name : ""});
  };
  return format;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE Registry<ModelFormat> shipped_model_formats() {
  return {"--format",
          {model_format(HuggingFaceLayout{}), detail::hull_format(), detail::deci_format(), detail::gguf_format({}),
           detail::mergekit_format({})}};
}

MULTIPRUNER_INLINE std::vector<ModelFormat> formats_of(const RunSpec& spec, const Registry<ModelFormat>& formats) {
  std::vector<ModelFormat> named;
  for (const std::string& name : detail::split(spec.format, ",")) {
    const ModelFormat& format = formats.at(name);
    named.push_back(format.with ? format.with(spec) : format);
    detail::require_function(format.save, "--format", name);
    if (std::ranges::count(named, name, &ModelFormat::name) > 1) {
      throw OptionError("--format", name + " is there twice", "Name it once");
    }
  }
  if (spec.gguf_type && std::ranges::count(named, GgufExporter::name, &ModelFormat::name) == 0) {
    throw OptionError("--gguf-type", "no file in gguf is written", "Use --format gguf");
  }
  return named;
}

MULTIPRUNER_INLINE void save_in(const std::vector<ModelFormat>& formats, const ModelView& model,
                                const std::filesystem::path& folder, const SaveOptions& options,
                                ProgressSink& progress) {
  formats.front().save(model, folder, options, progress);
  SaveOptions of_others = options;
  of_others.more_files.clear();
  of_others.kept_files.clear();
  for (std::size_t i = 1; i < formats.size(); ++i) {
    formats[i].save(model, folder / formats[i].name, of_others, progress);
  }
}

MULTIPRUNER_INLINE std::vector<std::string> padding_sentences(const std::vector<ModelFormat>& formats,
                                                              const ModelView& model) {
  std::vector<std::string> sentences;
  for (const ModelFormat& format : formats) {
    if (!format.padding) continue;
    const PaddingReport report = format.padding(model);
    if (report.written <= report.parameters) continue;
    const double zeros = 1.0 - static_cast<double>(report.parameters) / static_cast<double>(report.written);
    sentences.push_back(format.name + ": " + std::to_string(report.layers) + " layers, " +
                        grouped_text(report.written) + " parameters, of which " + percent_text(100 * zeros) +
                        " are zeros");
  }
  return sentences;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
