// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/random_checkpoint.hpp>
#include <support/safetensors_bytes.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

const nlohmann::json plain_config{{"model_type", "llama"},  {"vocab_size", 13},       {"hidden_size", 8},
                                  {"intermediate_size", 4}, {"num_hidden_layers", 1}, {"num_attention_heads", 2}};

/// What a checkpoint with this in its config.json is refused with.
void check_config(const char* key, const nlohmann::json& settings, const std::vector<std::string>& parts) {
  const TemporaryDirectory folder;
  RandomCheckpoint checkpoint = RandomCheckpoint::make<Llama>(plain_config);
  checkpoint.config[key] = settings;
  checkpoint.write(folder.path());
  INFO(settings);
  std::vector<std::string> all{std::string("config.json: ") + key, "from which it was quantised"};
  all.insert(all.end(), parts.begin(), parts.end());
  expect_error<UnsupportedError>([&] { (void)load<>(folder.path()); }, all);
}

/// The same for tensors of such names and types, with nothing in config.json.
void check_tensors(const std::vector<std::pair<std::string, std::string>>& tensors,
                   const std::vector<std::string>& parts) {
  const TemporaryDirectory folder;
  write_json_file(folder / "config.json", plain_config);
  nlohmann::ordered_json header;
  std::size_t end = 0;
  for (const auto& [name, type] : tensors) {
    const std::size_t size = type == "I32" || type == "F32" ? 4 : 1, begin = end;
    header[name] = {{"dtype", type}, {"shape", {1}}, {"data_offsets", {begin, end += size}}};
  }
  write_file(folder / "model.safetensors", safetensors_bytes(header.dump(), std::string(end, '\0')));
  expect_error<UnsupportedError>([&] { (void)load<>(folder.path()); }, parts);
}

}  // namespace

TEST_CASE("quantised checkpoints are refused by what config.json says") {
  check_config("quantization_config", {{"quant_method", "gptq"}, {"bits", 4}, {"group_size", 128}}, {"GPTQ to 4 bits"});
  check_config("quantization_config", {{"quant_method", "awq"}, {"bits", 4}}, {"AWQ to 4 bits"});
  check_config("quantization_config", {{"quant_method", "bitsandbytes"}, {"load_in_4bit", true}},
               {"bitsandbytes to 4 bits"});
  check_config("quantization_config", {{"quant_method", "bitsandbytes"}, {"load_in_8bit", true}}, {"bitsandbytes"});
  check_config("quantization_config", {{"quant_method", "fp8"}, {"fmt", "e4m3"}}, {"quantised by fp8"});
  check_config("quantization_config", {{"quant_method", "compressed-tensors"}}, {"compressed-tensors"});
  check_config("quantization_config", nlohmann::json::object(), {"an unnamed method"});
  check_config("quantization", {{"group_size", 64}, {"bits", 4}}, {"MLX to 4 bits"});
}

TEST_CASE("quantised checkpoints are refused by what their tensors are") {
  const std::string q = "model.layers.0.self_attn.q_proj.";
  check_tensors({{q + "qweight", "I32"}, {q + "g_idx", "I32"}}, {q + "qweight", "by GPTQ."});
  check_tensors({{q + "qweight", "I32"}, {q + "qzeros", "I32"}}, {"by AWQ or GPTQ"});
  check_tensors({{q + "weight", "U8"}, {q + "weight.absmax", "F32"}}, {"by bitsandbytes"});
  check_tensors({{q + "weight", "I8"}, {q + "SCB", "F32"}}, {"by bitsandbytes"});
  check_tensors({{q + "weight_packed", "I32"}}, {"by compressed-tensors"});
  check_tensors({{q + "weight", "F8_E4M3"}}, {q + "weight", "fp8 (F8_E4M3)"});
  check_tensors({{q + "weight", "F8_E5M2"}}, {"fp8 (F8_E5M2)"});
  check_tensors({{q + "weight", "I8"}}, {"a method that stores I8"});
}

TEST_CASE("no quantisation is no reason to refuse a model") {
  const TemporaryDirectory folder;
  RandomCheckpoint checkpoint = RandomCheckpoint::make<Llama>(plain_config);
  checkpoint.config["quantization_config"] = nullptr;
  checkpoint.write(folder.path());
  CHECK_NOTHROW(load<>(folder.path()));
}
