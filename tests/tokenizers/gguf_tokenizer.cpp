// SPDX-License-Identifier: MIT
// Tokenizers of GGUF files give the ids of what they were made from.

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sentencepiece_processor.h>
#include <support/expect_error.hpp>
#include <support/random_checkpoint.hpp>
#include <support/reference_data.hpp>
#include <support/rewritten_gguf.hpp>
#include <support/temporary_directory.hpp>
#include <tokenizers/golden.hpp>

#include <multipruner/arch/llama.hpp>
#include <multipruner/arch/load.hpp>
#include <multipruner/export/gguf_exporter.hpp>
#include <multipruner/io/gguf_token_type.hpp>
#include <multipruner/io/json_file.hpp>

using namespace multipruner;
using namespace multipruner::test;
using nlohmann::json;

namespace {

/// A tokenizer of the source tree, in a GGUF file that the exporter has written.
struct ExportedTokenizer {
  TemporaryDirectory directory;
  std::filesystem::path file = directory / "model.gguf";

  explicit ExportedTokenizer(const std::string& name, json tokenizer_config = json::object()) {
    const json config{{"model_type", "llama"},  {"vocab_size", 4100},     {"hidden_size", 8},
                      {"intermediate_size", 8}, {"num_hidden_layers", 1}, {"num_attention_heads", 1}};
    RandomCheckpoint::make<Llama>(config).write(directory / "folder");
    write_file(directory / "folder/tokenizer.json",
               read_file(source_path("tests/data/tokenizers/" + name + "/tokenizer.json")));
    write_file(directory / "folder/tokenizer_config.json", tokenizer_config.dump());
    const Graph graph = load<>(directory / "folder");
    GgufExporter{}.write_file(ModelView(graph), file);
  }
};

/// The keys that llama.cpp's converter makes of a tokenizer.model.
std::vector<GgufKey> keys_of(const std::filesystem::path& model) {
  sentencepiece::SentencePieceProcessor pieces;
  REQUIRE(pieces.Load(model.string()).ok());
  std::vector<std::string> tokens;
  std::vector<float> scores;
  std::vector<std::int32_t> types;
  for (int id = 0; id < pieces.GetPieceSize(); ++id) {
    const auto type = pieces.IsUnknown(id)   ? GgufTokenType::unknown
                      : pieces.IsControl(id) ? GgufTokenType::control
                      : pieces.IsByte(id)    ? GgufTokenType::byte
                      : pieces.IsUnused(id)  ? GgufTokenType::unused
                                             : GgufTokenType::normal;
    tokens.push_back(pieces.IdToPiece(id));
    scores.push_back(pieces.GetScore(id));
    types.push_back(static_cast<std::int32_t>(type));
  }
  const auto number = [](int id) { return static_cast<std::uint32_t>(id); };
  return {{"general.architecture", std::string("llama")},
          {"tokenizer.ggml.model", std::string("llama")},
          {"tokenizer.ggml.pre", std::string("default")},
          {"tokenizer.ggml.tokens", tokens},
          {"tokenizer.ggml.scores", scores},
          {"tokenizer.ggml.token_type", types},
          {"tokenizer.ggml.bos_token_id", number(pieces.bos_id())},
          {"tokenizer.ggml.eos_token_id", number(pieces.eos_id())},
          {"tokenizer.ggml.unknown_token_id", number(pieces.unk_id())},
          {"tokenizer.ggml.add_bos_token", true},
          {"tokenizer.ggml.add_eos_token", false}};
}

}  // namespace

TEST_CASE("Byte-level BPE comes back from a GGUF file with the golden ids and texts") {
  const std::string name = GENERATE("A", "Q", "demo");
  INFO(name);
  const ExportedTokenizer exported(
      name, name == "Q" ? json::object() : json{{"bos_token", "<|begin_of_text|>"}, {"eos_token", "<|end_of_text|>"}});
  const auto tokenizer = load_tokenizer(exported.file);
  check_golden(*tokenizer, source_path("tests/data/tokenizers/" + name + "/golden.jsonl"), 180);
  const auto original = load_tokenizer(source_path("tests/data/tokenizers/" + name));
  CHECK(tokenizer->vocabulary_size() == original->vocabulary_size());
  for (TokenId id = 0; id < original->vocabulary_size(); ++id) {
    REQUIRE(tokenizer->id_to_token(id) == original->id_to_token(id));
  }
}

TEST_CASE("SentencePiece's BPE comes back from a GGUF file with the golden ids and texts") {
  const TemporaryDirectory directory;
  write_gguf(directory / "model.gguf", keys_of(source_path("tests/data/tokenizers/S/tokenizer.model")), {});
  const auto tokenizer = load_tokenizer(directory / "model.gguf");
  check_golden(*tokenizer, source_path("tests/data/tokenizers/S/golden.jsonl"), 180);
  CHECK(tokenizer->bos_token_id() == 1);
  CHECK(tokenizer->eos_token_id() == 2);
}

TEST_CASE("A tokenizer.json of the SentencePiece kind gives the same ids in a GGUF file") {
  const ExportedTokenizer exported("llama", {{"bos_token", "<s>"}, {"eos_token", "</s>"}});
  const auto original = load_tokenizer(source_path("tests/data/tokenizers/llama"));
  const auto tokenizer = load_tokenizer(exported.file);
  Index compared = 0;
  for (const json& line : read_golden(source_path("tests/data/tokenizers/S/golden.jsonl"))) {
    const auto text = line.at("text").get<std::string>();
    if (text.empty() || text.find('<') != std::string::npos) continue;  // special tokens are ordinary text here
    INFO(line.dump());
    CHECK(tokenizer->encode(text) == original->encode(text));
    ++compared;
  }
  CHECK(compared > 150);
}

TEST_CASE("Special tokens, the template and what is put around texts are those of the GGUF file") {
  const ExportedTokenizer exported("Q", {{"bos_token", "<|im_start|>"},
                                         {"eos_token", "<|im_end|>"},
                                         {"pad_token", "<|endoftext|>"},
                                         {"chat_template", "{{ bos_token }}{{ messages[0].content }}"}});
  rewrite_gguf(exported.file, exported.directory / "around.gguf", [](GgufContents& file) {
    file.set("tokenizer.ggml.add_bos_token", true);
    file.set("tokenizer.ggml.add_eos_token", true);
    file.set("tokenizer.ggml.eot_token_id", std::uint32_t{4093});
  });
  const auto tokenizer = load_tokenizer(exported.directory / "around.gguf");
  CHECK(tokenizer->bos_token_id() == 4094);
  CHECK(tokenizer->eos_token_id() == 4095);
  const std::vector<TokenId> plain = tokenizer->encode("Hello", false), around = tokenizer->encode("Hello");
  std::vector<TokenId> expected{4094};
  expected.insert(expected.end(), plain.begin(), plain.end());
  expected.push_back(4095);
  CHECK(around == expected);
  const CompanionFiles files = GgufModel(exported.directory / "around.gguf").files();
  const json config = parse_json(files.text("tokenizer_config.json"), "tokenizer_config.json");
  CHECK(config.at("chat_template") == "{{ bos_token }}{{ messages[0].content }}");
  CHECK(config.at("pad_token") == "<|endoftext|>");
  const std::vector<ChatMessage> messages{{"user", "Hello"}};
  const auto chat = ChatTemplate::find(exported.directory / "around.gguf");
  REQUIRE(chat);
  CHECK(chat->render(messages) == "<|im_start|>Hello");
  const json generation = parse_json(files.text("generation_config.json"), "generation_config.json");
  CHECK(generation.at("eos_token_id") == json{4095, 4093});
  CHECK(load<>(exported.directory / "around.gguf").config().generation_eos_token_ids ==
        std::vector<TokenId>{4095, 4093});
}

TEST_CASE("Tokenizers of GGUF files that are not known, or contradict themselves, are refused by name") {
  const ExportedTokenizer exported("A");
  const auto refused = [&]<class Expected>(Expected*, const std::function<void(GgufContents&)>& change,
                                           std::vector<std::string> parts) {
    rewrite_gguf(exported.file, exported.directory / "changed.gguf", change);
    parts.emplace_back("changed.gguf");
    expect_error<Expected>([&] { static_cast<void>(load_tokenizer(exported.directory / "changed.gguf")); }, parts);
  };
  UnsupportedError* const unsupported = nullptr;
  DataError* const wrong = nullptr;
  refused(unsupported, [](GgufContents& file) { file.set("tokenizer.ggml.model", std::string("t5")); },
          {"tokenizer.ggml.model", "\"t5\""});
  refused(unsupported, [](GgufContents& file) { file.set("tokenizer.ggml.pre", std::string("wonder")); },
          {"tokenizer.ggml.pre", "\"wonder\""});
  refused(static_cast<FileError*>(nullptr),
          [](GgufContents& file) { file.set("tokenizer.ggml.model", std::string("none")); }, {"has no tokenizer"});
  refused(wrong, [](GgufContents& file) { file.drop("tokenizer.ggml.pre"); }, {"tokenizer.ggml.pre"});
  refused(wrong, [](GgufContents& file) { file.drop("tokenizer.ggml.merges"); }, {"tokenizer.ggml.merges"});
  refused(wrong, [](GgufContents& file) { file.set("tokenizer.ggml.bos_token_id", std::uint32_t{9999}); },
          {"tokenizer.ggml.bos_token_id", "9999"});
  refused(wrong, [](GgufContents& file) { file.set("tokenizer.ggml.token_type", std::vector<std::int32_t>{1}); },
          {"tokenizer.ggml.token_type", "length"});
  refused(wrong, [](GgufContents& file) { file.set("tokenizer.ggml.merges", std::vector<std::string>{"ab"}); },
          {"tokenizer.ggml.merges", "two tokens"});
  refused(wrong, [](GgufContents& file) { file.set("tokenizer.ggml.model", std::string("llama")); },
          {"tokenizer.ggml.scores"});
}
