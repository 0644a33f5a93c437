// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/expect_error.hpp"
#include "support/reference_data.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/json_reader.hpp>

using namespace multipruner;
using test::expect_error;

namespace {

JsonReader reader(const std::string& text) {
  return {parse_json(text, "config.json"), "config.json"};
}

}  // namespace

TEST_CASE("entries are read as what they are") {
  const auto config = reader(R"({"size": 64, "eps": 1e-6, "theta": 10000, "tied": true, "act": "silu", "none": null,
                                 "split": [44, 52, 4], "names": ["a", "b"], "big": 18446744073709551615})");
  CHECK(config.require<Index>("size") == 64);
  CHECK(config.require<double>("eps") == 1e-6);
  CHECK(config.require<float>("theta") == 10000.0f);
  CHECK(config.require<bool>("tied"));
  CHECK(config.require<std::string>("act") == "silu");
  CHECK(config.require<std::vector<int>>("split") == std::vector{44, 52, 4});
  CHECK(config.require<std::vector<std::string>>("names") == std::vector<std::string>{"a", "b"});
  CHECK(config.require<std::uint64_t>("big") == UINT64_MAX);
  CHECK(config.require<std::int8_t>("size") == 64);
  CHECK(config.require<std::vector<float>>("split") == std::vector{44.0f, 52.0f, 4.0f});
  CHECK(config.contains("size"));
  CHECK_FALSE(config.contains("none"));
  CHECK_FALSE(config.contains("absent"));
}

TEST_CASE("absent and null entries are absent") {
  const auto config = reader(R"({"none": null, "size": 3})");
  CHECK(config.optional<Index>("none") == std::nullopt);
  CHECK(config.optional<Index>("absent") == std::nullopt);
  CHECK(config.optional<Index>("size") == 3);
  CHECK(config.get_or<Index>("none", 7) == 7);
  CHECK(config.get_or<Index>("size", 7) == 3);
  CHECK(config.get_or<std::string>("absent", "silu") == "silu");
  CHECK_FALSE(config.optional_object("none"));
  CHECK(config.objects("absent").empty());
  expect_error<DataError>([&] { (void)config.require<Index>("absent"); }, {"config.json: absent", "is missing"});
  expect_error<DataError>([&] { (void)config.require<Index>("none"); }, {"config.json: none", "is null"});
}

TEST_CASE("a wrong type is an error that says what was expected and what was found") {
  const auto config = reader(R"({"size": 64.0, "flag": 1, "text": "8", "list": [1, "x"], "object": {}, "yes": true})");
  const auto expect = [](auto&& action, const std::vector<std::string>& parts) {
    expect_error<DataError>(action, parts);
  };
  expect([&] { (void)config.require<Index>("size"); }, {"config.json: size", "expected an integer", "found 64.0"});
  expect([&] { (void)config.require<Index>("yes"); }, {"expected an integer", "found true"});
  expect([&] { (void)config.require<bool>("flag"); }, {"config.json: flag", "expected true or false", "found 1"});
  expect([&] { (void)config.require<double>("text"); }, {"expected a number", "found the string \"8\""});
  expect([&] { (void)config.require<std::string>("flag"); }, {"expected a string", "found 1"});
  expect([&] { (void)config.require<std::vector<int>>("list"); }, {"config.json: list[1]", "found the string \"x\""});
  expect([&] { (void)config.require<std::vector<int>>("object"); }, {"expected an array", "found an object"});
  expect([&] { (void)config.optional<Index>("list"); }, {"expected an integer", "an array of 2 elements"});
  expect([&] { (void)config.require_object("flag"); }, {"config.json: flag", "expected an object"});
  expect([&] { (void)config.objects("object"); }, {"config.json: object", "expected an array"});
  expect([&] { (void)config.objects("list"); }, {"config.json: list[0]", "expected an object"});
  expect([] { (void)reader("[1]"); }, {"config.json: expected an object, found an array of 1 elements"});
}

TEST_CASE("numbers must fit their type and their bounds") {
  const auto config =
      reader(R"({"big": 3000000000, "negative": -1, "zero": 0, "huge": 1e300, "nan": NaN, "inf": Infinity,
                                 "max": 18446744073709551615, "beyond": 18446744073709551616})");
  const auto expect = [](auto&& action, const std::vector<std::string>& parts) {
    expect_error<DataError>(action, parts);
  };
  expect([&] { (void)config.require<std::int32_t>("big"); }, {"[-2147483648, 2147483647]", "found 3000000000"});
  CHECK(config.require<std::int64_t>("big") == 3000000000);
  expect([&] { (void)config.require<std::uint32_t>("negative"); }, {"[0, 4294967295]", "found -1"});
  expect([&] { (void)config.require<std::uint8_t>("big"); }, {"[0, 255]", "found 3000000000"});
  expect([&] { (void)config.require<std::int64_t>("max"); }, {"found 18446744073709551615"});
  expect([&] { (void)config.require<std::uint64_t>("beyond"); }, {"expected an integer"});
  expect([&] { (void)config.require<Index>("zero", {.minimum = 1}); }, {"config.json: zero", "found 0"});
  expect([&] { (void)config.optional<double>("zero", {.maximum = -0.5}); }, {"[-Infinity, -0.5]", "found 0"});
  CHECK(config.require<Index>("zero", {.minimum = 0, .maximum = 0}) == 0);
  expect([&] { (void)config.require<float>("huge"); }, {"[-Infinity, Infinity]", "found 1e+300"});
  CHECK(config.require<double>("huge") == 1e300);
  expect([&] { (void)config.require<double>("nan"); }, {"found NaN"});
  CHECK(std::isinf(config.require<float>("inf")));
}

TEST_CASE("nested objects keep their path and outlive the outer reader") {
  std::optional<JsonReader> scaling;
  {
    const auto config =
        reader(R"({"rope_scaling": {"factor": "8", "inner": {"x": 1}}, "layers": [{"n": 1}, {"n": "2"}]})");
    scaling = config.optional_object("rope_scaling");
    CHECK(config.objects("layers").at(0).require<Index>("n") == 1);
    expect_error<DataError>([&] { (void)config.objects("layers").at(1).require<Index>("n"); },
                            {"config.json: layers[1].n: expected an integer"});
  }
  REQUIRE(scaling);
  CHECK(scaling->require_object("inner").require<Index>("x") == 1);
  CHECK(scaling->where("factor") == "config.json: rope_scaling.factor");
  expect_error<DataError>([&] { (void)scaling->require<double>("factor"); },
                          {"config.json: rope_scaling.factor: expected a number, found the string \"8\""});
  expect_error<DataError>([&] { (void)scaling->require_object("inner").require<Index>("y"); },
                          {"config.json: rope_scaling.inner.y: is missing"});
}

TEST_CASE("a real config.json with an infinity is read") {
  const auto path = test::reference_path("golden/arch/mamba2/config.json");
  SKIP_WITHOUT(path);
  const auto config = JsonReader::open(path);
  CHECK(config.source() == path.string());
  CHECK(config.require<Index>("hidden_size") == 48);
  CHECK(config.require<std::string>("model_type") == "mamba2");
  CHECK(std::isinf(config.require<std::vector<double>>("time_step_limit").at(1)));
}
