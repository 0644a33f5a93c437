// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

/// Version of the library, which CMakeLists.txt reads from here.
#define MULTIPRUNER_VERSION_MAJOR 0
#define MULTIPRUNER_VERSION_MINOR 1
#define MULTIPRUNER_VERSION_PATCH 0

/// As one number that grows from version to version: 10203 is 1.2.3.
#define MULTIPRUNER_VERSION \
  (MULTIPRUNER_VERSION_MAJOR * 10000 + MULTIPRUNER_VERSION_MINOR * 100 + MULTIPRUNER_VERSION_PATCH)

#define MULTIPRUNER_VERSION_TEXT_OF(major, minor, patch) #major "." #minor "." #patch
#define MULTIPRUNER_VERSION_TEXT(major, minor, patch) MULTIPRUNER_VERSION_TEXT_OF(major, minor, patch)

#define MULTIPRUNER_VERSION_NAME_OF(major, minor, patch) v##major##_##minor##_##patch
#define MULTIPRUNER_VERSION_NAME(major, minor, patch) MULTIPRUNER_VERSION_NAME_OF(major, minor, patch)

/// As a name, e.g. v0_1_0.
#define MULTIPRUNER_VERSION_NAMESPACE \
  MULTIPRUNER_VERSION_NAME(MULTIPRUNER_VERSION_MAJOR, MULTIPRUNER_VERSION_MINOR, MULTIPRUNER_VERSION_PATCH)

namespace multipruner::inline MULTIPRUNER_VERSION_NAMESPACE {

/// The same as text, e.g. "0.1.0".
inline constexpr std::string_view version =
    MULTIPRUNER_VERSION_TEXT(MULTIPRUNER_VERSION_MAJOR, MULTIPRUNER_VERSION_MINOR, MULTIPRUNER_VERSION_PATCH);

}  // namespace multipruner::inline MULTIPRUNER_VERSION_NAMESPACE
