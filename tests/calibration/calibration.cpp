// SPDX-License-Identifier: MIT
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/reference_data.hpp>
#include <support/sha256.hpp>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/io/utf8.hpp>

using namespace multipruner;

namespace {

/// One token a byte behind a BOS of id 256: token counts and contents can be told from the text.
class ByteTokenizer final : public Tokenizer {
 public:
  std::vector<TokenId> encode(std::string_view text, bool add_special_tokens) const override {
    std::vector<TokenId> tokens;
    if (add_special_tokens) tokens.push_back(256);
    for (const char byte : text) tokens.push_back(static_cast<unsigned char>(byte));
    return tokens;
  }
  std::string decode(std::span<const TokenId> ids, bool) const override {
    std::string text;
    for (const TokenId id : ids) text += id == 256 ? std::string("<s>") : std::string(1, static_cast<char>(id));
    return text;
  }
  Index vocabulary_size() const override { return 257; }
  std::optional<TokenId> token_to_id(std::string_view) const override { return std::nullopt; }
  std::optional<std::string> id_to_token(TokenId) const override { return std::nullopt; }
  std::optional<TokenId> bos_token_id() const override { return 256; }
  std::optional<TokenId> eos_token_id() const override { return std::nullopt; }
};

std::string text_of(const TokenWindows& windows) {
  return ByteTokenizer{}.decode(windows.tokens(), true);
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::vector<std::string> letters{"a", "b", "c", "d", "e", "f", "g", "h"};

}  // namespace

TEST_CASE("rows are joined, tokenised once and cut") {
  const TextDataset dataset{TextFormat::json_lines, letters};
  const Calibration calibration = make_calibration(
      dataset, ByteTokenizer{}, {.samples_block = 4, .samples_width = 2, .sequence_length = 5, .ignored_label = 10});
  CHECK(text_of(calibration.at(block_samples)) == "<s>a\n\nb\n\nc\n\n");  // the eleventh token, "d", is dropped
  CHECK(text_of(calibration.at(width_samples)) == "<s>a\n\nb");
  CHECK(calibration.at(block_samples).count() == 2);
  CHECK(calibration.at(width_samples).count() == 1);
  CHECK(calibration.at(block_samples).ignored_label() == 10);
  CHECK(calibration.rows() == CalibrationRows{.block = {0, 1, 2, 3}, .width = {0, 1}});
}

TEST_CASE("nothing is put in front of a text in which a template has written special tokens out") {
  TextDataset dataset{TextFormat::json_lines, letters};
  dataset.is_rendered = true;
  const Calibration calibration =
      make_calibration(dataset, ByteTokenizer{}, {.samples_block = 4, .sequence_length = 5});
  CHECK(text_of(calibration.at(block_samples)) == "a\n\nb\n\nc\n\nd");
}

TEST_CASE("sampled rows are joined in the order they were drawn") {
  const TextDataset dataset{TextFormat::json_lines, letters};
  const Calibration calibration = make_calibration(
      dataset, ByteTokenizer{},
      {.samples_block = 3, .samples_width = 2, .sequence_length = 2, .sampling = Sampling::random, .seed = 1});
  const auto& drawn = calibration.rows().block;
  REQUIRE(drawn.size() == 3);
  CHECK(text_of(calibration.at(block_samples)) == "<s>" + dataset.text(drawn));
}

TEST_CASE("running text is taken whole, and windows can be capped") {
  const TextDataset dataset{TextFormat::plain, letters};
  const Calibration whole = make_calibration(dataset, ByteTokenizer{}, {.sequence_length = 2});
  CHECK(whole.rows().block.size() == letters.size());
  CHECK(whole.at(block_samples).count() == 11);
  CHECK(whole.at(width_samples) == whole.at(block_samples));
  CHECK(
      make_calibration(dataset, ByteTokenizer{}, {.sequence_length = 2, .max_windows = 3}).at(block_samples).count() ==
      3);
}

TEST_CASE("a calibration that cannot be made is refused, saying of what") {
  const TextDataset dataset{TextFormat::json_lines, letters};
  CHECK_THROWS_WITH(make_calibration(dataset, ByteTokenizer{}, {.samples_width = 2, .sequence_length = 6}, "a.jsonl"),
                    Catch::Contains("a.jsonl, width set: 5 tokens do not fill one window of 6"));
  CHECK_THROWS_AS(make_calibration(dataset, ByteTokenizer{}, {.sequence_length = 2, .vocabulary_size = 256}),
                  DataError);
  CHECK_THROWS_AS(make_calibration(dataset, ByteTokenizer{}, {.sequence_length = 1}), OptionError);
}

TEST_CASE("calibration on tokens alone") {
  const std::vector<TokenId> block{1, 2, 3, 4, 5};
  const std::vector<TokenId> width{6, 7};
  const Calibration calibration = make_calibration(block, width, 8, {.length = 2, .ignored_label = 7});
  CHECK(calibration.at(block_samples) == TokenWindows{2, {1, 2, 3, 4}, 7});
  CHECK(calibration.at(width_samples) == TokenWindows{2, {6, 7}, 7});
  CHECK(calibration.rows() == CalibrationRows{});

  const Calibration shared = make_calibration(block, 8, {.length = 2});
  CHECK(shared.at(block_samples) == shared.at(width_samples));
  CHECK_THROWS_WITH(make_calibration(block, width, 7, {.length = 2}), Catch::Contains("tokens of the width set"));
}

TEST_CASE("a file is read, sampled, tokenised and cut") {
  const auto path = std::filesystem::temp_directory_path() / "multipruner_calibration_test.rows";
  std::ofstream(path, std::ios::binary) << "{\"text\": \"a\"}\n\"b\"\n";
  const Calibration calibration = read_calibration(path, ByteTokenizer{}, {.sequence_length = 5});
  CHECK(text_of(calibration.at(block_samples)) == "<s>a\n\nb");
  const Calibration plain =
      read_calibration(path, ByteTokenizer{}, {.sequence_length = 4, .max_windows = 1, .format = TextFormat::plain});
  CHECK(text_of(plain.at(block_samples)) == "<s>{\"t");
  std::filesystem::remove(path);
  CHECK_THROWS_AS(read_calibration(path, ByteTokenizer{}), FileError);
}

TEST_CASE("the calibration texts of the reference's runs come out byte for byte") {
  const std::string model = GENERATE("mixed-5.5M", "stories-1.6M");
  CAPTURE(model);
  const auto alpaca = test::reference_path("data/text/alpaca/alpaca_5000.json");
  const auto folder = test::reference_path("baselines/multipruner/" + model);
  SKIP_WITHOUT(alpaca);
  SKIP_WITHOUT(folder);
  const auto info = nlohmann::json::parse(file_text(folder / "calib_info.json"));
  const TextDataset dataset = read_text_dataset(alpaca);
  const CalibrationRows rows =
      choose_rows(dataset.size(), false, {.samples_block = 128, .samples_width = 64, .sampling = Sampling::random});
  CHECK(rows.block == info.at("block").at("rows").get<std::vector<Index>>());
  CHECK(rows.width == info.at("width").at("rows").get<std::vector<Index>>());
  for (const auto& [set, numbers] : {std::pair{"block", rows.block}, std::pair{"width", rows.width}}) {
    const std::string text = dataset.text(numbers);
    CHECK(text == file_text(folder / ("calib_" + std::string(set) + ".txt")));
    CHECK(test::sha256(text) == info.at(set).at("sha256"));
    CHECK(count_characters(text) == info.at(set).at("chars").get<Index>());
  }
}

TEST_CASE("the SmolLM2 calibration text of the reference's run comes out byte for byte") {
  const auto alpaca = test::reference_path("data/text/alpaca/alpaca_5000.json");
  const auto folder = test::reference_path("baselines/multipruner/smollm2-135m");
  SKIP_WITHOUT(alpaca);
  SKIP_WITHOUT(folder);
  const auto info = nlohmann::json::parse(file_text(folder / "calib_info.json")).at("block");
  const Calibration calibration =
      read_calibration(alpaca, ByteTokenizer{},
                       {.samples_block = 20, .samples_width = 20, .sequence_length = 2, .sampling = Sampling::random});
  CHECK(calibration.rows().block == info.at("rows").get<std::vector<Index>>());
  const std::string text = read_text_dataset(alpaca).text(calibration.rows().block);
  CHECK(text == file_text(folder / "calib_block.txt"));
  CHECK(test::sha256(text) == info.at("sha256"));
  CHECK(text_of(calibration.at(block_samples)) == "<s>" + text);  // 11,009 bytes and the BOS fill 5,505 windows of 2
}

TEST_CASE("sets of windows go by their names, and the first one is for all that names none") {
  Calibration calibration{{"c4", {2, {1, 2}}}, {"code", {3, {4, 5, 6}}}};
  CHECK(calibration.front() == TokenWindows{2, {1, 2}});
  CHECK(calibration.at("code") == TokenWindows{3, {4, 5, 6}});
  CHECK(calibration.contains("c4"));
  CHECK_FALSE(calibration.contains("block"));
  CHECK_THROWS_WITH(calibration.at("block"), Catch::Contains("\"block\"") && Catch::Contains("c4, code"));
  calibration.set("c4", {2, {7, 8}});
  calibration.set("block", {2, {9, 9}});
  CHECK(calibration.front() == TokenWindows{2, {7, 8}});
  CHECK(calibration.sets().size() == 3);
  for (const char* name : {"", "two words", "line\n"}) CHECK_THROWS_AS(calibration.set(name, {}), OptionError);
  CHECK_THROWS_AS((Calibration{{"a", {}}, {"a", {}}}), OptionError);
  CHECK_THROWS_AS(Calibration{}.front(), DataError);
}
