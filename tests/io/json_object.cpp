// SPDX-License-Identifier: MIT
#include <concepts>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/expect_error.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/io/json_object.hpp>

using namespace multipruner;
using test::expect_error;

TEST_CASE("a JSON object keeps the order of its keys") {
  const nlohmann::ordered_json json{{"z", 1}, {"a", {{"y", 2}, {"b", 3}}}};
  const JsonObject object = json;
  CHECK(object.json().dump() == R"({"z":1,"a":{"y":2,"b":3}})");
  const JsonObject copy = object;
  CHECK(copy.json() == json);
}

TEST_CASE("without an object there is null") {
  CHECK(JsonObject().json().is_null());
  CHECK(JsonObject(nlohmann::ordered_json()).json().is_null());
}

TEST_CASE("other JSON values are no objects, and json, which sorts its keys, is not taken for one in order") {
  expect_error<OptionError>([] { (void)JsonObject(nlohmann::ordered_json{1, 2}); }, {"JSON object", "found array"});
  expect_error<OptionError>([] { (void)JsonObject(nlohmann::ordered_json("text")); }, {"JSON object", "found string"});
  STATIC_REQUIRE_FALSE(std::constructible_from<JsonObject, nlohmann::json>);
}
