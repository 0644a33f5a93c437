// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/gives_up.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/workspace.hpp>
#include <multipruner/calibration/generate_windows.hpp>
#include <multipruner/compensation/local_compensation.hpp>
#include <multipruner/core/numpy_random.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/forward/generate.hpp>
#include <multipruner/forward/head.hpp>
#include <multipruner/tensor/matrix.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

const std::vector<TokenId> first_tokens{7, 31, 100};

Graph model() {
  return load<Llama>(source_path("tests/data/arch/llama-gqa"));
}

/// A window as it is to be: every token drawn behind a pass over all that are before it, without a cache.
std::vector<TokenId> drawn_window(const ModelView& view, std::uint64_t seed, Index length, double temperature) {
  NumpyRandom random(seed);
  std::vector<TokenId> window{first_tokens[static_cast<std::size_t>(random.uniform() * 3)]};
  Workspace workspace;
  while (static_cast<Index>(window.size()) < length) {
    const Matrix<float> stream = forward(view, window, {1, static_cast<Index>(window.size())}, workspace);
    Matrix<float> logits(1, view.config().vocab_size);
    compute_logits(view.graph(), stream.view().row_range(stream.rows() - 1, 1), logits.view(), workspace);
    const std::span<const float> row(logits.view().data, static_cast<std::size_t>(logits.columns()));
    window.push_back(detail::draw_token(row, {.temperature = temperature, .top_k = 0}, random));
  }
  return window;
}

}  // namespace

TEST_CASE("a generated window is drawn token by token, over ends of text, whatever is written beside it") {
  const Graph graph = model();
  Plan plan(graph);
  plan.remove(attention_of(0));
  plan.set_width(attention_of(1), graph.unit_width(attention_of(1)));
  const ModelView view(graph, plan);
  const auto a_pass = GENERATE(as<Index>{}, 1, 2, 32);
  const TokenWindows windows = generate_windows(
      view, first_tokens, {.count = 5, .length = 12, .seed = 3, .temperature = 0.7, .windows_a_pass = a_pass});
  REQUIRE(windows.count() == 5);
  REQUIRE(windows.longest() == 12);
  const Index key_value_channels = 2 * (2 * 32 + 8);  // two layers of 4 key/value heads of 8 channels, and one of one
  CHECK(generated_window_bytes(view, 12) == 4 * (12 * key_value_channels + graph.config().vocab_size));
  for (Index i = 0; i < 5; ++i) {
    const auto window = windows.window(i);
    CHECK(std::vector<TokenId>(window.begin(), window.end()) ==
          drawn_window(view, 3 + static_cast<std::uint64_t>(i), 12, 0.7));
  }
}

TEST_CASE("windows that were begun before go on to the same tokens, from wherever each of them is") {
  const Graph graph = model();
  const ModelView view(graph);
  const GeneratedWindowsOptions options{.count = 5, .length = 30, .seed = 3};
  const TokenWindows whole = generate_windows(view, first_tokens, options);
  struct Memory final : TokenMemory {
    [[nodiscard]] std::vector<TokenId> find(Index window) const override {
      const auto known = windows.find(window);
      return known == windows.end() ? std::vector<TokenId>{} : known->second;
    }
    void add(Index window, Index first, std::span<const TokenId> tokens) override {
      CHECK(first == static_cast<Index>(windows[window].size()));
      windows[window].insert(windows[window].end(), tokens.begin(), tokens.end());
      added += tokens.size();
    }
    std::map<Index, std::vector<TokenId>> windows;
    std::size_t added = 0;
  };
  const auto a_pass = GENERATE(as<Index>{}, 1, 2, 32);
  for (const int after : {0, 1, 7, 8, 20, 40, 70, 100}) {
    CAPTURE(a_pass, after);
    Memory memory;
    GeneratedWindowsOptions interrupted = options;
    interrupted.memory = &memory;
    interrupted.windows_a_pass = 2;
    GivesUp progress(after);
    try {
      (void)generate_windows(view, first_tokens, interrupted, progress);
    } catch (const std::runtime_error&) {
    }
    const std::size_t before = std::exchange(memory.added, 0);
    interrupted.windows_a_pass = a_pass;
    CHECK(generate_windows(view, first_tokens, interrupted) == whole);
    CHECK(memory.added + before == 5 * 30);
    memory.added = 0;
    CHECK(generate_windows(view, first_tokens, interrupted) == whole);
    CHECK(memory.added == 0);
  }
  // What cannot be of these windows is not believed.
  for (const std::vector<TokenId>& wrong :
       {std::vector<TokenId>{159, 1}, {whole.tokens().front(), -1}, {whole.tokens().front(), 160}}) {
    Memory memory;
    memory.windows[0] = wrong;
    GeneratedWindowsOptions damaged = options;
    struct Forgetful final : TokenMemory {
      explicit Forgetful(const Memory& of) : memory(of) {}
      [[nodiscard]] std::vector<TokenId> find(Index window) const override { return memory.find(window); }
      void add(Index, Index, std::span<const TokenId>) override {}
      const Memory& memory;
    } forgetful(memory);
    damaged.memory = &forgetful;
    CHECK(generate_windows(view, first_tokens, damaged) == whole);
  }
}

TEST_CASE("generated windows go on where the model would end a text") {
  const Graph graph = model();
  ModelConfig config = graph.config();
  const GeneratedWindowsOptions options{.count = 2, .length = 10};
  const TokenWindows windows = generate_windows(ModelView(graph), first_tokens, options);
  config.eos_token_ids = {windows.tokens()[4]};
  const Graph ending(config, graph.weights(), graph.storage());
  CHECK(generate_windows(ModelView(ending), first_tokens, options) == windows);
}

TEST_CASE("other seeds give other windows, and no windows are none") {
  const Graph graph = model();
  const ModelView view(graph);
  const auto tokens = [&](std::uint64_t seed) {
    return generate_windows(view, first_tokens, {.count = 2, .length = 20, .seed = seed}).tokens();
  };
  CHECK(tokens(1) != tokens(5));
  CHECK(generate_windows(view, first_tokens, {.count = 0, .length = 20}).tokens().empty());
}

TEST_CASE("windows that a model cannot write are refused") {
  const Graph graph = model();
  const auto refused = [&](std::span<const TokenId> first, const GeneratedWindowsOptions& options, const char* why) {
    expect_error<OptionError>([&] { static_cast<void>(generate_windows(ModelView(graph), first, options)); }, {why});
  };
  refused({}, {.length = 8}, "no tokens to begin with");
  refused(first_tokens, {.length = 1}, "leave nothing to predict");
  refused(first_tokens, {.length = graph.config().max_position_embeddings + 1}, "longer than the model can read");
  refused(first_tokens, {.count = -1, .length = 8}, "their count is negative");
  refused(first_tokens, {.length = 8, .windows_a_pass = 0}, "none fits into a pass");
  refused(first_tokens, {.length = 8, .temperature = 0}, "all of them would be alike");
  expect_error<DataError>(
      [&] {
        static_cast<void>(generate_windows(ModelView(graph), std::vector<TokenId>{100000}, {.count = 1, .length = 8}));
      },
      {"100000"});
}
