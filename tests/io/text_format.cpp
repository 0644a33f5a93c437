// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>

#include <multipruner/io/text_format.hpp>

using namespace multipruner;

TEST_CASE("the extension decides where it says enough") {
  CHECK(detect_text_format("book.txt", R"({"text": "looks like JSON"})") == TextFormat::plain);
  CHECK(detect_text_format("README.MD", "[link]") == TextFormat::plain);
  CHECK(detect_text_format("wiki.test.raw", " \n = Title = \n") == TextFormat::wikitext);
  CHECK(detect_text_format("c4.jsonl", "{}\n{}") == TextFormat::json_lines);
  CHECK(detect_text_format("c4.ndjson", "\n {}") == TextFormat::json_lines);
  CHECK(detect_text_format("alpaca.JSON", "{}\n{}") == TextFormat::json_lines);
  CHECK(detect_text_format("alpaca.json", "\n  [{}]") == TextFormat::json_array);
  CHECK(detect_text_format("c4.jsonl.gz", "\"a\"\n\"b\"") == TextFormat::json_lines);
  CHECK(detect_text_format("book.txt.gz", "[\"a\"]") == TextFormat::plain);
  CHECK(detect_text_format("rows.gz", "[\"a\"]") == TextFormat::json_array);
  CHECK(detect_text_format("broken.json", "no JSON at all") == TextFormat::json_lines);
}

TEST_CASE("the content decides about other names") {
  CHECK(detect_text_format("rows", "{\"text\": \"a\"}\n{\"text\": \"b\"}\n") == TextFormat::json_lines);
  CHECK(detect_text_format("rows.data", " [\"a\",\n\"b\"]") == TextFormat::json_array);
  CHECK(detect_text_format("song", "[Chorus]\nLa la la") == TextFormat::plain);
  CHECK(detect_text_format("code.cpp", "{\n  return 1;\n}") == TextFormat::plain);
  CHECK(detect_text_format("nothing", "") == TextFormat::plain);
}

TEST_CASE("plain text and WikiText run on, JSON rows stand alone") {
  CHECK(is_running_text(TextFormat::plain));
  CHECK(is_running_text(TextFormat::wikitext));
  CHECK_FALSE(is_running_text(TextFormat::json_lines));
  CHECK_FALSE(is_running_text(TextFormat::json_array));
}
