// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include <fuzz/support/byte_tokenizer.hpp>
#include <nlohmann/json.hpp>
#include <support/random_checkpoint.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/llama.hpp>
#include <multipruner/run/run_environment.hpp>
#include <multipruner/run/run_spec.hpp>

namespace multipruner::test {

/// A random model with a text beside it, and a run on them that takes a moment.
struct SmallRun {
  TemporaryDirectory directory;

  explicit SmallRun(Index layers = 3) {
    const nlohmann::json config{{"model_type", "llama"},    {"vocab_size", 258},
                                {"hidden_size", 16},        {"intermediate_size", 24},
                                {"num_hidden_layers", layers},   {"num_attention_heads", 4},
                                {"num_key_value_heads", 2}, {"max_position_embeddings", 64},
                                {"rms_norm_eps", 1e-5}};
    RandomCheckpoint::make<Llama>(config).write(directory / "model");
    std::string text;
    for (int i = 0; i < 200; ++i) text += "sentence " + std::to_string(i * i) + " of a text\n";
    write_file(directory / "text.txt", text);
  }

  [[nodiscard]] RunSpec spec(std::string preset = "quality") const {
    return {.model = directory / "model",
            .ratio = 25,
            .mlp_group = 4,
            .preset = std::move(preset),
            .calibration = directory / "text.txt",
            .seqlen = 16,
            .max_windows = 4};
  }

  [[nodiscard]] std::filesystem::path out(const std::string& name = "out") const { return directory / name; }

  [[nodiscard]] static RunEnvironment environment() {
    return {.load_tokenizer = [](const std::filesystem::path&) { return std::make_unique<fuzz::ByteTokenizer>(); }};
  }
};

}  // namespace multipruner::test
