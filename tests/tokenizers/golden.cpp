// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>
#include <tokenizers/golden.hpp>

#include <multipruner/tokenizers.hpp>
#include <multipruner/tokenizers/byte_alphabet.hpp>

using namespace multipruner;
using namespace multipruner::test;
using nlohmann::json;

namespace {

std::string decode_base64(const std::string& text) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned buffer = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    buffer = (buffer << 6U | static_cast<unsigned>(alphabet.find(c))) & 0xFFFFU;
    if ((bits += 6) >= 8) bytes.push_back(static_cast<char>(buffer >> static_cast<unsigned>(bits -= 8) & 0xFFU));
  }
  return bytes;
}

using Ranks = std::unordered_map<std::string, TokenId>;

/// Lists of tiktoken have a line "base64 rank" for each token.
Ranks read_ranks(const std::filesystem::path& path) {
  std::ifstream file(path);
  Ranks ranks;
  TokenId rank = 0;
  for (std::string token; file >> token >> rank;) ranks.emplace(decode_base64(token), rank);
  return ranks;
}

/// The two parts of which merging with lower ranks alone makes the token; fewer or more where it is not
/// reached so.
std::vector<std::string> parts_of(const std::string& token, TokenId rank, const Ranks& ranks) {
  std::vector<std::string> parts;
  for (const char c : token) parts.emplace_back(1, c);
  while (parts.size() > 2) {
    TokenId lowest = rank;
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto merged = ranks.find(parts[i] + parts[i + 1]);
      if (merged != ranks.end() && merged->second < lowest) lowest = merged->second, at = i;
    }
    if (lowest == rank) break;
    parts[at] += parts[at + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
  return parts;
}

/// The model of a tokenizer.json that merges as the ranks say.
json model_from_ranks(const Ranks& ranks) {
  std::vector<std::pair<TokenId, std::string>> by_rank;
  for (const auto& [token, rank] : ranks) by_rank.emplace_back(rank, token);
  std::sort(by_rank.begin(), by_rank.end());
  json vocabulary = json::object(), merges = json::array();
  for (const auto& [rank, token] : by_rank) {
    vocabulary[detail::byte_alphabet.spell(token)] = rank;
    const auto parts = parts_of(token, rank, ranks);
    if (parts.size() != 2) continue;
    merges.push_back({detail::byte_alphabet.spell(parts[0]), detail::byte_alphabet.spell(parts[1])});
  }
  return {{"type", "BPE"}, {"ignore_merges", true}, {"vocab", vocabulary}, {"merges", merges}};
}

json split_and_byte_level(const std::string& pattern) {
  return json{{"type", "Sequence"},
              {"pretokenizers",
               {{{"type", "Split"}, {"pattern", {{"Regex", pattern}}}, {"behavior", "Isolated"}, {"invert", false}},
                {{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}}}}};
}

json special_token(TokenId id, const std::string& content) {
  return {{"id", id}, {"content", content}, {"special", true}, {"normalized", false}};
}

const std::string llama3_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
const std::string qwen_pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

json llama3_tokenizer(const Ranks& ranks) {
  json added = json::array();
  for (const auto& [id, content] : {std::pair(128000, "<|begin_of_text|>"),
                                    {128001, "<|end_of_text|>"},
                                    {128006, "<|start_header_id|>"},
                                    {128007, "<|end_header_id|>"},
                                    {128009, "<|eot_id|>"}}) {
    added.push_back(special_token(id, content));
  }
  const json single = {{{"SpecialToken", {{"id", "<|begin_of_text|>"}, {"type_id", 0}}}},
                       {{"Sequence", {{"id", "A"}, {"type_id", 0}}}}};
  const json post_processor = {{"type", "TemplateProcessing"},
                               {"single", single},
                               {"special_tokens", {{"<|begin_of_text|>", {{"ids", {128000}}}}}}};
  return {{"added_tokens", added},
          {"normalizer", nullptr},
          {"model", model_from_ranks(ranks)},
          {"pre_tokenizer", split_and_byte_level(llama3_pattern)},
          {"post_processor", post_processor},
          {"decoder", {{"type", "ByteLevel"}}}};
}

json qwen_tokenizer(const Ranks& ranks) {
  const json added = {special_token(151643, "<|endoftext|>"), special_token(151644, "<|im_start|>"),
                      special_token(151645, "<|im_end|>")};
  return {{"added_tokens", added},
          {"normalizer", {{"type", "NFC"}}},
          {"pre_tokenizer", split_and_byte_level(qwen_pattern)},
          {"decoder", {{"type", "ByteLevel"}}},
          {"model", model_from_ranks(ranks)}};
}

std::unique_ptr<Tokenizer> load_definition(const std::string& definition) {
  const TemporaryDirectory folder;
  write_file(folder / "tokenizer.json", definition);
  return load_tokenizer(folder.path());
}

std::filesystem::path smollm2_folder() {
  const char* folder = std::getenv("MULTIPRUNER_SMOLLM2");
  return folder != nullptr ? std::filesystem::path(folder) : reference_path("models/smollm2-135m");
}

}  // namespace

TEST_CASE("The tokenizers of the source tree give the golden ids and texts") {
  const auto name = GENERATE(std::string("demo"), std::string("A"), std::string("Q"), std::string("S"));
  INFO(name);
  const auto folder = source_path("tests/data/tokenizers/" + name);
  check_golden(*load_tokenizer(folder), folder / "golden.jsonl", 180);
}

TEST_CASE("Published tokenizers in their own files give the golden ids and texts") {
  const auto name = GENERATE(std::string("gpt2"), std::string("llama2"), std::string("baichuan1"));
  INFO(name);
  const auto folder = reference_path("data/tokenizers/" + name);
  SKIP_WITHOUT(folder);
  check_golden(*load_tokenizer(folder), reference_path("golden/tokenizers/" + name + ".jsonl"), 190);
}

TEST_CASE("GPT-NeoX gives the golden ids and texts") {
  const auto definition = reference_path("data/tokenizers/gpt-neox/20B_tokenizer.json");
  SKIP_WITHOUT(definition);
  const auto tokenizer = load_definition(read_file(definition));
  check_golden(*tokenizer, reference_path("golden/tokenizers/gpt-neox.jsonl"), 190);
  CHECK(tokenizer->vocabulary_size() == 50277);
}

TEST_CASE("Llama 3 gives the golden ids and texts, with merges rebuilt from its ranks") {
  const auto ranks = reference_path("data/tokenizers/llama3/tokenizer.model");
  SKIP_WITHOUT(ranks);
  const auto tokenizer = load_definition(llama3_tokenizer(read_ranks(ranks)).dump());
  check_golden(*tokenizer, reference_path("golden/tokenizers/llama3.jsonl"), 190);
}

TEST_CASE("Qwen gives the golden ids and texts, with merges rebuilt from its ranks") {
  const auto ranks = reference_path("data/tokenizers/qwen/qwen.tiktoken");
  SKIP_WITHOUT(ranks);
  const auto tokenizer = load_definition(qwen_tokenizer(read_ranks(ranks)).dump());
  check_golden(*tokenizer, reference_path("golden/tokenizers/qwen.jsonl"), 190);
}

TEST_CASE("SmolLM2 gives the golden ids and texts") {
  const auto folder = smollm2_folder();
  SKIP_WITHOUT(folder);
  const auto tokenizer = load_tokenizer(folder);
  check_golden(*tokenizer, reference_path("golden/tokenizers/smollm2.jsonl"), 190);
  CHECK(tokenizer->bos_token_id() == tokenizer->token_to_id("<|im_start|>"));
  CHECK(tokenizer->eos_token_id() == tokenizer->token_to_id("<|im_end|>"));
}

TEST_CASE("The reference copies of the small tokenizers give all golden lines") {
  const auto name = GENERATE(std::string("demo"), std::string("A"), std::string("Q"), std::string("S"));
  INFO(name);
  const auto golden = reference_path("golden/tokenizers/" + name + ".jsonl");
  SKIP_WITHOUT(golden);
  check_golden(*load_tokenizer(reference_path("golden/tokenizers/models/" + name)), golden, 190);
}
