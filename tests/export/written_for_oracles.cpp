// SPDX-License-Identifier: MIT
// Writes what the scripts tests/oracle/exports_*.py load with stock engines. Not one of the tests that run by
// themselves: MULTIPRUNER_EXPORTS=DIR test_export "[write-exports]"; with MULTIPRUNER_EXPORT_MODEL=MODEL of that model
// alone. Families besides Llama's, as GGUF files: test_export "[write-families]".

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/gguf_family_models.hpp>
#include <support/random_plan.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>
#include <support/window_logits.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/export/gguf_exporter.hpp>
#include <multipruner/export/hugging_face_deci.hpp>
#include <multipruner/export/hugging_face_hull.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/safetensors_writer.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// A window and our logits of it.
void write_logits(const ModelView& view, const std::filesystem::path& folder) {
  const std::vector<TokenId> tokens = window_tokens(view.config());
  write_json_file(folder / "tokens.json", nlohmann::json(tokens));
  const Matrix<float> logits = window_logits(view);
  write_safetensors(folder / "logits.safetensors",
                    std::vector<StoredTensor>{{.name = "logits",
                                               .shape = {logits.rows(), logits.columns()},
                                               .view = {logits.view().data, logits.rows(), logits.columns()}}});
}

/// GGUF files of one plan, in a sub-folder, and the logits.
void write_gguf_files(const ModelView& view, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  write_logits(view, folder);
  save_as(GgufExporter{.type = GgufType::f32}, view, folder / "gguf");
  GgufExporter{.type = GgufType::f32, .width_multiple = 256}.write_file(view, folder / "gguf/wide.gguf");
  GgufExporter{.type = GgufType::q8_0}.write_file(view, folder / "gguf/q8_0.gguf");
}

/// All formats of one plan, in sub-folders.
void write_all(const ModelView& view, const std::filesystem::path& folder) {
  write_gguf_files(view, folder);
  save_as(HuggingFaceHull{}, view, folder / "hf");
  save_as(HuggingFaceDeci{}, view, folder / "hf-deci");
  save_as(HuggingFaceDeci{.exact_widths = true}, view, folder / "hf-deci-exact");
}

}  // namespace

TEST_CASE("exports for oracles", "[.][write-exports]") {
  const char* const out = std::getenv("MULTIPRUNER_EXPORTS");
  REQUIRE(out != nullptr);
  std::vector<std::filesystem::path> models;
  for (const char* model :
       {"examples/models/stories-1.6M", "tests/data/arch/llama-gqa", "tests/data/arch/llama-mha",
        "tests/data/arch/llama-all-biases", "tests/data/arch/llama-head-dim", "tests/data/arch/llama-gqa-bf16-sharded",
        "tests/data/arch/llama-gqa-f16-sharded", "tests/data/arch/llama-gqa-tied-rope-llama3", "tests/data/arch/qwen2",
        "tests/data/arch/qwen2-untied"}) {
    models.push_back(source_path(model));
  }
  if (const char* const model = std::getenv("MULTIPRUNER_EXPORT_MODEL")) models = {model};
  for (const std::filesystem::path& model : models) {
    const Graph graph = load<>(model);
    const auto folder = [&](const std::string& plan) {
      return std::filesystem::path(out) / (model.filename().string() + "-" + plan);
    };
    for (unsigned seed = 0; seed < 10; ++seed) {
      CAPTURE(model, seed);
      write_all(ModelView(graph, random_plan(graph, seed)), folder(std::to_string(seed)));
    }
    write_all(ModelView(graph), folder("whole"));
  }
  SUCCEED();
}

TEST_CASE("families for oracles", "[.][write-families]") {
  const char* const out = std::getenv("MULTIPRUNER_EXPORTS");
  REQUIRE(out != nullptr);
  const auto folder = [&](const std::string& model, const char* plan) {
    return std::filesystem::path(out) / (model + "-" + plan);
  };
  const TemporaryDirectory directory;
  for (const GgufFamilyModel& model : gguf_family_models()) {
    CAPTURE(model.name);
    const std::filesystem::path dense = folder(model.name, "whole") / "model";
    model.write_steep(dense);
    const Graph graph = load<>(dense);
    for (const char* plan : {"whole", "narrow", "short"}) {
      write_gguf_files(ModelView(graph, model.plan(graph, plan)), folder(model.name, plan));
    }
    if (!model.architecture.starts_with("gemma")) continue;
    const std::filesystem::path gelu = directory / (model.name + "-gelu");
    model.write(gelu);
    const Graph with_gelu = load<>(gelu);
    write_gguf_files(ModelView(with_gelu), folder(model.name, "gelu"));
  }
  SUCCEED();
}
