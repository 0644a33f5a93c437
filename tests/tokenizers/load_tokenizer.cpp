// SPDX-License-Identifier: MIT
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/reference_data.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/tokenizers.hpp>

using namespace multipruner;
using namespace multipruner::test;
using nlohmann::json;

namespace {

const auto demo = source_path("tests/data/tokenizers/demo");
const auto sentence_piece = source_path("tests/data/tokenizers/S");

json demo_definition() {
  return json::parse(read_file(demo / "tokenizer.json"));
}

/// A model folder with the given files.
class Folder {
 public:
  Folder& with(const std::string& name, const std::string& contents) {
    write_file(folder_ / name, contents);
    return *this;
  }
  Folder& with_copy(const std::filesystem::path& file) { return with(file.filename().string(), read_file(file)); }
  [[nodiscard]] std::unique_ptr<Tokenizer> load() const { return load_tokenizer(folder_.path()); }

 private:
  TemporaryDirectory folder_;
};

template <class Expected>
void check_refused(const json& definition, const std::string& named) {
  Folder folder;
  folder.with("tokenizer.json", definition.dump());
  INFO(named);
  CHECK_THROWS_AS(folder.load(), Expected);
  CHECK_THROWS_WITH(folder.load(), Catch::Contains(named));
}

}  // namespace

TEST_CASE("A folder without a tokenizer is an error that says what is looked for") {
  CHECK_THROWS_AS(load_tokenizer("/nowhere/at/all"), FileError);
  CHECK_THROWS_AS(Folder{}.load(), FileError);
  CHECK_THROWS_WITH(Folder{}.load(), Catch::Contains("tokenizer.json") && Catch::Contains("tokenizer.model"));
  CHECK_THROWS_AS(Folder{}.with("vocab.json", "{}").load(), FileError);
}

TEST_CASE("Corrupt tokenizer files are errors that name them") {
  const auto text = read_file(demo / "tokenizer.json");
  CHECK_THROWS_AS(Folder{}.with("tokenizer.json", "").load(), FileError);
  CHECK_THROWS_AS(Folder{}.with("tokenizer.json", text.substr(0, text.size() / 2)).load(), FileError);
  CHECK_THROWS_AS(Folder{}.with("tokenizer.json", "[]").load(), DataError);
  CHECK_THROWS_AS(Folder{}.with("tokenizer.json", "{}").load(), Error);
  CHECK_THROWS_AS(Folder{}.with("tokenizer.model", "").load(), FileError);
  CHECK_THROWS_AS(Folder{}.with("tokenizer.model", "IQ== 0\nIg== 1\n").load(), FileError);
  const auto model = read_file(sentence_piece / "tokenizer.model");
  CHECK_THROWS_AS(Folder{}.with("tokenizer.model", model.substr(0, model.size() / 2)).load(), FileError);
  CHECK_THROWS_WITH(Folder{}.with("tokenizer.model", "rubbish").load(), Catch::Contains("tokenizer.model"));
  CHECK_THROWS_AS(Folder{}.with_copy(demo / "tokenizer.json").with("tokenizer_config.json", "{").load(), FileError);
  CHECK_THROWS_AS(
      Folder{}.with_copy(demo / "tokenizer.json").with("tokenizer_config.json", R"({"bos_token": 7})").load(),
      DataError);
}

TEST_CASE("A tokenizer.json that contradicts itself is refused") {
  using Damage = std::function<void(json&)>;
  const std::vector<std::pair<std::string, Damage>> damages = {
      {"zzzz",
       [](json& d) {
         d["model"]["merges"].push_back({"zz", "zz"});
       }},
      {"not two tokens", [](json& d) { d["model"]["merges"].push_back("a b c"); }},
      {"has not two tokens",
       [](json& d) {
         d["model"]["merges"].push_back({"a", "b", "c"});
       }},
      {"merges", [](json& d) { d["model"].erase("merges"); }},
      {"vocab", [](json& d) { d["model"].erase("vocab"); }},
      {"two tokens have the id 7", [](json& d) { d["model"]["vocab"]["new"] = 7; }},
      {"number in", [](json& d) { d["model"]["vocab"]["new"] = -1; }},
      {"number in", [](json& d) { d["model"]["vocab"]["new"] = 4000000000LL; }},
      {"expected an integer", [](json& d) { d["model"]["vocab"]["new"] = "x"; }},
      {"the vocabulary gives it", [](json& d) { d["added_tokens"][0]["content"] = "he"; }},
      {"content", [](json& d) { d["added_tokens"][0].erase("content"); }},
      {"<|nothing|>", [](json& d) { d["model"]["unk_token"] = "<|nothing|>"; }}};
  for (const auto& [named, damage] : damages) {
    auto definition = demo_definition();
    damage(definition);
    check_refused<DataError>(definition, named);
  }
}

TEST_CASE("What is not implemented is refused by name") {
  const auto refused = [](const std::string& named, const json::json_pointer& member, const json& value) {
    auto definition = demo_definition();
    definition[member] = value;
    check_refused<UnsupportedError>(definition, named);
  };
  const auto at = [](const char* pointer) { return json::json_pointer(pointer); };
  const json byte_level = {{"type", "ByteLevel"}, {"add_prefix_space", false}};
  refused("Unigram", at("/model/type"), "Unigram");
  refused("dropout", at("/model/dropout"), 0.1);
  refused("end_of_word_suffix", at("/model/end_of_word_suffix"), "</w>");
  refused("Precompiled", at("/normalizer"), {{"type", "Sequence"}, {"normalizers", {{{"type", "Precompiled"}}}}});
  refused("UnicodeScripts", at("/pre_tokenizer"), {{"type", "UnicodeScripts"}});
  refused("the scheme sometimes", at("/pre_tokenizer"),
          {{"type", "Metaspace"}, {"replacement", "_"}, {"prepend_scheme", "sometimes"}});
  refused("Digits behind ByteLevel", at("/pre_tokenizer"),
          {{"type", "Sequence"}, {"pretokenizers", {byte_level, {{"type", "Digits"}, {"individual_digits", true}}}}});
  refused("Sideways", at("/pre_tokenizer/pretokenizers/0/behavior"), "Sideways");
  refused("\\X", at("/pre_tokenizer/pretokenizers/0/pattern/Regex"), "\\X+");
  refused("offset", at("/pre_tokenizer/pretokenizers/0/pattern/Regex"), "(");
  refused("RobertaProcessing", at("/post_processor"), {{"type", "RobertaProcessing"}});
  refused("WordPiece", at("/decoder"), {{"type", "WordPiece"}});
}

TEST_CASE("Components that contradict themselves are refused, as by the tokenizers library") {
  const auto refused = [](const std::string& named, const char* member, const json& value) {
    auto definition = demo_definition();
    definition[json::json_pointer(member)] = value;
    check_refused<DataError>(definition, named);
  };
  refused("replacement", "/pre_tokenizer", {{"type", "Metaspace"}});
  refused("not one character", "/pre_tokenizer", {{"type", "Metaspace"}, {"replacement", "__"}});
  refused("not one character", "/decoder", {{"type", "Metaspace"}, {"replacement", ""}});
  refused("add_prefix_space", "/pre_tokenizer",
          {{"type", "Metaspace"}, {"replacement", "_"}, {"add_prefix_space", false}});
  refused("start", "/decoder", {{"type", "Strip"}, {"content", " "}, {"start", -1}, {"stop", 0}});
  refused("content", "/normalizer", {{"type", "Replace"}, {"pattern", {{"String", "a"}}}});
  refused("pattern", "/decoder", {{"type", "Replace"}, {"content", "a"}});
}

TEST_CASE("BOS and EOS come from tokenizer_config.json, else from config.json") {
  const auto load = [](const char* tokenizer_config, const char* config) {
    Folder folder;
    folder.with_copy(demo / "tokenizer.json");
    if (tokenizer_config != nullptr) folder.with("tokenizer_config.json", tokenizer_config);
    if (config != nullptr) folder.with("config.json", config);
    return folder.load();
  };
  const auto silent = load(nullptr, nullptr);
  CHECK_FALSE(silent->bos_token_id());
  CHECK_FALSE(silent->eos_token_id());
  const auto named = load(R"({"bos_token": "<|begin_of_text|>", "eos_token": {"content": "<|end_of_text|>"}})",
                          R"({"bos_token_id": 1, "eos_token_id": 2})");
  CHECK(named->bos_token_id() == 1022);
  CHECK(named->eos_token_id() == 1023);
  const auto numbered = load(R"({"bos_token": null})", R"({"bos_token_id": 1022, "eos_token_id": [1023, 5]})");
  CHECK_FALSE(numbered->bos_token_id());  // said to be none
  CHECK(numbered->eos_token_id() == 1023);
  CHECK_THROWS_AS(load(R"({"eos_token": "<|stop|>"})", nullptr), DataError);
  CHECK_THROWS_AS(load(nullptr, R"({"eos_token_id": "x"})"), DataError);
}

TEST_CASE("SentencePiece takes BOS and EOS from the model unless tokenizer_config.json says otherwise") {
  const auto load = [](const std::string& config) {
    return Folder{}.with_copy(sentence_piece / "tokenizer.model").with("tokenizer_config.json", config).load();
  };
  const auto plain = load("{}");
  CHECK(plain->bos_token_id() == 1);
  CHECK(plain->eos_token_id() == 2);
  const auto words = plain->encode("a story", false);
  CHECK(plain->encode("a story").front() == 1);
  CHECK(load(R"({"add_bos_token": false})")->encode("a story") == words);
  const auto ended = load(R"({"add_eos_token": true})")->encode("a story");
  CHECK(ended.front() == 1);
  CHECK(ended.back() == 2);
  CHECK(ended.size() == words.size() + 2);
  CHECK(load(R"({"bos_token": null})")->encode("a story") == words);
  CHECK(load(R"({"bos_token": "</s>"})")->bos_token_id() == 2);
  CHECK_THROWS_AS(load(R"({"bos_token": "<|im_start|>"})"), DataError);
}

TEST_CASE("tokenizer.json is taken before tokenizer.model, unless it is of another kind") {
  Folder folder;
  folder.with_copy(source_path("tests/data/tokenizers/llama/tokenizer.json"));
  folder.with_copy(sentence_piece / "tokenizer.model");
  CHECK(folder.load()->vocabulary_size() < 2000);
  auto definition = demo_definition();
  definition["model"]["type"] = "Unigram";
  folder.with("tokenizer.json", definition.dump());
  CHECK(folder.load()->vocabulary_size() == 4096);
}

TEST_CASE("vocab.json and merges.txt make a GPT-2 tokenizer") {
  Folder folder;
  folder.with("vocab.json", R"({"a": 0, "b": 1, "Ġ": 2, "ab": 3, "Ġab": 4, "#": 5, "<|endoftext|>": 6})");
  folder.with("merges.txt", "#version: 0.2\na b\nĠ ab\r\n");
  const auto tokenizer = folder.load();
  CHECK(tokenizer->encode("ab ab# <|endoftext|>b") == std::vector<TokenId>{3, 4, 5, 2, 6, 1});
  CHECK(tokenizer->decode(std::vector<TokenId>{3, 4, 6}) == "ab ab");
  CHECK(tokenizer->decode(std::vector<TokenId>{3, 4, 6}, false) == "ab ab<|endoftext|>");
  CHECK(tokenizer->eos_token_id() == 6);
  CHECK_THROWS_AS(folder.with("merges.txt", "a b c\n").load(), DataError);
}
