// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

namespace multipruner::test {

// Where this build's folders are; main.cpp alone knows, so that checkouts can share what they compiled of the tests.
extern const char* const configured_reference_data;
extern const char* const configured_source_directory;

/// The version that CMake has built.
extern const char* const configured_version;

/// A path inside the reference data folder; the variable MULTIPRUNER_REFERENCE_DATA overrides the configured one.
inline std::filesystem::path reference_path(const std::string& relative) {
  const char* folder = std::getenv("MULTIPRUNER_REFERENCE_DATA");
  return std::filesystem::path(folder != nullptr ? folder : configured_reference_data) / relative;
}

/// A path inside the source tree.
inline std::filesystem::path source_path(const std::string& relative) {
  return std::filesystem::path(configured_source_directory) / relative;
}

}  // namespace multipruner::test

/// Ends the test, saying so, where a piece of reference data is absent.
#define SKIP_WITHOUT(path)                                       \
  do {                                                           \
    if (!std::filesystem::exists(path)) {                        \
      WARN("skipped: needs reference data " << (path).string()); \
      return;                                                    \
    }                                                            \
  } while (false)
