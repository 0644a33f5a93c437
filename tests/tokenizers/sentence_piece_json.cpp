// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sentencepiece_processor.h>
#include <support/reference_data.hpp>
#include <tokenizers/golden.hpp>
#include <tokenizers/patched.hpp>

#include <multipruner/io/utf8.hpp>

using namespace multipruner;
using namespace multipruner::test;
using nlohmann::json;

namespace {

struct ScoredMerge {
  float score;
  std::size_t left_size, right_size;  // characters
  std::string left, right;
};

/// The merges that transformers gives a SentencePiece model (convert_slow_tokenizer.py, generate_merges).
json merges_of(const Tokenizer& pieces, const std::filesystem::path& model) {
  sentencepiece::SentencePieceProcessor scores;
  REQUIRE(scores.Load(model.string()).ok());
  std::vector<ScoredMerge> merges;
  for (TokenId id = 0; id < pieces.vocabulary_size(); ++id) {
    const std::string piece = *pieces.id_to_token(id);
    std::vector<std::tuple<TokenId, TokenId, ScoredMerge>> found;
    for (std::size_t i = 1; i < piece.size(); ++i) {
      if ((static_cast<unsigned char>(piece[i]) & 0xC0U) == 0x80U) continue;
      const std::string left = piece.substr(0, i), right = piece.substr(i);
      const auto left_id = pieces.token_to_id(left), right_id = pieces.token_to_id(right);
      if (!left_id || !right_id) continue;
      const auto size = [](const std::string& text) { return static_cast<std::size_t>(count_characters(text)); };
      found.emplace_back(*left_id, *right_id, ScoredMerge{scores.GetScore(id), size(left), size(right), left, right});
    }
    std::ranges::sort(found, {}, [](const auto& f) { return std::pair(std::get<0>(f), std::get<1>(f)); });
    for (auto& merge : found) merges.push_back(std::move(std::get<2>(merge)));
  }
  std::ranges::stable_sort(merges, [](const ScoredMerge& a, const ScoredMerge& b) {
    return std::tuple(a.score, a.left_size, a.right_size) > std::tuple(b.score, b.left_size, b.right_size);
  });
  json result = json::array();
  for (const auto& merge : merges) result.push_back({merge.left, merge.right});
  return result;
}

/// The tokenizer.json that transformers makes of a SentencePiece model such as that of Llama 2.
json converted(const Tokenizer& pieces, const std::filesystem::path& model) {
  json definition = read_json(source_path("tests/data/tokenizers/llama/tokenizer.json"));
  json vocabulary = json::object();
  for (TokenId id = 0; id < pieces.vocabulary_size(); ++id) vocabulary[*pieces.id_to_token(id)] = id;
  definition["model"]["vocab"] = std::move(vocabulary);
  definition["model"]["merges"] = merges_of(pieces, model);
  return definition;
}

/// Folders of SentencePiece models: the small one of the project, and that of Llama 2.
std::filesystem::path model_folder(const std::string& name) {
  return name == "S" ? source_path("tests/data/tokenizers/S") : reference_path("data/tokenizers/" + name);
}

std::vector<std::string> sample_texts() {
  std::vector<std::string> texts;
  for (const char* name : {"tinystories/tinystories_val_part.txt", "wikitext-2-raw/wiki.test.raw",
                           "c4/sample_c4-rp2.jsonl", "alpaca/alpaca_5000.json", "tinyshakespeare/input.txt"}) {
    const auto path = reference_path(std::string("data/text/") + name);
    if (std::filesystem::exists(path)) texts.push_back(read_file(path).substr(0, 100'000));
  }
  return texts;
}

}  // namespace

TEST_CASE("SentencePiece models that are converted to tokenizer.json give the same ids and texts") {
  const auto name = GENERATE(std::string("S"), std::string("llama2"));
  const auto folder = model_folder(name);
  SKIP_WITHOUT(folder);
  const auto original = load_tokenizer(folder);
  const auto tokenizer = load_definition(converted(*original, folder / "tokenizer.model"));
  const auto golden = name == "S" ? folder / "golden.jsonl" : reference_path("golden/tokenizers/llama2.jsonl");
  SKIP_WITHOUT(golden);
  std::size_t compared = 0;
  for (const auto& line : read_golden(golden)) {
    if (line.contains("ids_hf_legacy_true"))
      continue;  // it has special tokens in the text, which only tokenizer.json looks for
    INFO(line.dump());
    ++compared;
    const auto ids = line.at("ids").get<std::vector<TokenId>>();
    CHECK(tokenizer->encode(line.at("text").get<std::string>(), false) == ids);
    CHECK(tokenizer->encode(line.at("text").get<std::string>()) ==
          line.at("ids_with_special").get<std::vector<TokenId>>());
    CHECK(tokenizer->decode(ids, false) == line.at("decoded").get<std::string>());
  }
  CHECK(compared > 150);
}

TEST_CASE("Converted SentencePiece models agree with the originals on long texts") {
  const auto name = GENERATE(std::string("S"), std::string("llama2"));
  const auto folder = model_folder(name);
  SKIP_WITHOUT(folder);
  SKIP_WITHOUT(reference_path("data/text"));
  const auto original = load_tokenizer(folder);
  const auto tokenizer = load_definition(converted(*original, folder / "tokenizer.model"));
  for (const auto& text : sample_texts()) {
    CHECK((tokenizer->encode(text) == original->encode(text)));
    CHECK((tokenizer->decode(tokenizer->encode(text)) == original->decode(original->encode(text))));
  }
}

TEST_CASE("A text of some megabytes that is one word takes no quadratic time") {
  const auto tokenizer = load_tokenizer(source_path("tests/data/tokenizers/llama"));
  std::string text;
  for (int i = 0; text.size() < 2'000'000; ++i) text += "the little girl " + std::to_string(i * 7919 % 100'000) + "\n";
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& word : {text, std::string(2'000'000, 'a'), std::string(2'000'000, ' ')}) {
    const auto ids = tokenizer->encode(word, false);
    CHECK((tokenizer->decode(ids) == word));
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::minutes(3));  // it takes some seconds
}

TEST_CASE("Half a character of byte tokens decodes to replacement characters, and so does what is whole in its run") {
  const auto tokenizer = load_tokenizer(source_path("tests/data/tokenizers/llama"));
  const auto byte = [&](const char* name) { return *tokenizer->token_to_id(name); };
  const std::string r = "\xEF\xBF\xBD";
  CHECK(tokenizer->decode(std::vector{byte("<0xC3>"), byte("<0xA9>")}) == "\xC3\xA9");
  CHECK(tokenizer->decode(std::vector{byte("<0xC3>")}) == r);
  CHECK(tokenizer->decode(std::vector{byte("<0xC3>"), byte("<0xA9>"), byte("<0xC3>")}) == r + r + r);
}

TEST_CASE("Invalid UTF-8 is encoded as replacement characters by characters, too") {
  const auto tokenizer = load_tokenizer(source_path("tests/data/tokenizers/llama"));
  for (const std::string text : {"a\xFFz", "\xC3", "\xED\xA0\x80 b", "\xF0\x9F\x98x"}) {
    CHECK(tokenizer->encode(text) == tokenizer->encode(detail::replace_invalid_utf8(text)));
  }
}
