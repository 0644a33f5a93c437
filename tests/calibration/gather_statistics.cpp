// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/eigen.hpp>
#include <support/expect_error.hpp>
#include <support/random_checkpoint.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/sequence_batch.hpp>
#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/calibration/gathered_statistics.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/forward/forward.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

constexpr StatisticsNeeds everything{{true, true}, {true, true}, true};

Graph small_model() {
  return load<Llama>(source_path("tests/data/arch/llama-gqa"));
}

TokenWindows some_windows(Index length, Index count) {
  std::vector<TokenId> tokens;
  for (Index i = 0; i < length * count; ++i) tokens.push_back(static_cast<TokenId>(i * i % 61));
  return {length, std::move(tokens)};
}

/// Keeps all it sees, in double.
struct Capture {
  std::map<std::pair<Index, Signal>, std::vector<std::vector<double>>> rows;
  void operator()(BlockId block, Signal signal, MatrixView<const float> seen) {
    for (Index row = 0; row < seen.rows; ++row) {
      rows[{block.position, signal}].emplace_back(seen.row(row), seen.row(row) + seen.columns);
    }
  }
};

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

void require_same(const SignalStatistics& a, const SignalStatistics& b) {
  REQUIRE(a.moments.has_value() == b.moments.has_value());
  REQUIRE(a.gram.has_value() == b.gram.has_value());
  if (a.moments) {
    REQUIRE(a.moments->mean() == b.moments->mean());
    REQUIRE(a.moments->squares() == b.moments->squares());
    REQUIRE(a.moments->deviations() == b.moments->deviations());
  }
  if (a.gram) REQUIRE(to_eigen(a.gram->matrix()) == to_eigen(b.gram->matrix()));
}

void require_same(const ModelStatistics& a, const ModelStatistics& b) {
  REQUIRE(a.num_blocks() == b.num_blocks());
  for (Index position = 0; position < a.num_blocks(); ++position) {
    const BlockStatistics &left = a.at({position}), &right = b.at({position});
    REQUIRE(left.inputs.size() == right.inputs.size());
    for (std::size_t i = 0; i < left.inputs.size(); ++i) require_same(left.inputs[i], right.inputs[i]);
    REQUIRE(left.similarity == right.similarity);
    REQUIRE(left.layer_similarity == right.layer_similarity);
  }
}

}  // namespace

TEST_CASE("windows of different lengths are gathered one by one, however many run together") {
  const Graph graph = small_model();
  const ModelView view(graph);
  const TokenWindows windows(some_windows(9, 4).tokens(), {0, 2, 13, 20, 36});
  Workspace workspace;
  const ModelStatistics expected = gather_statistics(view, windows, everything, workspace, {.rows_per_pass = 1});
  CHECK(expected.similarity({0}).windows == 4);
  CHECK(expected.similarity({0}).tokens == 36);
  for (const Index rows : {12, 18, 4096}) {
    require_same(gather_statistics(view, windows, everything, workspace, {.rows_per_pass = rows}), expected);
  }
}

TEST_CASE("a source gathers when it is asked, what it is asked for, and once") {
  const Graph graph = small_model();
  const TokenWindows windows = some_windows(9, 4);
  struct Passes final : ProgressSink {
    int count = 0;
    void begin(std::string_view, Index) override { ++count; }
  } passes;
  GatheredStatistics source(graph, windows, simd::Compute::float32, {}, passes);
  CHECK(passes.count == 0);
  constexpr StatisticsNeeds similarity{.similarity = true}, moments{.output_input = {.moments = true}};
  const double cosine = source.gather(similarity).similarity({0}).cosine;
  CHECK_THROWS_AS(source.gather(similarity).moments({0}, Signal::output_input, 64), OptionError);
  CHECK(passes.count == 1);
  const ModelStatistics& both = source.gather(moments);
  CHECK(passes.count == 2);
  CHECK(both.similarity({0}).cosine == cosine);
  CHECK_NOTHROW(both.moments({0}, Signal::output_input, graph.width(BlockId{0})));
  CHECK(&source.gather(similarity) == &both);
  CHECK(passes.count == 2);
  CHECK_THROWS_AS(no_statistics().gather(similarity), OptionError);
}

TEST_CASE("gathered statistics are those of the activations") {
  const Graph graph = small_model();
  const ModelView view(graph);
  const TokenWindows windows = some_windows(9, 4);
  Workspace workspace;
  const ModelStatistics statistics = gather_statistics(view, windows, everything, workspace);
  Capture capture;
  (void)forward(view, windows.tokens(), SequenceBatch(4, 9), workspace, capture);
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    const BlockId block{position};
    for (const Signal signal : {Signal::block_input, Signal::output_input}) {
      const auto& rows = capture.rows.at({position, signal});
      const auto columns = static_cast<Index>(rows.front().size());
      const ColumnMoments& moments = statistics.moments(block, signal, columns);
      const RowMajor gram = to_eigen(statistics.gram(block, signal, columns).matrix());
      CHECK(moments.count() == 36);
      for (Index i = 0; i < columns; ++i) {
        const auto at = static_cast<std::size_t>(i);
        double sum = 0, square = 0, cross = 0;
        for (const auto& row : rows) sum += row[at], square += row[at] * row[at], cross += row[at] * row[0];
        REQUIRE(moments.mean()[at] == Approx(sum / 36).epsilon(1e-12).margin(1e-12));
        REQUIRE(moments.squares()[at] == Approx(square).epsilon(1e-12));
        REQUIRE(gram(i, i) == Approx(square).epsilon(1e-6));
        REQUIRE(std::abs(gram(i, 0) - cross) <= 1e-6 * std::sqrt(square * gram(0, 0)));
      }
    }
    const auto &before = capture.rows.at({position, Signal::residual_in}),
               &after = capture.rows.at({position, Signal::residual_out});
    double cosine = 0;
    for (std::size_t row = 0; row < 36; ++row) {
      cosine += dot(before[row], after[row]) / std::sqrt(dot(before[row], before[row]) * dot(after[row], after[row]));
    }
    CHECK(statistics.similarity(block).cosine == Approx(cosine).epsilon(1e-12));
    CHECK(statistics.similarity(block).windows == 4);
  }
  const auto &before = capture.rows.at({2, Signal::residual_in}), &after = capture.rows.at({3, Signal::residual_out});
  double magnitude = 0;
  for (std::size_t row = 0; row < 36; ++row) {
    std::vector<double> change = after[row];
    for (std::size_t i = 0; i < change.size(); ++i) change[i] -= before[row][i];
    magnitude += std::sqrt(dot(change, change) / dot(after[row], after[row]));
  }
  CHECK(statistics.layer_similarity(1).magnitude == Approx(magnitude).epsilon(1e-12));
}

TEST_CASE("statistics have the same bits for all threads and parts") {
  const Graph graph = small_model();
  const ModelView view(graph);
  const TokenWindows windows = some_windows(7, 6);
  const auto gather = [&](int threads, Index rows_per_pass) {
    Workspace workspace;
    return ThreadArena(threads).execute(
        [&] { return gather_statistics(view, windows, everything, workspace, {.rows_per_pass = rows_per_pass}); });
  };
  const ModelStatistics expected = gather(1, 4096);
  for (const int threads : {2, 4}) require_same(gather(threads, 4096), expected);
  for (const Index rows : {1, 7, 14, 30}) require_same(gather(2, rows), expected);
}

TEST_CASE("only what is asked for is gathered") {
  const Graph graph = small_model();
  const ModelView view(graph);
  const BlockId mlp = mlp_of(1);
  const StatisticsNeeds needs{.output_input = {.gram = true}};
  const StatisticsOptions only_mlp{.blocks = {mlp}};
  Workspace workspace;
  const ModelStatistics statistics = gather_statistics(view, some_windows(8, 2), needs, workspace, only_mlp);
  const Index width = graph.width(mlp);
  CHECK(statistics.gram(mlp, Signal::output_input, width).count() == 16);
  CHECK(statistics_bytes(view, needs, only_mlp) == width * width * 8);
  expect_error<OptionError>([&] { (void)statistics.moments(mlp, Signal::output_input, width); },
                            {"layer 1 mlp", "moments of output_input was not gathered"});
  expect_error<OptionError>([&] { (void)statistics.gram(mlp_of(0), Signal::output_input, width); },
                            {"layer 0 mlp", "not gathered"});
  expect_error<OptionError>([&] { (void)statistics.gram(mlp, Signal::output_input, width + 1); },
                            {"layer 1 mlp", std::to_string(width) + " columns there"});
  expect_error<OptionError>([&] { (void)statistics.similarity(mlp); }, {"before and after this block"});
  expect_error<OptionError>([&] { (void)statistics.at({99}); }, {"block 99", "8 blocks"});
}

TEST_CASE("statistics of a pruned view are of what is left") {
  const Graph graph = small_model();
  Plan plan(graph);
  plan.remove(attention_of(0));
  plan.remove(mlp_of(1));
  plan.set_width(mlp_of(0), 5);
  const ModelView view(graph, plan);
  Workspace workspace;
  const ModelStatistics statistics = gather_statistics(view, some_windows(8, 2), everything, workspace);
  CHECK(statistics.moments(mlp_of(0), Signal::output_input, 5).count() == 16);
  // A layer of one block is that block.
  CHECK(statistics.layer_similarity(0) == statistics.similarity(mlp_of(0)));
  CHECK(statistics.layer_similarity(1) == statistics.similarity(attention_of(1)));
  expect_error<OptionError>([&] { (void)statistics.similarity(mlp_of(1)); }, {"layer 1 mlp"});
  expect_error<OptionError>(
      [&] { (void)gather_statistics(view, some_windows(8, 2), everything, workspace, {.blocks = {mlp_of(1)}}); },
      {"no layer 1 mlp"});
}

TEST_CASE("activations that are not finite are refused by the name of the block") {
  const nlohmann::json config = read_json_file(source_path("tests/data/arch/llama-gqa/config.json"));
  RandomCheckpoint checkpoint = RandomCheckpoint::make<Llama>(config);
  checkpoint.at("model.layers.1.mlp.up_proj.weight").values[0] = std::nanf("");
  const TemporaryDirectory folder;
  checkpoint.write(folder.path());
  const Graph graph = load<Llama>(folder.path());
  Workspace workspace;
  expect_error<DataError>([&] { (void)gather_statistics(ModelView(graph), some_windows(8, 1), everything, workspace); },
                          {"layer 1 mlp", "not finite"});
}

TEST_CASE("statistics are of possible sizes, blocks and whole windows") {
  constexpr Index far = Index{1} << 40;
  const auto refused = [](auto&& action, const char* part) { test::expect_error<OptionError>(action, {part}); };
  for (const Index size : {Index{-1}, far, Index{1} << 62}) {
    refused([&] { Gram{size}; }, "Gram matrix");
  }
  refused([] { ColumnMoments(Index{-1}); }, "column moments");
  refused([] { ColumnMoments(Index{1} << 62); }, "column moments");
  test::expect_error<DataError>([] { ColumnMoments(-1, {}, {}, {}); }, {"column moments"});
  test::expect_error<DataError>([] { Gram(-1, zero_matrix(2, 2)); }, {"Gram matrix"});
  ModelStatistics statistics({}, small_model().config().blocks);
  for (const Index position : {Index{-1}, Index{8}, far, std::numeric_limits<Index>::max()}) {
    refused([&] { (void)statistics.at({position}); }, "statistics");
    refused([&] { (void)statistics.layer_similarity(position); }, "statistics");
  }
  refused([&] { (void)statistics.at({}).of(Signal::residual_in); }, "residual_in");
  refused([&] { (void)statistics.at({}).of(input_signal(2)); }, "statistics");
  const std::vector<float> memory(12);
  refused([&] { ColumnMoments(4).add({memory.data(), 3, 4, 3}); }, "overlap");
  refused([&] { Gram(4).add({nullptr, 3, 4}); }, "no memory");
}
