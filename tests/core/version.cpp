// SPDX-License-Identifier: MIT
#include <fstream>
#include <string>

#include <catch2/catch.hpp>
#include <support/reference_data.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/version.hpp>

using namespace multipruner;

TEST_CASE("header, CMake and changelog state the same version") {
  const std::string macros = std::to_string(MULTIPRUNER_VERSION_MAJOR) + "." +
                             std::to_string(MULTIPRUNER_VERSION_MINOR) + "." +
                             std::to_string(MULTIPRUNER_VERSION_PATCH);
  CHECK(version == macros);
  CHECK(version == test::configured_version);
  CHECK(MULTIPRUNER_VERSION ==
        10000 * MULTIPRUNER_VERSION_MAJOR + 100 * MULTIPRUNER_VERSION_MINOR + MULTIPRUNER_VERSION_PATCH);

  std::ifstream changelog(test::source_path("CHANGELOG.md"));
  std::string line;
  while (std::getline(changelog, line) && !line.starts_with("## ")) {
  }
  CHECK(line.starts_with("## [" + macros + "] - "));  // the newest entry: its date, or that it is unreleased
}
