// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/random_checkpoint.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// A model with a tied embedding, whose file has a head nevertheless: a copy of the embedding.
RandomCheckpoint tied_with_head() {
  const nlohmann::json config{{"model_type", "llama"},  {"vocab_size", 13},       {"hidden_size", 8},
                              {"intermediate_size", 4}, {"num_hidden_layers", 1}, {"num_attention_heads", 2}};
  RandomCheckpoint checkpoint = RandomCheckpoint::make<Llama>(config);
  checkpoint.config["tie_word_embeddings"] = true;
  checkpoint.at("lm_head.weight").values = checkpoint.at("model.embed_tokens.weight").values;
  return checkpoint;
}

std::vector<LoadWarning> warnings_of(const RandomCheckpoint& checkpoint, bool release_memory = false) {
  const TemporaryDirectory folder;
  checkpoint.write(folder.path());
  std::vector<LoadWarning> warnings;
  const Graph graph =
      load<>(folder.path(), {.release_memory = release_memory,
                             .on_warning = [&](const LoadWarning& warning) { warnings.push_back(warning); }});
  if (checkpoint.config.value("tie_word_embeddings", false)) {
    CHECK(graph.lm_head().data == graph.embed_tokens().data);
  }
  return warnings;
}

}  // namespace

TEST_CASE("a head like the tied embedding is passed over without a word") {
  CHECK(warnings_of(tied_with_head()).empty());
  CHECK(warnings_of(tied_with_head(), true).empty());
}

TEST_CASE("a head that differs from the tied embedding is warned of, even by a single value") {
  for (const std::size_t position : {0, 50, 103}) {
    RandomCheckpoint checkpoint = tied_with_head();
    checkpoint.at("lm_head.weight").values.at(position) += 1;
    for (const bool release_memory : {false, true}) {
      const auto warnings = warnings_of(checkpoint, release_memory);
      REQUIRE(warnings.size() == 1);
      CHECK_THAT(warnings[0].text(), Catch::Contains("lm_head.weight: it differs from the embedding") &&
                                         Catch::Contains("tie_word_embeddings to false"));
    }
  }
}

TEST_CASE("a head of another shape beside a tied embedding is warned of") {
  RandomCheckpoint checkpoint = tied_with_head();
  auto& head = checkpoint.at("lm_head.weight");
  head.shape = {12, 8};
  head.values.resize(96);
  CHECK(warnings_of(checkpoint).size() == 1);
}

TEST_CASE("a head that is not tied is used, and no reason to warn") {
  RandomCheckpoint checkpoint = tied_with_head();
  checkpoint.config["tie_word_embeddings"] = false;
  checkpoint.at("lm_head.weight").values.at(0) += 1;
  CHECK(warnings_of(checkpoint).empty());
}

TEST_CASE("nobody has to listen to warnings") {
  const TemporaryDirectory folder;
  RandomCheckpoint checkpoint = tied_with_head();
  checkpoint.at("lm_head.weight").values.at(0) += 1;
  checkpoint.write(folder.path());
  CHECK_NOTHROW(load<>(folder.path()));
}
