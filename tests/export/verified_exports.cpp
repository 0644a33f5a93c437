// SPDX-License-Identifier: MIT
// Exports are, byte for byte, those that transformers and llama.cpp have loaded, with the logits that are ours. Where a
// change is meant to change them, run tests/oracle/exports_*.py on the new ones.

#include <string>

#include <catch2/catch.hpp>
#include <support/gguf_family_models.hpp>
#include <support/random_plan.hpp>
#include <support/reference_data.hpp>
#include <support/sha256.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/export/gguf_exporter.hpp>
#include <multipruner/export/hugging_face_deci.hpp>
#include <multipruner/export/hugging_face_hull.hpp>
#include <multipruner/io/json_file.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// The folder of a model; of a family besides Llama's, it is made.
std::filesystem::path model_folder(const std::string& model, const std::filesystem::path& made) {
  if (const auto family = find_family_model(model)) {
    family->write_steep(made);
    return made;
  }
  return source_path(model == "stories-1.6M" ? "examples/models/stories-1.6M" : "tests/data/arch/" + model);
}

/// The plan that a name stands for: a seed, or one of those of the model of a family.
Plan named_plan(const std::string& plan, const std::string& model, const Graph& graph) {
  if (const auto family = find_family_model(model)) return family->plan(graph, plan);
  return plan == "whole" ? Plan(graph) : random_plan(graph, static_cast<unsigned>(std::stoi(plan)));
}

void write(const std::string& format, const ModelView& view, const std::filesystem::path& folder) {
  const WriteObserver ignored = [](const WeightView&, Index) {};
  std::filesystem::create_directory(folder);
  if (format == "hf") HuggingFaceHull{}.write(view, {}, folder, ignored);
  if (format == "hf-deci") HuggingFaceDeci{}.write(view, {}, folder, ignored);
  if (format == "hf-deci-exact") HuggingFaceDeci{.exact_widths = true}.write(view, {}, folder, ignored);
  if (format == "gguf") GgufExporter{.type = GgufType::f32}.write(view, {}, folder, ignored);
}

}  // namespace

TEST_CASE("exports are those that stock engines have agreed with") {
  const nlohmann::json verified = read_json_file(source_path("tests/data/exports/verified.json"));
  REQUIRE(verified.size() > 130);
  for (const auto& [name, files] : verified.items()) {
    CAPTURE(name);
    const std::size_t slash = name.find('/'), dash = name.rfind('-', slash);
    const std::string model = name.substr(0, dash);
    const TemporaryDirectory directory;
    const Graph graph = load<>(model_folder(model, directory / "model"));
    const ModelView view(graph, named_plan(name.substr(dash + 1, slash - dash - 1), model, graph));
    write(name.substr(slash + 1), view, directory / "export");
    for (const auto& [file, hash] : files.items()) {
      CAPTURE(file);
      CHECK(sha256(read_file(directory / "export" / file)) == hash.get<std::string>());
    }
  }
}
