// SPDX-License-Identifier: MIT
#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/random_checkpoint.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/plan/extract.hpp>
#include <multipruner/policy/sparsify.hpp>
#include <multipruner/sparsity/mask_and_compensate.hpp>
#include <multipruner/sparsity/mrp.hpp>
#include <multipruner/sparsity/sparse_gpt.hpp>
#include <multipruner/sparsity/sparsity.hpp>
#include <multipruner/sparsity/wanda_mask.hpp>

using namespace multipruner;
using namespace multipruner::test;

// Those that share a Hessian between linears with the same inputs.
static_assert(HessianPruner<SparseGpt> && HessianPruner<Mrp>);
static_assert(HessianPruner<MaskAndCompensate<SingleRemoval, GlobalCompensation>>);
static_assert(!HessianPruner<WandaMask>);

namespace {

Graph model(const char* name = "llama-gqa") {
  return load<>(source_path(std::string("tests/data/arch/") + name));
}

/// More tokens than any linear of the small models has inputs.
TokenWindows some_windows(Index length = 12, Index count = 9) {
  std::vector<TokenId> tokens;
  for (Index i = 0; i < length * count; ++i) tokens.push_back(static_cast<TokenId>((i * i + i / 7) % 61));
  return {length, std::move(tokens)};
}

bool same_bits(const WeightView& a, const WeightView& b) {
  if (a.dtype != b.dtype || a.rows != b.rows || a.columns != b.columns || !a != !b) return false;
  for (Index row = 0; row < a.rows; ++row) {
    const auto left = a.row_range(row, 1).memory(), right = b.row_range(row, 1).memory();
    if (!std::equal(left.begin(), left.end(), right.begin(), right.end())) return false;
  }
  return true;
}

bool same_bits(const Graph& a, const Graph& b) {
  std::vector<WeightView> left, right;
  for_each_tensor(a, [&](TensorRole, Index, const WeightView& weight) { left.push_back(weight); });
  for_each_tensor(b, [&](TensorRole, Index, const WeightView& weight) { right.push_back(weight); });
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](const WeightView& x, const WeightView& y) { return same_bits(x, y); });
}

/// A matrix of a block, by the table of its kind.
bool is_linear(const TensorPlace& place) {
  return place.block.position >= 0 && place.slot->is_matrix();
}

const WeightView& weight_of(const Graph& graph, TensorRole role, Index layer) {
  static const WeightView none;
  const WeightView* found = &none;
  for_each_tensor(graph, [&](TensorRole tensor, Index index, const WeightView& weight) {
    if (tensor == role && index == layer) found = &weight;
  });
  return *found;
}

template <class Pruner>
void check_pattern(const Graph& graph, const Pruner& pruner, const SparsityPattern& pattern) {
  const SparsifyResult result = sparsify(ModelView(graph), some_windows(), pruner);
  std::size_t next = 0;
  for_each_place(result.graph, [&](const TensorPlace& place, const WeightView& weight) {
    const WeightView& before = weight_of(graph, place.role, place.layer);
    if (!is_linear(place)) {
      CHECK(weight.data == before.data);
      return;
    }
    CHECK(weight.dtype == before.dtype);
    CHECK(satisfies(weight, pattern));
    const SparsifiedLinear& linear = result.linears.at(next++);
    CHECK(linear.role == place.role);
    CHECK(linear.layer == place.layer);
    CHECK(linear.name == graph.origin().tensor_name(place.role, place.layer));
    CHECK(linear.weights == weight.size());
    CHECK(linear.sparsity() == Approx(50).margin(1e-9));
    CHECK(linear.sparsity() == sparsity(weight));
    CHECK(linear.relative_loss() > 0);
    CHECK(linear.relative_loss() < 0.7);
    CHECK(linear.zeroed_rows == 0);
  });
  CHECK(next == result.linears.size());
}

/// The same by what is public: statistics of the whole model as it is, one block after the other.
template <class Pruner>
Graph pruned_naively(const ModelView& view, const TokenWindows& windows, const Pruner& pruner) {
  auto store = std::make_shared<DerivedWeights>(view.graph().storage());
  Weights weights = view.weights();
  const auto graph = [&] { return Graph(view.config(), weights, store, view.graph().origin()); };
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    const BlockId block{position};
    const Graph before = graph();
    if (before.width(block) == 0) continue;
    Workspace workspace;
    const ModelStatistics statistics =
        gather_statistics(ModelView(before), windows, {{.gram = true}, {.gram = true}}, workspace, {.blocks = {block}});
    const std::span<const Slot> slots = before.spec(block).kind().slots;
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (!slots[i].is_matrix()) continue;
      const TensorRole role = slots[i].role;
      WeightView& weight = weights[block][i];
      const bool last = role == TensorRole("o_proj") || role == TensorRole("down_proj");
      const Gram& gram = statistics.gram(block, last ? Signal::output_input : Signal::block_input, weight.columns);
      const WeightMatrix matrix = to_weight_matrix(weight);
      const PrunedWeights pruned =
          pruner({.name = "naive", .weights = matrix.view(), .gram = gram.matrix(), .sequences = windows.count()});
      weight = detail::store_finite_weights(store->copies, pruned.weights.view(), weight.dtype, "naive");
    }
  }
  return graph();
}

/// Counts what is reported, and may give up.
struct CountingSink final : ProgressSink {
  void begin(std::string_view, Index units) override { total = units; }
  void advance(Index units) override {
    if (units == give_up_at) throw std::runtime_error("given up");
    REQUIRE(units == done + 1);
    done = units;
  }
  void end() noexcept override { ended = true; }
  Index total = 0, done = 0, give_up_at = -1;
  bool ended = false;
};

}  // namespace

TEST_CASE("sparsify leaves exactly the pattern in all linears, and shares everything else") {
  const NOfM two_of_four{2, 4};
  const char* const name = GENERATE("llama-gqa", "qwen2", "llama-gqa-bf16-sharded", "llama-gqa-f16-sharded");
  const Graph graph = model(name);
  check_pattern(graph, WandaMask{Unstructured{50}}, Unstructured{50});
  check_pattern(graph, SparseGpt{Unstructured{50}}, Unstructured{50});
  check_pattern(graph, WandaMask{two_of_four}, two_of_four);
  check_pattern(graph, SparseGpt{two_of_four}, two_of_four);
  check_pattern(graph, Mrp{}, Unstructured{50});
  check_pattern(graph, Mrp{.criterion = MultipleRemoval{two_of_four}, .compensation = GlobalCompensation{}},
                two_of_four);
}

TEST_CASE("sparsify prunes every block on what comes out of the pruned ones before it") {
  const Graph graph = model();
  const TokenWindows windows = some_windows();
  const auto check = [&](const auto& pruner) {
    const Graph expected = pruned_naively(ModelView(graph), windows, pruner);
    CHECK(same_bits(sparsify(ModelView(graph), windows, pruner).graph, expected));
  };
  check(WandaMask{});
  check(SparseGpt{});
  check(Mrp{.criterion = MultipleRemoval{{2, 4}}});

  // Statistics of the dense model would give something else: the test can tell.
  Workspace workspace;
  const BlockId last = mlp_of(graph.config().num_hidden_layers - 1);
  const ModelStatistics dense =
      gather_statistics(ModelView(graph), windows, {{.gram = true}, {}}, workspace, {.blocks = {last}});
  const WeightView& gate = tensor_of(graph, last, GatedMlp::gate_proj);
  const WeightMatrix weights = to_weight_matrix(gate);
  const MatrixView<const double> gram = dense.gram(last, Signal::block_input, gate.columns).matrix();
  const PrunedWeights pruned = SparseGpt{}({"gate", weights.view(), gram, windows.count()});
  WeightStore store;
  const Graph sparse = sparsify(ModelView(graph), windows, SparseGpt{}).graph;
  CHECK_FALSE(same_bits(detail::store_finite_weights(store, pruned.weights.view(), gate.dtype, "gate"),
                        tensor_of(sparse, last, GatedMlp::gate_proj)));
}

TEST_CASE("sparsify has the same bits for all threads and parts") {
  const Graph graph = model("llama-gqa-bf16-sharded");
  const TokenWindows windows = some_windows();
  const auto run = [&](int threads, Index rows_per_pass) {
    return ThreadArena(threads).execute(
        [&] { return sparsify(ModelView(graph), windows, Mrp{}, {.rows_per_pass = rows_per_pass}); });
  };
  const SparsifyResult expected = run(1, 4096);
  const auto check = [&](const SparsifyResult& result) {
    CHECK(same_bits(result.graph, expected.graph));
    for (std::size_t i = 0; i < expected.linears.size(); ++i) {
      REQUIRE(result.linears.at(i).output_loss == expected.linears[i].output_loss);
    }
  };
  for (const int threads : {2, 4}) check(run(threads, 4096));
  for (const Index rows : {1, 12, 25, 40}) check(run(2, rows));
}

TEST_CASE("making up for removed weights is not worse than only removing them") {
  const Graph graph = model();
  const TokenWindows windows = some_windows();
  const auto losses = [&](const auto& pruner) { return sparsify(ModelView(graph), windows, pruner).linears; };
  // A pruner of one's own: the mask of MRP, and nothing that makes up for it.
  const auto only_remove = [](const LinearProblem& problem) {
    PrunedWeights result = Mrp{}(problem);
    result.weights = copied(problem.weights);
    remove_masked(result.weights.view(), result.mask);
    return result;
  };
  const auto removed = losses(only_remove), blocked = losses(Mrp{}),
             global = losses(Mrp{.compensation = GlobalCompensation{}});
  // The first block has the same inputs in all runs.
  for (std::size_t i = 0; i < 3; ++i) {
    INFO(removed[i].name);
    CHECK(blocked[i].output_loss < removed[i].output_loss);
    CHECK(global[i].output_loss <= blocked[i].output_loss * (1 + 1e-3));
    CHECK(global[i].damping.relative == 0.01);
  }
}

TEST_CASE("sparsify takes models that are pruned already, as views and as graphs") {
  const Graph graph = model();
  Plan plan(graph);
  plan.remove(attention_of(2));
  plan.remove(mlp_of(0));
  plan.set_width(mlp_of(1), 40);
  plan.set_width(attention_of(1), 32);
  const ModelView view(graph, plan);
  const Graph small = extract(view);
  const TokenWindows windows = some_windows();
  const SparseGpt pruner{NOfM{2, 4}};
  const SparsifyResult of_view = sparsify(view, windows, pruner);
  CHECK(of_view.linears.size() == 4 * 7 - 4 - 3);
  CHECK(Plan(of_view.graph) == plan);
  CHECK(same_bits(of_view.graph, sparsify(ModelView(small), windows, pruner).graph));
  CHECK(same_bits(of_view.graph, pruned_naively(view, windows, pruner)));
}

TEST_CASE("linears that are skipped stay as they are") {
  const Graph graph = model();
  const TokenWindows windows = some_windows();
  const auto skip = [](TensorRole role, Index layer) { return role == TensorRole("o_proj") || layer == 1; };
  const SparsifyResult result = sparsify(ModelView(graph), windows, WandaMask{}, {.skip = skip});
  CHECK(result.linears.size() == 3 * 6);
  for_each_place(result.graph, [&](const TensorPlace& place, const WeightView& weight) {
    const bool shared = weight.data == weight_of(graph, place.role, place.layer).data;
    CHECK(shared == (!is_linear(place) || skip(place.role, place.layer)));
  });
  const auto everything = [](TensorRole, Index) { return true; };
  CHECK(sparsify(ModelView(graph), windows, WandaMask{}, {.skip = everything}).linears.empty());
}

TEST_CASE("a sparse model lives without the dense one, and can be saved") {
  std::optional<Graph> graph = model("llama-gqa-bf16-sharded");
  const SparsifyResult result = sparsify(ModelView(*graph), some_windows(), WandaMask{NOfM{2, 4}});
  graph.reset();
  const TemporaryDirectory folder;
  save(result.graph, folder / "sparse");
  CHECK(same_bits(load<>(folder / "sparse"), result.graph));
}

TEST_CASE("sparsify reports its progress, and can be given up") {
  const Graph graph = model();
  CountingSink sink;
  (void)sparsify(ModelView(graph), some_windows(), WandaMask{}, {.rows_per_pass = 36}, sink);
  CHECK(sink.total == 8 * 2 * 3 + 4 * 7);
  CHECK(sink.done == sink.total);
  CHECK(sink.ended);
  CountingSink impatient;
  impatient.give_up_at = 20;
  CHECK_THROWS_WITH(sparsify(ModelView(graph), some_windows(), WandaMask{}, {}, impatient), "given up");
  CHECK(impatient.ended);
}

TEST_CASE("what cannot be sparsified is refused by name") {
  const Graph graph = model();
  const ModelView view(graph);
  expect_error<DataError>([&] { (void)sparsify(view, TokenWindows{}, WandaMask{}); }, {"windows of tokens"});
  std::vector<TokenId> tokens = some_windows().tokens();
  tokens[17] = 160;
  const TokenWindows stray(12, std::move(tokens));
  expect_error<DataError>([&] { (void)sparsify(view, stray, WandaMask{}); }, {"token id 160"});
  expect_error<OptionError>(
      [&] {
        (void)sparsify(view, some_windows(), WandaMask{NOfM{1, 3}});
      },
      {"1:3", "64 columns"});

  const Graph half = model("llama-gqa-f16-sharded");
  const auto too_large = [](const LinearProblem& problem) {
    PrunedWeights result = WandaMask{}(problem);
    *result.weights.view().data = 1e6;
    return result;
  };
  expect_error<DataError>([&] { (void)sparsify(ModelView(half), some_windows(), too_large); },
                          {"layers.0.self_attn.q_proj.weight", "too large for float16"});

  RandomCheckpoint checkpoint =
      RandomCheckpoint::make<Llama>(read_json_file(source_path("tests/data/arch/llama-gqa/config.json")));
  checkpoint.at("model.layers.1.mlp.up_proj.weight").values[3] = std::nanf("");
  const TemporaryDirectory folder;
  checkpoint.write(folder.path());
  const Graph broken = load<>(folder.path());
  expect_error<DataError>([&] { (void)sparsify(ModelView(broken), some_windows(), WandaMask{}); },
                          {"layer 1 mlp", "not finite"});
}
