// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/one_layer_model.hpp>

#include <multipruner/calibration/generate_windows.hpp>
#include <multipruner/evaluation/require_finite_loss.hpp>
#include <multipruner/forward/first_non_finite.hpp>
#include <multipruner/forward/generate.hpp>
#include <multipruner/graph/finite.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

constexpr float nan_value = std::numeric_limits<float>::quiet_NaN();
const std::vector<TokenId> tokens{1, 2, 3, 4, 0, 1, 2, 3};

OneLayerModel small_model() {
  OneLayerModel model(16, 24, 4, 2, 4);
  model.config.max_position_embeddings = 32;
  return model;
}

std::string place_in(const Graph& graph) {
  return label_of(first_non_finite(ModelView(graph), tokens, {2, 4}), graph.config());
}

}  // namespace

TEST_CASE("the place is named where a number that is not finite first appears") {
  const auto with_nan = [](TensorRole role) {
    OneLayerModel model = small_model();
    std::vector<float>& values = model.tensors.at(role);
    values[values.size() / 2] = nan_value;
    if (role == TensorRole("embed_tokens")) values[16] = nan_value;  // of a token that occurs
    return model;
  };
  const auto [role, place] =
      GENERATE(table<TensorRole, std::string>({{TensorRole("embed_tokens"), "the embedding"},
                                               {TensorRole("attention_norm"), "layer 0 attention"},
                                               {TensorRole("v_proj"), "layer 0 attention"},
                                               {TensorRole("o_proj"), "layer 0 attention"},
                                               {TensorRole("up_proj"), "layer 0 mlp"},
                                               {TensorRole("down_proj"), "layer 0 mlp"},
                                               {TensorRole("final_norm"), "the last norm"}}));
  CAPTURE(name_of(role));
  const OneLayerModel model = with_nan(role);
  const Graph graph = model.graph();
  CHECK_THAT(place_in(graph), Catch::Contains(place));
}

TEST_CASE("an overflow is found where it happens, although all weights are finite") {
  OneLayerModel model = small_model();
  for (const TensorRole role : {TensorRole("up_proj"), TensorRole("down_proj")}) {
    for (float& value : model.tensors.at(role)) value *= 1e30F;
  }
  const Graph graph = model.graph();
  CHECK_NOTHROW(require_finite(graph));
  CHECK_THAT(place_in(graph), Catch::Contains("layer 0 mlp") && Catch::Contains("residual_out"));

  const TokenWindows windows{4, tokens};
  const ModelView view(graph);
  const PerplexityResult result = evaluate_perplexity(view, windows);
  CHECK_FALSE(std::isfinite(result.mean_nll));  // a value, not an error
  expect_error<DataError>([&] { require_finite_loss(view, windows, result, "model on text"); },
                          {"model on text", "window 0", "not finite", "layer 0 mlp"});
  expect_error<DataError>([&] { (void)generate(view, tokens, {.max_new_tokens = 4}); },
                          {"logits behind 8 tokens", "layer 0 mlp"});
  expect_error<DataError>([&] { (void)generate(view, tokens, {.max_new_tokens = 4, .temperature = 1}); },
                          {"layer 0 mlp"});
  expect_error<DataError>([&] { (void)generate_windows(view, tokens, {.count = 1, .length = 8}); },
                          {"logits behind 1 tokens", "layer 0 mlp"});
}

TEST_CASE("weights that are not finite are named before what they lead to, and windows without labels as that") {
  OneLayerModel model = small_model();
  const TokenWindows windows{4, tokens};
  const auto check = [&](const TokenWindows& on, const std::vector<std::string>& parts) {
    const Graph graph = model.graph();
    const ModelView view(graph);
    const PerplexityResult result = evaluate_perplexity(view, on);
    if (parts.empty()) return require_finite_loss(view, on, result, "text");
    expect_error<DataError>([&] { require_finite_loss(view, on, result, "text"); }, parts);
  };
  check(windows, {});
  check({4, {1, 2, 2, 2, 1, 3, 3, 3}, TokenId{2}}, {"text", "window 0", "no next token that counts"});
  model.tensors.at(TensorRole("up_proj"))[3] = nan_value;
  check(windows, {"up_proj", "NaN"});
}
