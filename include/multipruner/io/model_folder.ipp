// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/posix.hpp>
#include <multipruner/io/detail/names_in.hpp>
#include <multipruner/io/file_kind.hpp>
#include <multipruner/io/find_model.hpp>
#include <multipruner/io/json_reader.hpp>
#include <multipruner/io/mapped_file.hpp>
#include <multipruner/io/model_folder.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline constexpr const char* convert_with_transformers =
    "Convert them with transformers: AutoModelForCausalLM.from_pretrained(folder, "
    "torch_dtype=\"auto\").save_pretrained(new_folder, safe_serialization=True)";

inline void refuse_cache_of_repository(const std::filesystem::path& path) {
  const auto snapshot = snapshot_in_cache(path);
  if (!snapshot) return;
  throw FileError(path.string(), "is where the Hugging Face Hub's cache keeps a model, not the folder of the model",
                  "Give the snapshot in it: " + snapshot->string());
}

/// The cache of all repositories, or the folder around it.
inline void refuse_whole_cache(const std::filesystem::path& path) {
  for (const std::filesystem::path& cache : {path, path / "hub"}) {
    for (const std::string& name : names_in(cache)) {
      const auto snapshot = name.starts_with("models--") ? snapshot_in_cache(cache / name) : std::nullopt;
      if (!snapshot) continue;
      throw FileError(path.string(), "is the Hugging Face Hub's cache of many models, not the folder of one",
                      "Give the snapshot of one, e.g. " + snapshot->string());
    }
  }
}

/// The model that an adapter belongs to, if its file tells.
[[nodiscard]] inline std::optional<std::string> base_of_adapter(const std::filesystem::path& file) {
  try {
    return JsonReader::open(file).optional<std::string>("base_model_name_or_path");
  } catch (const Error&) {
    return std::nullopt;
  }
}

inline void refuse_adapter(const std::filesystem::path& path) {
  const std::filesystem::path file = path / "adapter_config.json";
  if (!is_there(file)) return;
  const auto base = base_of_adapter(file);
  throw UnsupportedError(
      path.string(), "holds a LoRA adapter" + (base ? " of " + *base : "") + ", not a whole model",
      "Merge it into its model with peft: AutoPeftModelForCausalLM.from_pretrained(folder).merge_and_unload()"
      ".save_pretrained(new_folder)");
}

/// Weights in formats that are not read.
inline void refuse_other_weights(const std::filesystem::path& path) {
  const auto refuse = [&](const std::string& name, const std::string& format, const std::string& remedy) {
    throw UnsupportedError(path.string(), "has its weights only as " + name + ", " + format, remedy);
  };
  for (const std::string& name : names_in(path)) {
    if (name.ends_with(".gguf")) {
      throw FileError(path.string(), "has its weights as GGUF files",
                      "Give the file itself, e.g. " + (path / name).string());
    }
    const bool of_pytorch = name.starts_with("pytorch_model") && name.find(".bin") != std::string::npos;
    if (of_pytorch) refuse(name, "PyTorch's own format", convert_with_transformers);
    if (name.ends_with(".pth") || name.ends_with(".pt")) {
      refuse(name, "PyTorch's own format",
             "Use the model in the layout of Hugging Face, with config.json and safetensors");
    }
    for (const char* other : {"tf_model.h5", "flax_model.msgpack", "model.onnx"}) {
      if (name == other) refuse(name, "the format of another framework", "Use the model in safetensors");
    }
  }
}

MULTIPRUNER_INLINE void refuse_shards_without_index(const std::filesystem::path& path) {
  for (const std::string& name : names_in(path)) {
    if (!name.ends_with(".safetensors")) continue;
    const bool shard = name.find("-of-") != std::string::npos;
    throw FileError(path.string(), "has " + name + ", but neither model.safetensors nor model.safetensors.index.json",
                    shard ? "Download model.safetensors.index.json, too, which lists the shards"
                          : "If these are all weights of the model, call the file model.safetensors");
  }
}

/// A model that lies in a folder inside.
inline void refuse_folder_around(const std::filesystem::path& path) {
  for (const std::string& name : names_in(path)) {
    if (!is_there(path / name / "config.json")) continue;
    throw FileError(path.string(), "has no config.json, but the folder " + name + " inside it has one",
                    "Give " + (path / name).string());
  }
}

[[noreturn]] inline void refuse_missing_folder(const std::filesystem::path& path) {
  const std::string name = path.string();
  const bool on_the_hub = may_be_name_on_hub(path);
  throw FileError(
      name.empty() ? "an empty path" : name,
      on_the_hub ? "there is no such folder, and the cache of the Hugging Face Hub has no model of this name"
                 : "there is no such folder",
      on_the_hub
          ? "To use the model of this name, download it: hf download " + name
          : "Give the folder of a Hugging Face checkpoint, with config.json and model.safetensors, or a GGUF file");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE void explain_folder_without_model(const std::filesystem::path& path) {
  detail::refuse_cache_of_repository(path);
  detail::refuse_whole_cache(path);
  detail::refuse_adapter(path);
  detail::refuse_other_weights(path);
}

MULTIPRUNER_INLINE bool is_gguf_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return false;
  std::ifstream file(path, std::ios::binary);
  std::array<char, 4> start{};
  return file.read(start.data(), start.size()) && std::string_view(start.data(), start.size()) == "GGUF";
}

MULTIPRUNER_INLINE std::optional<std::filesystem::path> find_gguf(const std::filesystem::path& path) {
  if (is_gguf_file(path)) return path;
  std::optional<std::filesystem::path> found;
  for (const std::string& name : detail::names_in(path)) {
    if (name.ends_with(".safetensors")) return std::nullopt;
    const std::size_t part = name.find("-of-");
    const bool is_later_part = part != std::string::npos && !name.substr(0, part).ends_with("-00001");
    if (!name.ends_with(".gguf") || is_later_part) continue;
    if (found) return std::nullopt;
    found = path / name;
  }
  return found;
}

MULTIPRUNER_INLINE void require_model_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) {
    refuse_other_kinds(MappedFile(path).text(), path.string());
    throw FileError(path.string(), "is a file, not the folder of a model",
                    path.extension() == ".safetensors"
                        ? "Give the folder around it, with its config.json"
                        : "Give the folder with config.json and model.safetensors, or a GGUF file");
  }
  if (!std::filesystem::is_directory(path, ignored)) detail::refuse_missing_folder(path);
  if (detail::is_there(path / "config.json")) return;
  explain_folder_without_model(path);
  detail::refuse_folder_around(path);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
