// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/io/double_tensors.hpp>
#include <multipruner/io/safetensors.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("doubles come back as they were written") {
  const TemporaryDirectory folder;
  const std::vector<double> a{0.1, -1e300, 3}, b{1.0 / 3};
  const std::vector<DoubleTensor> tensors{{"a", {3, 1}, a}, {"b", {1}, b}, {"nothing", {0, 4}, {}}};
  write_double_tensors(folder / "x", tensors, {{"format", "numbers"}});
  const SafetensorsFile file(folder / "x");
  CHECK(file.values<double>("a") == a);
  CHECK(file.values<double>("b") == b);
  CHECK(file.get("a").shape == std::vector<Index>{3, 1});
  CHECK(file.get("nothing").element_count() == 0);
  CHECK(file.metadata().at("format") == "numbers");
}

TEST_CASE("doubles of a wrong shape or a name used twice are refused") {
  const TemporaryDirectory folder;
  const std::vector<double> a{1, 2};
  const auto write = [&](std::vector<DoubleTensor> tensors) { write_double_tensors(folder / "x", tensors); };
  expect_error<OptionError>([&] { write({{"a", {3}, a}}); }, {"tensor a", "[3]", "2 values"});
  expect_error<OptionError>([&] { write({{"a", {2}, a}, {"a", {2}, a}}); }, {"tensor a", "twice"});
  CHECK_FALSE(std::filesystem::exists(folder / "x"));
}
