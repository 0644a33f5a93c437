// SPDX-License-Identifier: MIT
#include <algorithm>
#include <fstream>
#include <stdexcept>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/io/json_file.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

Graph model() {
  return load<Llama>(source_path("tests/data/arch/llama-gqa"));
}

/// Writes down what is done, and throws when asked to report for the nth time.
struct Sink final : ProgressSink {
  explicit Sink(std::size_t throw_at_ = 1000) : throw_at(throw_at_) {}

  void begin(std::string_view work, Index total_) override {
    CHECK(work == "writing");
    total = total_;
  }
  void advance(Index bytes) override {
    done.push_back(bytes);
    if (done.size() == throw_at) throw std::runtime_error("enough");
  }
  void end() noexcept override { ended = true; }

  std::size_t throw_at;
  Index total = 0;
  std::vector<Index> done;
  bool ended = false;
};

}  // namespace

TEST_CASE("saving reports bytes of weights") {
  const TemporaryDirectory directory;
  const Graph graph = model();
  Plan plan(graph);
  plan.remove(mlp_of(2));
  plan.set_width(mlp_of(1), 48);
  Sink sink;
  save(ModelView(graph, plan), directory / "copy", {}, sink);
  // By layer: 2 norms of 64; q and o of 64 x 64, k and v of 32 x 64; an MLP of 3 x 80 x 64. Around them two matrices of
  // 160 x 64 and a norm. One MLP is gone, one has 48 channels. Four bytes each.
  CHECK(sink.total == 4 * (4 * (128 + 12288) + (2 * 80 + 48) * 3 * 64 + 2 * 160 * 64 + 64));
  CHECK(std::ranges::is_sorted(sink.done));
  CHECK(sink.done.back() == sink.total);
  CHECK(sink.ended);
}

TEST_CASE("a sink that throws ends the saving, and nothing is left of it") {
  const Graph graph = model();
  Sink counter;
  {
    const TemporaryDirectory directory;
    save(graph, directory / "copy", {}, counter);
  }
  const std::size_t reports = counter.done.size();
  REQUIRE(reports > 3);
  const std::size_t n = GENERATE_COPY(std::size_t{1}, std::size_t{2}, reports - 1, reports);
  CAPTURE(n);
  const TemporaryDirectory directory;
  Sink sink(n);
  CHECK_THROWS_WITH(save(graph, directory / "new" / "copy", {}, sink), "enough");
  CHECK(std::filesystem::is_empty(directory.path()));
  CHECK(sink.ended);
}

TEST_CASE("a folder that was to be replaced survives a sink that throws") {
  const TemporaryDirectory directory;
  const Graph graph = model();
  save(graph, directory / "copy", {.more_files = {{"NOTE", "the first"}}});
  Sink sink(2);
  CHECK_THROWS_WITH(save(graph, directory / "copy", {.overwrite = true}, sink), "enough");
  CHECK(read_file(directory / "copy" / "NOTE") == "the first");
  CHECK(load<Llama>(directory / "copy").config().vocab_size == 160);
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 1);
}

TEST_CASE("generation_config.json goes with the model, unchanged") {
  const TemporaryDirectory directory;
  std::filesystem::copy(source_path("tests/data/arch/llama-gqa"), directory / "model");
  const std::string text = "{\"eos_token_id\": [2, 7],\n    \"top_p\": 0.9}";
  write_file(directory / "model" / "generation_config.json", text);
  save(load<Llama>(directory / "model"), directory / "copy");
  CHECK(read_file(directory / "copy" / "generation_config.json") == text);
  CHECK(load<Llama>(directory / "copy").config().stop_token_ids() == std::vector<TokenId>{2, 7});
}

TEST_CASE("files that are kept go on in the new folder, and are no reason not to write there") {
  const TemporaryDirectory directory;
  const Graph graph = model();
  std::filesystem::create_directory(directory / "copy");
  write_file(directory / "copy" / "journal", "one");
  CHECK_THROWS_AS(save(graph, directory / "copy"), OutputError);

  std::ofstream journal(directory / "copy" / "journal", std::ios::app);
  save(graph, directory / "copy", {.kept_files = {"journal", "missing"}});
  journal << " two" << std::flush;  // whoever had it open still writes to it
  CHECK(read_file(directory / "copy" / "journal") == "one two");
  CHECK(load<Llama>(directory / "copy").config().vocab_size == 160);
  CHECK_THROWS_AS(save(graph, directory / "copy", {.kept_files = {"journal"}}), OutputError);
}

TEST_CASE("overwrite replaces what save wrote, and no other folder") {
  const TemporaryDirectory directory;
  const Graph graph = model();
  std::filesystem::create_directory(directory / "precious");
  write_file(directory / "precious" / "photos", "old");
  CHECK_THROWS_WITH(save(graph, directory / "precious", {.overwrite = true}), Catch::Contains("this is not one"));
  CHECK(read_file(directory / "precious" / "photos") == "old");
  save(graph, directory / "copy", {.more_files = {{"NOTE", "one"}}});
  save(graph, directory / "copy", {.overwrite = true});
  CHECK_FALSE(std::filesystem::exists(directory / "copy" / "NOTE"));
}

TEST_CASE("the metadata of models before are a list that does not grow without bound") {
  const TemporaryDirectory directory;
  std::string last;
  for (int i = 0; i < 20; ++i) {
    const Graph graph = i == 0 ? model() : load<Llama>(directory / last);
    last = "model-" + std::to_string(i);
    save(graph, directory / last, {.settings = nlohmann::ordered_json{{"number", i}}});
  }
  const nlohmann::json metadata = read_json_file(directory / last / "multipruner.json");
  REQUIRE(metadata.at("previous").size() == 16);
  for (std::size_t i = 0; i < 16; ++i) {
    CHECK(metadata.at("previous")[i].at("settings").at("number") == 18 - i);
    CHECK_FALSE(metadata.at("previous")[i].contains("previous"));
  }
}

TEST_CASE("settings of the run stand in the metadata as they are given, null without any") {
  const TemporaryDirectory directory;
  const Graph graph = model();
  const auto metadata_with = [&](const JsonObject& settings) {
    save(graph, directory / "copy", {.overwrite = true, .settings = settings});
    return read_file(directory / "copy" / "multipruner.json");
  };
  CHECK_THAT(metadata_with(nlohmann::ordered_json{{"z", 1}, {"a", {{"x", 0.1}, {"b", nullptr}}}}),
             Catch::Contains("\n  \"settings\": {\n    \"z\": 1,\n    \"a\": {\n      \"x\": 0.1,\n      \"b\": null\n"
                             "    }\n  }\n}\n"));
  CHECK_THAT(metadata_with({}), Catch::Contains("\n  \"settings\": null\n}\n"));
}

TEST_CASE("metadata of a model before that nest, are damaged or absurdly long become a list of short ones") {
  const TemporaryDirectory directory;
  save(model(), directory / "model");
  const auto previous_of = [&](const std::string& metadata) {
    write_file(directory / "model" / "multipruner.json", metadata);
    save(load<Llama>(directory / "model"), directory / "copy");
    const std::string text = read_file(directory / "copy" / "multipruner.json");
    std::filesystem::remove_all(directory / "copy");
    CHECK(text.find("discarded") == std::string::npos);
    return parse_json(text, "copy").at("previous");
  };
  CHECK(previous_of(R"({"source": "b", "previous": {"source": "a", "previous": {"source": "dense"}}})") ==
        nlohmann::json::parse(R"([{"source": "b"}, {"source": "a"}, {"source": "dense"}])"));
  CHECK(previous_of(R"({"source": "b", "previous": 3})") == nlohmann::json::parse(R"([{"source": "b"}])"));
  CHECK_THAT(previous_of("{\"source\": ").at(0).at("left_out").get<std::string>(), Catch::Contains("not valid JSON"));
  CHECK(previous_of("3") == nlohmann::json::parse(R"([{"left_out": "it is not an object"}])"));
  CHECK(previous_of("{\"x\": \"" + std::string(2 << 20, 'x') + "\"}") ==
        nlohmann::json::parse(R"([{"left_out": "it is too long"}])"));
  CHECK_THAT(previous_of(std::string(100000, '[')).at(0).at("left_out").get<std::string>(), Catch::Contains("deeper"));
}
