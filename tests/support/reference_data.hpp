#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include <catch2/catch.hpp>

namespace multipruner::test {

/// A path inside the reference data folder; the variable MULTIPRUNER_REFERENCE_DATA overrides the configured one.
inline std::filesystem::path reference_path(const std::string& relative) {
  const char* folder = std::getenv("MULTIPRUNER_REFERENCE_DATA");
  return std::filesystem::path(folder != nullptr ? folder : MULTIPRUNER_REFERENCE_DATA) / relative;
}

/// A path inside the source tree.
inline std::filesystem::path source_path(const std::string& relative) {
  return std::filesystem::path(MULTIPRUNER_SOURCE_DIR) / relative;
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
