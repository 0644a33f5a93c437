// SPDX-License-Identifier: MIT
// What every family computes, against transformers (tests/oracle/families.py, and golden/arch of the reference data).

#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/golden_model.hpp>
#include <support/reference_data.hpp>

#include <multipruner/core/parallel.hpp>
#include <multipruner/forward/forward.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Keeps the residual stream before the first block of every layer.
struct LayerInputs {
  const ModelConfig& config;
  std::vector<std::vector<float>> streams{};

  void operator()(BlockId block, Signal signal, MatrixView<const float> rows) {
    const Index layer = config.blocks[block].layer();
    if (signal != Signal::residual_in || layer != static_cast<Index>(streams.size())) return;
    streams.emplace_back(rows.data, rows.data + rows.rows * rows.columns);
  }
};

double largest_difference(const float* a, const std::vector<float>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return largest;
}

/// @param nll_key  of golden.json
void check_against_golden(const std::filesystem::path& folder, const char* nll_key) {
  const Graph graph = load<>(folder);
  const ModelView view(graph);
  const GoldenRun run = read_golden(folder / "golden.safetensors");
  LayerInputs inputs{graph.config()};
  Workspace workspace;
  const Matrix<float> stream = forward(view, run.tokens, run.batch(), workspace, inputs);
  REQUIRE(run.hidden.size() == inputs.streams.size() + 1);
  for (std::size_t layer = 0; layer < inputs.streams.size(); ++layer) {
    CAPTURE(layer);
    CHECK(largest_difference(inputs.streams[layer].data(), run.hidden[layer]) < 1e-4);
  }
  CHECK(largest_difference(stream.view().data, run.hidden.back()) < 1e-4);
  CHECK(largest_difference(run_logits(view, run).view().data, run.logits) < 1e-4);
  const nlohmann::json expected = nlohmann::json::parse(std::ifstream(folder / "golden.json"));
  for (Index sequence = 0; sequence < run.sequences; ++sequence) {
    const double reference = expected[nll_key][static_cast<std::size_t>(sequence)];
    CHECK(std::abs(mean_nll(view, run, sequence) - reference) < 1e-5);
  }
}

/// The residual stream behind the last block, of one sequence whose tokens come in steps of so many.
Matrix<float> in_steps(const ModelView& view, std::span<const TokenId> tokens, Index step, simd::Compute compute) {
  const auto length = static_cast<Index>(tokens.size());
  std::vector<SequenceState> states;
  states.emplace_back(view, length);
  Workspace workspace(compute);
  Matrix<float> all(length, view.config().hidden_size);
  for (Index first = 0; first < length; first += step) {
    const Index count = std::min(step, length - first);
    SequenceBatch batch;
    batch.append(count, first);
    const auto some = tokens.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
    const Matrix<float> stream = forward(view, some, batch, workspace, {}, states);
    std::copy_n(stream.view().data, count * stream.columns(), all.view().row(first));
  }
  return all;
}

std::vector<std::string> families() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(source_path("tests/data/families"))) {
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_CASE("every family computes what transformers computes") {
  REQUIRE(families().size() >= 18);
  for (const std::string& name : families()) {
    DYNAMIC_SECTION(name) {
      check_against_golden(source_path("tests/data/families/" + name), "mean_nll");
    }
  }
}

TEST_CASE("families of the reference data compute what their oracles computed") {
  for (const char* const name : {"baichuan-alibi-12", "baichuan-alibi-5", "baichuan-rope", "gemma", "gemma2",
                                 "mistral-window", "phi3", "llama-gqa", "qwen2"}) {
    const std::filesystem::path folder = reference_path(std::string("golden/arch/") + name);
    SKIP_WITHOUT(folder);
    DYNAMIC_SECTION(name) {
      check_against_golden(folder, "mean_nll_float64");
    }
  }
}

TEST_CASE("every family computes the same bits token by token, with a cache, and by any number of threads") {
  const simd::Compute compute = GENERATE(simd::Compute::float32, simd::Compute::bfloat16);
  for (const std::string& name : families()) {
    DYNAMIC_SECTION(name << " in " << simd::name_of(compute)) {
      const Graph graph = load<>(source_path("tests/data/families/" + name));
      const ModelView view(graph);
      std::vector<TokenId> tokens;
      for (Index i = 0; i < 32; ++i) tokens.push_back(static_cast<TokenId>(i * i * 5 % graph.config().vocab_size));
      Workspace workspace(compute);
      const Matrix<float> whole = forward(view, tokens, {1, 32}, workspace);
      const auto is_same = [&](const Matrix<float>& other) {
        return std::equal(other.view().data, other.view().data + other.rows() * other.columns(), whole.view().data);
      };
      CHECK(is_same(in_steps(view, tokens, 1, compute)));
      CHECK(is_same(in_steps(view, tokens, 7, compute)));
      ThreadArena arena(3);
      arena.execute([&] { CHECK(is_same(forward(view, tokens, {1, 32}, workspace))); });
    }
  }
}
