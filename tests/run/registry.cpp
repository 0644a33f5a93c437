// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include <multipruner/run/registry.hpp>

using namespace multipruner;

namespace {

struct Named {
  std::string name;
  int value = 0;
};

}  // namespace

TEST_CASE("A registry finds its entries by name, and keeps their order") {
  Registry<Named> registry("kind of thing", {{"b", 1}, {"a", 2}});
  CHECK(registry.at("a").value == 2);
  CHECK(registry.find("c") == nullptr);
  CHECK(registry.names() == "b, a");
  Registry<Named> mine = registry;
  mine.add({"c", 3});
  CHECK(mine.at("c").value == 3);
  CHECK(mine.names() == "b, a, c");
  CHECK(registry.find("c") == nullptr);
}

TEST_CASE("Names that are unknown, taken or empty are refused") {
  Registry<Named> registry("kind of thing", {{"b", 1}, {"a", 2}});
  CHECK_THROWS_WITH(registry.at("c"), "kind of thing: \"c\" is not known. Use one of b, a.");
  CHECK_THROWS_WITH(registry.add({"a", 3}), Catch::Contains("there is a \"a\" already"));
  CHECK_THROWS_WITH(registry.add({"", 3}), Catch::Contains("has no name"));
  CHECK_THROWS_AS((Registry<Named>("kind of thing", {{"a", 1}, {"a", 2}})), OptionError);
  CHECK(registry.entries().size() == 2);
}
