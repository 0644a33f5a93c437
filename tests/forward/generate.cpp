// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <random>
#include <string>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/observer.hpp>
#include <multipruner/blocks/sequence_batch.hpp>
#include <multipruner/blocks/workspace.hpp>
#include <multipruner/compensation/local_compensation.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/forward/generate.hpp>
#include <multipruner/forward/head.hpp>
#include <multipruner/forward/sequence_state.hpp>
#include <multipruner/tensor/matrix.hpp>

using namespace multipruner;
using test::attention_of, test::mlp_of;

namespace {

Graph model() {
  return load<Llama>(test::source_path("tests/data/arch/llama-gqa"));
}

const std::vector<TokenId> prompt{1, 17, 5, 99, 42};

/// The most likely next token, by running the whole sequence without a cache.
TokenId next_token(const ModelView& view, std::span<const TokenId> tokens) {
  Workspace workspace;
  const Matrix<float> stream = forward(view, tokens, {1, static_cast<Index>(tokens.size())}, workspace);
  Matrix<float> logits(stream.rows(), view.config().vocab_size);
  compute_logits(view.graph(), stream.view(), logits.view(), workspace);
  const float* last = logits.view().row(stream.rows() - 1);
  return static_cast<TokenId>(std::max_element(last, last + view.config().vocab_size) - last);
}

}  // namespace

TEST_CASE("generation with a cache continues as whole forward passes do") {
  const Graph graph = model();
  Plan plan(graph);
  SECTION("dense") {}
  SECTION("without the attention of the first layer") {
    plan.remove(attention_of(0));
  }
  SECTION("narrowed") {
    plan.set_width(attention_of(1), graph.unit_width(attention_of(1)));
    plan.set_width(mlp_of(2), 33);
  }
  const ModelView view(graph, plan);
  std::vector<TokenId> expected = prompt;
  for (int i = 0; i < 12; ++i) expected.push_back(next_token(view, expected));
  const std::vector<TokenId> generated = generate(view, prompt, {.max_new_tokens = 12});
  const auto end = std::ranges::find(expected, graph.config().eos_token_ids.front());
  CHECK(generated == std::vector<TokenId>(expected.begin() + static_cast<Index>(prompt.size()), end));
}

TEST_CASE("a cache gives the bits of a whole forward pass, however the tokens are cut") {
  const Graph graph = model();
  const ModelView view(graph);
  Workspace workspace(GENERATE(simd::Compute::float32, simd::Compute::bfloat16));
  const Matrix<float> whole = forward(view, prompt, {1, 5}, workspace);
  SequenceState state(view, 5);
  Index row = 0;
  for (const Index count : {2, 1, 2}) {
    SequenceBatch batch;
    batch.append(count, state.length());
    const auto tokens = std::span(prompt).subspan(static_cast<std::size_t>(row), static_cast<std::size_t>(count));
    const Matrix<float> part = forward(view, tokens, batch, workspace, {}, std::span(&state, 1));
    for (Index i = 0; i < count; ++i, ++row) {
      CHECK(std::equal(part.view().row(i), part.view().row(i) + part.columns(), whole.view().row(row)));
    }
  }
  CHECK(state.length() == 5);
  SequenceBatch next;
  next.append(1, 5);
  test::expect_error<OptionError>(
      [&] { static_cast<void>(forward(view, std::vector<TokenId>{1}, next, workspace, {}, std::span(&state, 1))); },
      {"key/value cache", "holds 5 tokens", "6 are needed"});
}

TEST_CASE("a cache of several hundred tokens gives the bits of a whole forward pass, with a window, too") {
  const std::string family = GENERATE("arch/llama-gqa", "families/gemma2", "families/mistral");
  const Graph graph = load<>(test::source_path("tests/data/" + family));
  const ModelView view(graph);
  constexpr Index count = 300;
  std::mt19937 random(3);
  std::vector<TokenId> tokens;
  for (Index i = 0; i < count; ++i) {
    tokens.push_back(static_cast<TokenId>(random() % static_cast<std::uint32_t>(graph.config().vocab_size)));
  }
  Workspace workspace(GENERATE(simd::Compute::float32, simd::Compute::bfloat16));
  CAPTURE(family, simd::name_of(workspace.compute()));
  const Matrix<float> whole = forward(view, tokens, {1, count}, workspace);
  SequenceState state(view, count);
  while (state.length() < count) {
    const Index first = state.length(), most = first < 120 ? 50 : 4;
    const Index rows = std::min<Index>(1 + static_cast<Index>(random()) % most, count - first);
    SequenceBatch batch;
    batch.append(rows, first);
    const auto part = std::span(tokens).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(rows));
    const Matrix<float> rest = forward(view, part, batch, workspace, {}, std::span(&state, 1));
    const float* const expected = whole.view().row(first);
    REQUIRE(std::equal(expected, expected + rest.rows() * rest.columns(), rest.view().data));
  }
}

TEST_CASE("tokens that do not go on where the cache is are refused, and it stays as it is") {
  const Graph graph = model();
  const ModelView view(graph);
  Workspace workspace;
  std::array states{SequenceState(view, 8)};
  static_cast<void>(forward(view, prompt, {1, 5}, workspace, {}, states));
  for (const Index position : {0, 4, 6}) {
    SequenceBatch batch;
    batch.append(1, position);
    test::expect_error<OptionError>(
        [&] { static_cast<void>(forward(view, std::vector<TokenId>{1}, batch, workspace, {}, states)); },
        {"key/value caches", "has seen 5 tokens", "from " + std::to_string(position)});
  }
  CHECK(states[0].length() == 5);
}

TEST_CASE("a sequence that gets no tokens stays as it is beside others that do") {
  const Graph graph = model();
  const ModelView view(graph);
  Workspace workspace;
  std::array states{SequenceState(view, 8), SequenceState(view, 8), SequenceState(view, 8)};
  const std::vector<TokenId> tokens{1, 17, 5, 99, 42, 7};
  SequenceBatch first;
  for (const Index rows : {3, 1, 2}) first.append(rows);
  static_cast<void>(forward(view, tokens, first, workspace, {}, states));

  SequenceBatch second;
  second.append(0, 3);
  second.append(2, 1);
  second.append(0, 2);
  static_cast<void>(forward(view, std::vector<TokenId>{8, 9}, second, workspace, {}, states));
  CHECK(states[0].length() == 3);
  CHECK(states[1].length() == 3);
  CHECK(states[2].length() == 2);

  SequenceBatch third;
  third.append(1, 3);
  third.append(1, 3);
  third.append(1, 2);
  const Matrix<float> ends = forward(view, std::vector<TokenId>{11, 12, 13}, third, workspace, {}, states);
  const std::vector<TokenId> wholes[]{{1, 17, 5, 11}, {99, 8, 9, 12}, {42, 7, 13}};
  for (Index i = 0; i < 3; ++i) {
    const auto& whole = wholes[static_cast<std::size_t>(i)];
    const Matrix<float> alone = forward(view, whole, {1, static_cast<Index>(whole.size())}, workspace);
    const float* expected = alone.view().row(alone.rows() - 1);
    CHECK(std::equal(expected, expected + alone.columns(), ends.view().row(i)));
  }
}

TEST_CASE("sequences of different lengths go on together, each with a cache of its own") {
  const Graph graph = model();
  const ModelView view(graph);
  Workspace workspace;
  const std::vector<std::vector<TokenId>> texts{{1, 17, 5, 99, 42}, {8, 3, 64}};
  std::array states{SequenceState(view, 5), SequenceState(view, 5)};
  const auto append = [&](Index of_first, Index of_second) {
    SequenceBatch batch;
    std::vector<TokenId> tokens;
    const Index counts[]{of_first, of_second};
    for (std::size_t i = 0; i < 2; ++i) {
      const auto begin = texts[i].begin() + states[i].length();
      batch.append(counts[i], states[i].length());
      tokens.insert(tokens.end(), begin, begin + counts[i]);
    }
    return forward(view, tokens, batch, workspace, {}, states);
  };
  static_cast<void>(append(3, 1));
  const Matrix<float> ends = append(2, 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto length = static_cast<Index>(texts[i].size());
    CHECK(states[i].length() == length);
    const Matrix<float> alone = forward(view, texts[i], {1, length}, workspace);
    for (Index row = 0; row < 2; ++row) {
      const float* expected = alone.view().row(length - 2 + row);
      CHECK(std::equal(expected, expected + alone.columns(), ends.view().row(2 * static_cast<Index>(i) + row)));
    }
  }
  test::expect_error<OptionError>(
      [&] {
        static_cast<void>(forward(view, prompt, {1, 5}, workspace, {}, states));
      },
      {"key/value caches", "2 for 1 sequences"});
}

TEST_CASE("tokens are drawn as often as they are likely") {
  const std::vector<float> logits{0, std::log(2.0f), std::log(5.0f), -40};
  const Index top_k = GENERATE(as<Index>{}, 0, 2);
  NumpyRandom random(11);
  std::array<double, 4> share{};
  constexpr int draws = 20000;
  for (int i = 0; i < draws; ++i) {
    const TokenId token = detail::draw_token(logits, {.temperature = 1, .top_k = top_k}, random);
    share[static_cast<std::size_t>(token)] += 1.0 / draws;
  }
  const std::array<double, 4> expected =
      top_k == 0 ? std::array{1 / 8.0, 2 / 8.0, 5 / 8.0, 0.0} : std::array{0.0, 2 / 7.0, 5 / 7.0, 0.0};
  for (std::size_t i = 0; i < 4; ++i) CHECK(share[i] == Approx(expected[i]).margin(0.015));
}

TEST_CASE("drawn text depends on the seed alone") {
  const Graph graph = model();
  const ModelView view(graph);
  const auto text = [&](std::uint64_t seed, Index top_k) {
    return generate(view, prompt, {.max_new_tokens = 20, .temperature = 2, .top_k = top_k, .seed = seed});
  };
  CHECK(text(1, 0) == text(1, 0));
  CHECK(text(1, 0) != text(2, 0));
  CHECK(text(3, 1) == generate(view, prompt, {.max_new_tokens = 20}));
}

TEST_CASE("generation ends at the tokens of generation_config.json, and goes on over those of config.json") {
  const Graph graph = model();
  const auto with = [&](std::vector<TokenId> eos, std::vector<TokenId> generation_eos) {
    ModelConfig config = graph.config();
    config.eos_token_ids = std::move(eos);
    config.generation_eos_token_ids = std::move(generation_eos);
    return Graph(config, graph.weights(), graph.storage());
  };
  const auto text = [](const Graph& chosen) { return generate(ModelView(chosen), prompt, {.max_new_tokens = 8}); };
  const std::vector<TokenId> all = text(with({}, {}));
  REQUIRE(all.size() == 8);
  const auto before = [&](std::size_t i) { return std::vector<TokenId>(all.begin(), std::ranges::find(all, all[i])); };
  CHECK(text(with({all[3]}, {})) == before(3));
  CHECK(text(with({}, {all[3]})) == before(3));
  CHECK(text(with({159, all[2]}, {})) == before(2));
  CHECK(text(with({all[0]}, {all[5], 159})) == before(5));
  CHECK(before(5).size() > before(0).size());
}

TEST_CASE("generation ends where it must") {
  const Graph graph = model();
  const ModelView view(graph);
  CHECK(generate(view, prompt, {.max_new_tokens = 0}).empty());
  CHECK(generate(view, prompt, {.max_new_tokens = 9}, [](TokenId) { return false; }).size() == 1);
  CHECK(static_cast<Index>(generate(view, prompt, {.max_new_tokens = 1000000, .temperature = 3}).size()) <=
        graph.config().max_position_embeddings - 5);
  CHECK_THROWS_AS(generate(view, {}, {}), OptionError);
  CHECK_THROWS_AS(generate(view, prompt, {.temperature = -1}), OptionError);
  CHECK_THROWS_AS(generate(view, std::vector<TokenId>(65, 1), {}), OptionError);
  CHECK_THROWS_AS(generate(view, std::vector<TokenId>{500}, {}), DataError);
}
