// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/random_checkpoint.hpp>
#include <support/random_windows.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/run/run_texts.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("What a model writes is in windows as long as those of the text, and of 512 tokens at most") {
  const nlohmann::json config{{"model_type", "llama"},    {"vocab_size", 40},
                              {"hidden_size", 8},         {"intermediate_size", 8},
                              {"num_hidden_layers", 1},   {"num_attention_heads", 1},
                              {"num_key_value_heads", 1}, {"max_position_embeddings", 640},
                              {"rms_norm_eps", 1e-5}};
  const TemporaryDirectory directory;
  RandomCheckpoint::make<Llama>(config).write(directory / "model");
  const Graph graph = load<>(directory / "model");
  const auto [length, written] = GENERATE(std::pair<Index, Index>{24, 24}, std::pair<Index, Index>{600, 512});
  RunTexts texts{.calibration = {}, .fit = random_windows(graph, 2, length)};
  CHECK(generated_window_length(texts.fit) == written);

  add_generated_windows(texts, graph, {.generated_windows = 3});
  REQUIRE(texts.fit.count() == 5);
  CHECK(static_cast<Index>(texts.fit.window(1).size()) == length);
  for (Index window = 2; window < 5; ++window) CHECK(static_cast<Index>(texts.fit.window(window).size()) == written);
  CHECK(generated_window_length(TokenWindows()) == 0);
}
