// SPDX-License-Identifier: MIT
// Models of every family are pruned, saved and loaded again: what is read back computes the same bits.

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/random_checkpoint.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/alibi_slopes.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/io/checkpoint.hpp>
#include <multipruner/plan/extract.hpp>
#include <multipruner/plan/parameter_count.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Folders with a model of every family; those of Baichuan are random, because transformers does not have it.
struct Models {
  TemporaryDirectory directory;
  std::vector<std::filesystem::path> folders;

  Models() {
    for (const auto& entry : std::filesystem::directory_iterator(source_path("tests/data/families"))) {
      if (entry.is_directory()) folders.push_back(entry.path());
    }
    add_baichuan("baichuan-rotary", {{"max_position_embeddings", 64}});
    add_baichuan("baichuan-alibi", {{"model_max_length", 64}});
    std::ranges::sort(folders);
  }

 private:
  void add_baichuan(const std::string& name, const nlohmann::json& more) {
    nlohmann::json config{{"model_type", "baichuan"}, {"vocab_size", 48},       {"hidden_size", 20},
                          {"intermediate_size", 24},  {"num_hidden_layers", 3}, {"num_attention_heads", 5}};
    config.update(more);
    folders.push_back(directory.path() / name);
    RandomCheckpoint::make<Baichuan>(config).write(folders.back());
  }
};

Matrix<float> logits_of(const ModelView& view) {
  std::vector<TokenId> tokens;
  for (Index i = 0; i < 32; ++i) tokens.push_back(static_cast<TokenId>(i * i * 5 % view.config().vocab_size));
  Workspace workspace;
  const Matrix<float> stream = forward(view, tokens, {1, 32}, workspace);
  Matrix<float> logits(32, view.config().vocab_size);
  compute_logits(view.graph(), stream.view(), logits.view(), workspace);
  return logits;
}

Matrix<float> logits_of(const Graph& graph) {
  return logits_of(ModelView(graph));
}

bool same_bits(const Matrix<float>& a, const Matrix<float>& b) {
  return std::equal(a.view().data, a.view().data + a.rows() * a.columns(), b.view().data);
}

/// All units in an order that puts every one somewhere else.
UnitOrder rotated(const Graph& graph) {
  UnitOrder order(static_cast<std::size_t>(graph.num_blocks()));
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    std::vector<Index>& units = order[static_cast<std::size_t>(position)][0];
    units.resize(static_cast<std::size_t>(graph.num_units(BlockId{position})));
    std::iota(units.begin(), units.end(), Index{0});
    std::rotate(units.begin(), units.begin() + static_cast<Index>(units.size()) / 2, units.end());
  }
  return order;
}

/// Something of everything goes: a block of each kind, heads and channels of others.
Plan some_plan(const Graph& graph) {
  Plan plan(graph);
  plan.remove({1});
  plan.remove({2});
  for (const Index position : {0, 3, 4, 5}) {
    const BlockAxis axis{BlockId{position}};
    const Index units = graph.num_units(axis), gone = std::min<Index>(units - 1, 1 + units / 4);
    plan.set_width(axis, (units - gone) * graph.unit_width(axis));
  }
  return plan;
}

}  // namespace

TEST_CASE("models of every family are pruned, saved and loaded again, and compute the same bits") {
  const Models models;
  for (const std::filesystem::path& folder : models.folders) {
    DYNAMIC_SECTION(folder.filename().string()) {
      const Graph dense = load<>(folder);
      const Graph graph = reorder(dense, rotated(dense));
      const Matrix<float> of_dense = logits_of(dense), of_reordered = logits_of(graph);
      for (Index i = 0; i < of_dense.rows() * of_dense.columns(); ++i) {
        REQUIRE(std::abs(of_dense.view().data[i] - of_reordered.view().data[i]) < 1e-4f);
      }

      const ModelView view(graph, some_plan(graph));
      const Matrix<float> expected = logits_of(view);
      CHECK_FALSE(same_bits(expected, of_reordered));
      CHECK(same_bits(logits_of(extract(view)), expected));
      save(view, models.directory.path() / "pruned");
      const Graph loaded = load<>(models.directory.path() / "pruned");
      CHECK(same_bits(logits_of(loaded), expected));
      CHECK(Plan(loaded) == view.plan());
      CHECK(count_parameters(loaded.config(), Plan(loaded)) == count_parameters(graph.config(), view.plan()));

      save(graph, models.directory.path() / "reordered");
      CHECK(same_bits(logits_of(load<>(models.directory.path() / "reordered")), of_reordered));
    }
  }
}

TEST_CASE("slopes of ALiBi stay with their heads and are no parameters") {
  const Models models;
  const Graph dense = load<>(models.directory.path() / "baichuan-alibi");
  const auto slopes_of = [](const Graph& graph) {
    const WeightView& slopes = graph.tensors(BlockId{0})[Attention::slopes];
    const auto* const values = static_cast<const float*>(slopes.data);
    return std::vector<float>(values, values + slopes.columns);
  };
  const std::vector<float> all = alibi_slopes(5);
  CHECK(slopes_of(dense) == all);
  const Graph graph = reorder(dense, rotated(dense));  // 2 3 4 0 1
  Plan plan(graph);
  plan.set_width({BlockId{0}}, 3 * 4);
  CHECK(count_parameters(dense.config()) == 2 * 48 * 20 + 20 + 3 * (2 * 20 + 4 * 20 * 20 + 3 * 20 * 24));
  save(ModelView(graph, plan), models.directory.path() / "pruned");
  CHECK(slopes_of(load<>(models.directory.path() / "pruned")) == std::vector<float>{all[2], all[3], all[4]});

  // Heads that were never moved have no need of a tensor: the paper's own extraction does not write one.
  const Checkpoint original(models.directory.path() / "baichuan-alibi");
  CHECK(original.info("model.layers.0.self_attn.alibi_slopes") == nullptr);
}
