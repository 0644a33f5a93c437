// SPDX-License-Identifier: MIT
#include <algorithm>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/golden_model.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/export/save.hpp>
#include <multipruner/importance/l1.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/config_conversion.hpp>
#include <multipruner/plan/extract.hpp>
#include <multipruner/plan/parameter_count.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

bool same_bits(const Matrix<float>& a, const Matrix<float>& b) {
  return a.rows() == b.rows() && a.columns() == b.columns() &&
         std::equal(a.view().data, a.view().data + a.rows() * a.columns(), b.view().data);
}

/// One golden case of pruning: a model, a plan, and the logits of the pruned model.
struct PrunedCase {
  PrunedCase(const std::string& model, const std::string& name)
      : folder(source_path("tests/data/pruned/" + model + "/" + name)),
        dense(load<Llama, Qwen2>(source_path("tests/data/arch/" + model))),
        graph(name == "all-reordered" ? reorder(dense, order_units<L1>(dense)) : dense),
        view(graph, to_plan(graph.config(),
                            read_pruning_config(folder / "pruning_config.json", graph.config().num_hidden_layers))),
        run(read_golden(folder / "golden.safetensors")),
        expected(read_json_file(folder / "golden.json")) {}

  std::filesystem::path folder;
  Graph dense, graph;
  ModelView view;
  GoldenRun run;
  nlohmann::json expected;
};

}  // namespace

TEST_CASE("views, extracted models and saved models compute what the oracle's masked models compute") {
  const std::string model = GENERATE("llama-gqa", "qwen2");
  const std::string name = GENERATE("blocks", "mlp-width", "kv-group", "all", "all-reordered");
  CAPTURE(model, name);
  const PrunedCase test_case(model, name);
  const ModelView& view = test_case.view;

  const Matrix<float> logits = run_logits(view, test_case.run);
  CHECK(relative_difference(logits.view(), test_case.run.logits) < 1e-5);
  CHECK(count_parameters(view.config()) == test_case.expected["total_params"].get<Index>());
  CHECK(count_parameters(view.config(), view.plan()) == test_case.expected["pruned_params"].get<Index>());
  CHECK(pruning_ratio(view.config(), view.plan()) == test_case.expected["ratio"].get<double>());
  CHECK(count_loaded_parameters(view.config(), view.plan()) ==
        test_case.expected["params_after_reload_without_norms_of_removed_blocks"].get<Index>());

  const Graph extracted = extract(view);
  CHECK(same_bits(run_logits(ModelView(extracted), test_case.run), logits));

  const TemporaryDirectory folder;
  save(view, folder.path() / "pruned");
  const Graph loaded = load<>(folder.path() / "pruned");
  CHECK(Plan(loaded) == view.plan());
  CHECK(same_bits(run_logits(ModelView(loaded), test_case.run), logits));
}

TEST_CASE("a saved checkpoint holds the tensors that the reference's extraction holds") {
  const PrunedCase test_case("qwen2", "all-reordered");
  const TemporaryDirectory folder;
  save(test_case.view, folder.path() / "pruned");
  const SafetensorsFile ours(folder.path() / "pruned/model.safetensors");
  const SafetensorsFile reference(test_case.folder / "extracted.safetensors");
  CHECK(ours.tensors().size() == reference.tensors().size());
  for (const TensorInfo& tensor : reference.tensors()) {
    CAPTURE(tensor.name);
    REQUIRE(ours.find(tensor.name) != nullptr);
    CHECK(ours.get(tensor.name).shape == tensor.shape);
    CHECK(std::ranges::equal(ours.bytes(tensor.name), reference.bytes(tensor.name)));
  }
}

TEST_CASE("the order of removals and the history of a model survive saving and loading") {
  const Graph dense = load<>(source_path("tests/data/arch/llama-gqa"));
  const std::vector<BlockId> order{attention_of(3), mlp_of(2), attention_of(1), mlp_of(0)};
  Plan plan(dense);
  for (const BlockId block : order) plan.remove(block);

  const TemporaryDirectory folder;
  save(ModelView(dense, plan), folder.path() / "once/", {.removal_order = order, .reordering = "l1"});
  const Graph loaded = load<>(folder.path() / "once/");
  CHECK(loaded.origin().removal_order ==
        std::vector{attention_of(3), attention_of(1), mlp_of(2), mlp_of(0)});  // the file does not tell more
  CHECK(Plan(loaded) == plan);
  CHECK(loaded.origin().name() == "once");

  Plan further(loaded);
  further.remove(attention_of(2));
  save(ModelView(loaded, further), folder.path() / "twice");
  const auto pruning = read_pruning_config(folder.path() / "twice/pruning_config.json", 4);
  CHECK(pruning.removed_of("attn") == std::vector<Index>{3, 1, 2});
  CHECK(pruning.removed_of("mlp") == std::vector<Index>{2, 0});
  const nlohmann::json metadata = read_json_file(folder.path() / "twice/multipruner.json");
  CHECK(metadata["source"] == "once");
  CHECK(metadata["previous"][0]["source"] == "llama-gqa");
  CHECK(metadata["previous"][0]["reordering"] == "l1");
  CHECK(metadata["parameters"]["dense"] == count_parameters(dense.config()));
}

TEST_CASE("saving never leaves half a model") {
  const PrunedCase test_case("qwen2", "all");
  const TemporaryDirectory folder;
  const auto target = folder.path() / "pruned";
  save(test_case.view, target);
  CHECK_THROWS_AS(save(test_case.view, target), OutputError);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  save(test_case.view, target, {.overwrite = true});
  CHECK(load<Qwen2>(target).config().num_hidden_layers == 4);

  const Graph homeless(test_case.dense.config(), test_case.dense.weights());
  CHECK_THROWS_AS(save(homeless, folder.path() / "other"), OptionError);
  CHECK_FALSE(std::filesystem::exists(folder.path() / "other"));
}
