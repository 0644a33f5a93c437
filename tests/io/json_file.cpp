// SPDX-License-Identifier: MIT
#include <cmath>
#include <limits>
#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/expect_error.hpp"
#include "support/reference_data.hpp"
#include "support/temporary_directory.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/io/json_file.hpp>

using namespace multipruner;
using test::expect_error;

TEST_CASE("literals that are not finite are numbers") {
  const auto json = parse_json(R"({"a": [Infinity, -Infinity, NaN], "b": Infinity})", "text");
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(json["a"][0].get<double>() == infinity);
  CHECK(json["a"][1].get<double>() == -infinity);
  CHECK(std::isnan(json["a"][2].get<double>()));
  CHECK(json["b"].get<double>() == infinity);
}

TEST_CASE("inside strings and keys such literals are text") {
  const auto json = parse_json(R"({"NaN": "Infinity \" -Infinity \\", "b": NaN, "c": "NaN"})", "text");
  CHECK(json["NaN"] == "Infinity \" -Infinity \\");
  CHECK(std::isnan(json["b"].get<double>()));
  CHECK(json["c"] == "NaN");
}

TEST_CASE("a text without such literals may hold every character") {
  CHECK(parse_json("[\"\\u0000\", \"\x7f\", \"\\u0000 \"]", "text")[0] == std::string(1, '\0'));
  CHECK(parse_json("\"\x7f\"", "text") == "\x7f");
}

TEST_CASE("text that is not JSON is an error with its position") {
  expect_error<FileError>([] { (void)parse_json("{\"a\": 1,\n \"b\": }", "config.json"); },
                          {"config.json", "not valid JSON", "line 2, column 7"});
  expect_error<FileError>([] { (void)parse_json("{\"a\": NaN, \"b\": Infinity, \"c\" }", "config.json"); },
                          {"line 1, column 31"});
  expect_error<FileError>([] { (void)parse_json("", "config.json"); }, {"not valid JSON"});
  expect_error<FileError>([] { (void)parse_json("{} x", "config.json"); }, {"not valid JSON"});
  expect_error<FileError>([] { (void)parse_json("[\"\xff\"]", "config.json"); }, {"UTF-8"});
  expect_error<FileError>([] { (void)parse_json("[1e999]", "config.json"); }, {"overflow", "1e999"});
  expect_error<FileError>([] { (void)parse_json("[infinity]", "config.json"); }, {"not valid JSON"});
  expect_error<FileError>([] { (void)parse_json("\"" + std::string(5000, 'x'), "config.json"); }, {"..."});
}

TEST_CASE("duplicate keys are found at every depth where they are to be rejected") {
  const std::string text = R"([{"a": {"b": 1}}, {"a": {"b": 1, "c": 2, "b": 3}}])";
  expect_error<FileError>([&] { (void)parse_json(text, "index.json", DuplicateKeys::reject); },
                          {"index.json", "\"b\"", "twice"});
  CHECK(parse_json(text, "config.json")[1]["a"]["b"] == 3);
  CHECK(parse_json(R"([{"a": {"a": 1}}, {"a": 1}])", "index.json", DuplicateKeys::reject).size() == 2);
}

TEST_CASE("written JSON has the layout of transformers and reads back as it was") {
  const nlohmann::json json{{"rope", nullptr},
                            {"eps", 1e-05},
                            {"ids", {1, 2}},
                            {"limit", {0.0, std::numeric_limits<double>::infinity()}},
                            {"none", nlohmann::json::array()},
                            {"text", "é\n"}};
  const std::string expected =
      "{\n  \"eps\": 1e-05,\n  \"ids\": [\n    1,\n    2\n  ],\n  \"limit\": [\n    0.0,\n    Infinity\n  "
      "],\n"
      "  \"none\": [],\n  \"rope\": null,\n  \"text\": \"é\\n\"\n}\n";
  CHECK(to_json_text(json, NonFinite::as_in_python) == expected);
  CHECK(to_json_text(nlohmann::ordered_json{{"z", 1}, {"a", -std::numeric_limits<double>::infinity()}},
                     NonFinite::as_in_python) == "{\n  \"z\": 1,\n  \"a\": -Infinity\n}\n");

  const test::TemporaryDirectory directory;
  test::write_file(directory / "out.json", expected);
  CHECK(read_json_file(directory / "out.json") == json);
  expect_error<OptionError>([] { (void)to_json_text(nlohmann::json("\xff")); }, {"UTF-8"});
}

TEST_CASE("written JSON is JSON, also where a number is not finite") {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  const nlohmann::ordered_json json{{"loss", nan}, {"candidates", {infinity, -infinity, 1.5}}, {"name", "NaN"}};
  const test::TemporaryDirectory directory;
  write_json_file(directory / "log.json", json);
  for (const std::string& text : {to_json_text(json), test::read_file(directory / "log.json")}) {
    const auto read = nlohmann::json::parse(text);  // takes no literals of Python's
    CHECK(read.at("loss").is_null());
    CHECK(read.at("candidates") == nlohmann::json{nullptr, nullptr, 1.5});
    CHECK(read.at("name") == "NaN");
  }
}

TEST_CASE("every reference config.json is read, and written again byte for byte") {
  const auto folder = test::reference_path("golden/arch");
  SKIP_WITHOUT(folder);
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const auto config = entry.path() / "config.json";
    if (!std::filesystem::exists(config)) continue;
    INFO(config);
    ++count;
    const nlohmann::ordered_json ordered(read_json_file(config));
    const std::string text = test::read_file(config);
    const auto json = read_json_file(config);
    CHECK(json.is_object());
    CHECK(parse_json(to_json_text(json, NonFinite::as_in_python), "again") == json);
    if (entry.path().filename() == "mamba2") {
      CHECK(std::isinf(json["time_step_limit"][1].get<double>()));
      CHECK(to_json_text(json, NonFinite::as_in_python) == text);
    }
  }
  CHECK(count > 0);
}

TEST_CASE("JSON that nests absurdly deep is refused by name, and braces in strings do not count") {
  const auto nested = [](std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  CHECK(parse_json(nested(100), "text").is_array());
  expect_error<FileError>([&] { (void)parse_json(nested(101), "text"); }, {"text", "deeper than 100 levels"});
  expect_error<FileError>([&] { (void)parse_json(std::string(50'000'000, '['), "text"); }, {"deeper"});
  std::string objects;
  for (int i = 0; i < 101; ++i) objects += "{\"a\": ";
  expect_error<FileError>([&] { (void)parse_json(objects, "text"); }, {"deeper"});
  CHECK(parse_json("[\"" + std::string(1000, '[') + "\\\"" + std::string(1000, '{') + "\"]", "text").size() == 1);
}
