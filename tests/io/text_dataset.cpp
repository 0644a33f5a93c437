// SPDX-License-Identifier: MIT
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/reference_data.hpp>
#include <support/sha256.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/io/alpaca.hpp>
#include <multipruner/io/text_dataset.hpp>
#include <multipruner/io/utf8.hpp>

using namespace multipruner;

namespace {

using Rows = std::vector<std::string>;

Rows rows_of(std::string_view content, const char* path) {
  return parse_text_dataset(content, path).rows;
}

/// The message of the error that a content causes.
template <class Exception>
std::string complaint(std::string_view content, const char* path) {
  try {
    static_cast<void>(parse_text_dataset(content, path));
  } catch (const Exception& error) {
    return error.what();
  }
  return "no such error";
}

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("plain text is split at blank lines and joined without loss") {
  CHECK(rows_of("one\ntwo\n\nthree", "a.txt") == Rows{"one\ntwo", "three"});
  for (const std::string text : {"a", "a\n\nb\n", "\n\na", "a\n\n", "a\n\n\nb", "a\n\n\n\nb", "\n", "\n\n\n\n\n"}) {
    CAPTURE(text);
    CHECK(parse_text_dataset(text, "a.txt").text() == text);
  }
}

TEST_CASE("line ends of other systems become line feeds in running text, and stay in JSON strings") {
  CHECK(rows_of("one\r\ntwo\r\n\r\nthree\r", "a.txt") == Rows{"one\ntwo", "three\n"});
  CHECK(rows_of(" \r\n = Title = \r\n", "a.raw") == Rows{"", " = Title = \n"});
  CHECK(rows_of("\"a\\r\\nb\"\r\n\"c\"\r\n", "a.jsonl") == Rows{"a\r\nb", "c"});
}

TEST_CASE("WikiText rows are lines, and lines of white space are empty rows") {
  CHECK(rows_of(" \n = Title = \n \t\n\nText .\nlast", "a.raw") ==
        Rows{"", " = Title = \n", "", "", "Text .\n", "last"});
}

TEST_CASE("a byte order mark is no part of the text") {
  CHECK(rows_of("\xef\xbb\xbf"
                "a\n\nb",
                "a.txt") == Rows{"a", "b"});
  CHECK(rows_of("\xef\xbb\xbf[\"a\"]", "a.json") == Rows{"a"});
  CHECK(rows_of("\xef\xbb\xbf\"a\"\n", "a.jsonl") == Rows{"a"});
}

TEST_CASE("JSON rows are strings, texts or Alpaca examples") {
  const std::string alpaca = R"({"instruction": "Add.", "input": "1 and 2", "output": "3", "id": 7})";
  const std::string brief = R"({"instruction": "Say ü\n.", "output": "\u00fc"})";
  const std::string ready = R"({"instruction": "no", "input": "", "output": "no", "text": "ready-made"})";
  const Rows expected{"plain", alpaca_text("Add.", "1 and 2", "3"), alpaca_text("Say ü\n.", "", "ü"), "ready-made"};

  CHECK(rows_of("[\"plain\", " + alpaca + ",\n" + brief + ", " + ready + "]\n", "a.json") == expected);
  CHECK(rows_of("\"plain\"\n" + alpaca + "\n\n  \n" + brief + "\n" + ready, "a.jsonl") == expected);
}

TEST_CASE("null in a JSON row is as absent") {
  const std::string row = R"({"text": null, "instruction": "Say it.", "input": null, "output": "it"})";
  CHECK(rows_of("[" + row + "]", "a.json") == Rows{alpaca_text("Say it.", "", "it")});
}

TEST_CASE("conversations become lines of role and content, and are counted") {
  const std::string chat =
      R"({"messages": [{"role": "system", "content": "Be\nbrief."}, {"role": "user", "content": [{"type": "text",
          "text": "Two "}, {"type": "text", "text": "parts?"}, "!"]}, {"role": "assistant", "content": null}]})";
  const std::string share_gpt =
      R"({"id": 1, "messages": null, "conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": ""}]})";
  const std::string mixed = R"({"conversations": [{"role": "user", "content": "Hi"}], "text": null})";
  const TextDataset dataset =
      parse_text_dataset("[" + chat + ", \"plain\", " + share_gpt + ", " + mixed + "]", "a.json");
  CHECK(dataset.rows ==
        Rows{"system: Be\nbrief.\nuser: Two parts?!\nassistant: ", "plain", "human: Hi\ngpt: ", "user: Hi"});
  CHECK(dataset.conversations.size() == 3);
  CHECK(parse_text_dataset(share_gpt, "a.jsonl").conversations.size() == 1);
  CHECK(parse_text_dataset(R"({"text": "a", "messages": []})", "a.jsonl").conversations.empty());
}

TEST_CASE("conversations are rendered by a template, and other rows stay") {
  const auto render = [](std::span<const ChatMessage> messages, bool add_generation_prompt) {
    std::string text = add_generation_prompt ? "?" : "";
    for (const ChatMessage& message : messages) text += "[" + message.role + "|" + message.content + "]";
    if (text.find("no") != std::string::npos) throw DataError("template", "it says no", "Say yes");
    return text;
  };
  const std::string rows =
      R"(["plain", {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Ho"}]},
          {"messages": [{"role": "system", "content": "Be"}]}])";
  const TextDataset dataset = parse_text_dataset(rows, "a.json"), rendered = dataset.rendered_by(render, "a.json");
  CHECK(rendered.rows == Rows{"plain", "[user|Hi][assistant|Ho]", "[system|Be]"});
  CHECK(rendered.is_rendered);
  CHECK(!dataset.is_rendered);
  CHECK(!parse_text_dataset("plain", "a.txt").rendered_by(render, "a.txt").is_rendered);
  const TextDataset refused =
      parse_text_dataset(R"(["a", {"messages": [{"role": "user", "content": "no"}]}])", "b.json");
  CHECK_THROWS_WITH(refused.rendered_by(render, "b.json"),
                    Catch::Contains("b.json, row 1 (counted from 0): it says no"));
}

TEST_CASE("conversations that hold no text are refused, saying where") {
  const auto complain = [](const std::string& row) { return complaint<DataError>(row + "\n", "a.jsonl"); };
  CHECK_THAT(complain(R"({"messages": "Hi"})"), Catch::Contains("a.jsonl, line 1: messages: expected an array"));
  CHECK_THAT(complain(R"({"messages": []})"), Catch::Contains("no messages"));
  CHECK_THAT(complain(R"({"messages": ["Hi"]})"), Catch::Contains("messages[0]: expected a message"));
  CHECK_THAT(complain(R"({"messages": [{"role": "user"}]})"), Catch::Contains("messages[0]: the message has neither"));
  CHECK_THAT(complain(R"({"conversations": [{"from": "human", "content": "Hi"}]})"), Catch::Contains("neither"));
  CHECK_THAT(complain(R"({"messages": [{"role": 1, "content": "Hi"}]})"),
             Catch::Contains("messages[0].role: expected"));
  CHECK_THAT(complain(R"({"messages": [{"role": "user", "content": {}}]})"),
             Catch::Contains("messages[0].content: expected a string, or an array"));
  CHECK_THAT(complain(R"({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]})"),
             Catch::Contains("is not text"));
  CHECK_THAT(complain(R"({"messages": [{"role": "user", "content": [{"text": 1}]}]})"),
             Catch::Contains("text: expected a string"));
}

TEST_CASE("tables are refused with the line of Python that converts them") {
  CHECK_THAT(complaint<FileError>(std::string("PAR1\x15\0\xff", 7), "train \"1\".parquet"),
             Catch::Contains(R"(import pandas; pandas.read_parquet("train \"1\".parquet").to_json()"
                             R"("train \"1\".parquet.jsonl", orient="records", lines=True))"));
  CHECK_THAT(complaint<FileError>(std::string("ARROW1\0\0", 8), "a.arrow"),
             Catch::Contains("format Arrow") && Catch::Contains("pandas.read_feather(\"a.arrow\")"));
  CHECK_THAT(complaint<FileError>(std::string("\xff\xff\xff\xff\x10\0\0\0", 8), "a.arrow"),
             Catch::Contains("datasets.Dataset.from_file(\"a.arrow\").to_pandas().to_json(\"a.arrow.jsonl\""));
}

TEST_CASE("a format that is given beats the one that is seen") {
  CHECK(parse_text_dataset("\"a\"\n\"b\"", "a.txt", TextFormat::json_lines).rows == Rows{"a", "b"});
  CHECK(parse_text_dataset("[1]", "a.json", TextFormat::plain).rows == Rows{"[1]"});
}

TEST_CASE("selected rows are joined in the order asked for") {
  const TextDataset dataset = parse_text_dataset("a\n\nb\n\nc", "a.txt");
  CHECK(dataset.text(std::vector<Index>{2, 0}) == "c\n\na");
  CHECK(dataset.text(std::vector<Index>{}).empty());
  CHECK(join_rows(Rows{"", "x", ""}) == "\n\nx\n\n");
}

TEST_CASE("content that cannot be used is refused, saying where and why") {
  CHECK_THAT(complaint<FileError>("", "a.txt"), Catch::Contains("a.txt: the file is empty"));
  CHECK_THAT(complaint<FileError>("\xef\xbb\xbf", "a.txt"), Catch::Contains("the file is empty"));
  CHECK_THAT(complaint<FileError>("[]", "a.json"), Catch::Contains("holds no rows"));
  CHECK_THAT(complaint<FileError>("\n\n", "a.jsonl"), Catch::Contains("holds no rows"));
  CHECK_THAT(complaint<FileError>("good\nb\xff", "a.txt"), Catch::Contains("a.txt, line 2: the byte at position 6"));
  CHECK_THAT(complaint<FileError>("\"a\"\n\n{\"text\": }\n", "a.jsonl"),
             Catch::Contains("a.jsonl, line 3: is not valid"));
  CHECK_THAT(complaint<FileError>("\"a\"\n{\"text\"\n", "a.jsonl"), Catch::Contains("a.jsonl, line 2: is not valid"));
  CHECK_THAT(complaint<FileError>("[\n\"a\",\n\"b\" \"c\"]", "a.json"), Catch::Contains("at line 3, column"));
  CHECK_THAT(complaint<FileError>("[\n\"a\",\n\"b\"", "a.json"), Catch::Contains("at line 3, column"));
}

TEST_CASE("rows that hold no text are refused, saying which") {
  CHECK_THAT(complaint<DataError>("\"a\"\n{\"content\": \"b\"}", "a.jsonl"),
             Catch::Contains("a.jsonl, line 2: the row has neither"));
  CHECK_THAT(
      complaint<DataError>("[\"a\", {\"instruction\": \"b\"}]", "a.json"),
      Catch::Contains("row 1 (counted from 0)") && Catch::Contains("neither \"text\" nor \"messages\" nor \"output\""));
  CHECK_THAT(complaint<DataError>("[{\"text\": 5}]", "a.json"),
             Catch::Contains("row 0") && Catch::Contains("text: expected a string, found 5"));
  CHECK_THAT(complaint<DataError>(R"([{"instruction": "a", "input": 5, "output": "b"}])", "a.json"),
             Catch::Contains("input: expected a string, found 5"));
  CHECK_THAT(complaint<DataError>(R"([{"instruction": "a", "output": null}])", "a.json"),
             Catch::Contains("nor \"output\""));
  CHECK_THAT(complaint<DataError>("[[\"a\"]]", "a.json"),
             Catch::Contains("row 0") && Catch::Contains("found an array"));
  CHECK_THAT(complaint<DataError>("17\n", "a.jsonl"),
             Catch::Contains("a.jsonl, line 1: expected a string or an object, found 17"));
  CHECK_THROWS_AS(parse_text_dataset("\"a\"", "a", TextFormat::json_array), DataError);
}

TEST_CASE("files are read like their content") {
  const auto path = std::filesystem::temp_directory_path() / "multipruner_text_dataset_test.jsonl";
  CHECK_THROWS_AS(read_text_dataset(path), FileError);
  std::ofstream(path, std::ios::binary) << "{\"text\": \"a\"}\n\"b\"\n";
  const TextDataset dataset = read_text_dataset(path);
  CHECK(dataset.format == TextFormat::json_lines);
  CHECK(dataset.rows == Rows{"a", "b"});
  std::ofstream(path, std::ios::binary | std::ios::trunc).flush();
  CHECK_THROWS_AS(read_text_dataset(path), FileError);
  std::filesystem::remove(path);
}

TEST_CASE("the WikiText-2 test text is that of the usual evaluation") {
  const auto path = test::reference_path("data/text/wikitext-2-raw/wiki.test.raw");
  SKIP_WITHOUT(path);
  const TextDataset dataset = read_text_dataset(path);
  CHECK(dataset.size() == 4358);
  CHECK(count_characters(dataset.text()) == 1294336);
  CHECK(test::sha256(dataset.text()) == "696cca6b65a171b0a358a4be6732cdfdf2dd6164a32e20fd70e3c13fc4dfae83");
}

TEST_CASE("the first C4 rows give the text of the evaluation") {
  const auto path = test::reference_path("data/text/c4/sample_c4-rp2.jsonl");
  SKIP_WITHOUT(path);
  const TextDataset dataset = read_text_dataset(path);
  CHECK(dataset.size() == 1000);
  const std::string text = join_rows(std::span(dataset.rows).first(100));
  CHECK(count_characters(text) == 239939);
  CHECK(test::sha256(text) == "359763203117cf851727a30ea9c711a467b4554c4f5844221550e857b97aceac");
}

TEST_CASE("a plain file of stories comes back whole") {
  const auto path = test::reference_path("data/text/tinystories/tinystories_val_part.txt");
  SKIP_WITHOUT(path);
  const TextDataset dataset = read_text_dataset(path);
  CHECK(dataset.size() > 1000);
  CHECK(dataset.text() == file_text(path));
  CHECK(test::sha256(dataset.text()) == "5fc1fb0113df62b567fb271806cd645ce8d75f59c58ca0b764c03d3b6ff34ca6");
}
