// SPDX-License-Identifier: MIT
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/eigen.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/calibration/statistics_file.hpp>
#include <multipruner/io/checkpoint_writer.hpp>
#include <multipruner/io/double_tensors.hpp>
#include <multipruner/io/safetensors.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

const TokenWindows windows{6, {1, 5, 3, 2, 7, 1, 9, 9, 4, 3, 0, 2}};

}  // namespace

TEST_CASE("statistics come back from their file") {
  const TemporaryDirectory folder;
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const ModelView view(graph);
  Workspace workspace;
  const StatisticsNeeds needs{.block_input = {.moments = true}, .output_input = {true, true}, .similarity = true};
  const ModelStatistics saved = gather_statistics(view, windows, needs, workspace);
  save_statistics(folder / "statistics", saved);
  const ModelStatistics loaded = load_statistics(folder / "statistics", view, windows);
  CHECK(loaded.origin() == saved.origin());
  REQUIRE(loaded.num_blocks() == 8);
  REQUIRE(saved.num_blocks() == 8);
  for (Index position = 0; position < saved.num_blocks(); ++position) {
    const BlockStatistics &a = saved.at({position}), &b = loaded.at({position});
    const SignalStatistics &in_a = a.of(Signal::block_input), &in_b = b.of(Signal::block_input);
    const SignalStatistics &out_a = a.of(Signal::output_input), &out_b = b.of(Signal::output_input);
    CHECK(in_a.moments->squares() == in_b.moments->squares());
    CHECK_FALSE(in_b.gram);
    CHECK(out_a.moments->count() == out_b.moments->count());
    CHECK(out_a.moments->mean() == out_b.moments->mean());
    CHECK(out_a.moments->deviations() == out_b.moments->deviations());
    CHECK(out_a.gram->count() == out_b.gram->count());
    CHECK(to_eigen(out_a.gram->matrix()) == to_eigen(out_b.gram->matrix()));
    CHECK(a.similarity == b.similarity);
    CHECK(a.layer_similarity == b.layer_similarity);
  }
}

TEST_CASE("last tokens of layers are not in a file") {
  const TemporaryDirectory folder;
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const ModelView view(graph);
  Workspace workspace;
  const ModelStatistics saved = gather_statistics(view, windows, {.similarity = true, .last_tokens = true}, workspace);
  CHECK(saved.last_tokens(3).behind().rows == 2);
  save_statistics(folder / "statistics", saved);
  const ModelStatistics loaded = load_statistics(folder / "statistics", view, windows);
  CHECK(loaded.layer_similarity(3) == saved.layer_similarity(3));
  expect_error<OptionError>([&] { (void)loaded.last_tokens(3); }, {"layer 3", "not gathered"});
}

TEST_CASE("statistics of something else are refused by name") {
  const TemporaryDirectory folder;
  const auto path = folder / "statistics";
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const ModelView view(graph);
  Workspace workspace;
  save_statistics(path, gather_statistics(view, windows, {.similarity = true}, workspace));

  const Graph other = load<Qwen2>(source_path("tests/data/arch/qwen2"));
  expect_error<DataError>([&] { (void)load_statistics(path, ModelView(other), windows); }, {"another model"});
  Plan plan(graph);
  plan.remove(mlp_of(0));
  expect_error<DataError>([&] { (void)load_statistics(path, ModelView(graph, plan), windows); }, {"another model"});
  expect_error<DataError>([&] { (void)load_statistics(path, view, {12, windows.tokens()}); }, {"another text"});
  expect_error<DataError>([&] { (void)load_statistics(path, view, windows, simd::Compute::bfloat16); },
                          {"compute type"});
  const auto weights = source_path("tests/data/arch/llama-gqa/model.safetensors");
  expect_error<DataError>([&] { (void)load_statistics(weights, view, windows); }, {"no statistics"});
}

TEST_CASE("a file of statistics that lacks numbers is refused") {
  const TemporaryDirectory folder;
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const ModelView view(graph);
  const StatisticsOrigin origin = statistics_origin(view, windows, simd::Compute::float32);
  const SafetensorsMetadata metadata{{"format", detail::statistics_format},
                                     {"model", origin.model},
                                     {"windows", origin.windows},
                                     {"compute", origin.compute}};
  const std::vector<double> values{1, 2, 3};
  const auto refused = [&](const std::string& name, std::vector<Index> shape) {
    write_double_tensors(folder / "x", std::vector<DoubleTensor>{{name, std::move(shape), values}}, metadata);
    expect_error<DataError>([&] { (void)load_statistics(folder / "x", view, windows); }, {"layer.0.mlp"});
  };
  refused("layer.0.mlp.similarity", {3});
  refused("layer.0.mlp.output_input.mean", {3});
  refused("layer.0.mlp.output_input.gram", {3});
}

TEST_CASE("numbers that statistics cannot have are refused where they are read") {
  const TemporaryDirectory folder;
  const auto path = folder / "statistics";
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const ModelView view(graph);
  Workspace workspace;
  const StatisticsNeeds needs{.block_input = {.moments = true}, .output_input = {true, true}, .similarity = true};
  save_statistics(path, gather_statistics(view, windows, needs, workspace));
  /// With the first value of a tensor replaced.
  const auto read_with = [&](const std::string& name, double value) {
    const SafetensorsFile file(path);
    std::vector<std::vector<double>> values;
    std::vector<DoubleTensor> tensors;
    values.reserve(file.tensors().size());
    for (const TensorInfo& tensor : file.tensors()) {
      values.push_back(file.values<double>(tensor.name));
      if (tensor.name == name) values.back().front() = value;
      tensors.push_back({tensor.name, tensor.shape, values.back()});
    }
    write_double_tensors(folder / "changed", tensors, {file.metadata().begin(), file.metadata().end()});
    (void)load_statistics(folder / "changed", view, windows);
  };
  constexpr double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  read_with("layer.0.mlp.output_input.count", 12);
  for (const std::string name :
       {"layer.0.mlp.output_input.count", "layer.0.mlp.output_input.gram_count", "layer.0.mlp.similarity"}) {
    for (const double value : {-1.0, 0.5, 1e300, 9007199254740994.0}) {
      CAPTURE(name, value);
      expect_error<DataError>([&] { read_with(name, value); }, {name, "does not count"});
    }
    for (const double value : {nan, infinity, -infinity}) {
      expect_error<DataError>([&] { read_with(name, value); }, {name, "not finite"});
    }
  }
  expect_error<DataError>([&] { read_with("layer.1.mlp.output_input.gram", nan); }, {"not finite"});
  expect_error<DataError>([&] { read_with("layer.1.mlp.block_input.squares", -1); }, {"negative"});
}
