#pragma once

#include <string_view>

/// Version of the library, as in CMakeLists.txt and CHANGELOG.md, for the preprocessor.
#define MULTIPRUNER_VERSION_MAJOR 0
#define MULTIPRUNER_VERSION_MINOR 1
#define MULTIPRUNER_VERSION_PATCH 0

/// As one number that grows from version to version: 10203 is 1.2.3.
#define MULTIPRUNER_VERSION \
  (MULTIPRUNER_VERSION_MAJOR * 10000 + MULTIPRUNER_VERSION_MINOR * 100 + MULTIPRUNER_VERSION_PATCH)

namespace multipruner {

/// The same as text.
inline constexpr std::string_view version = "0.1.0";

}  // namespace multipruner
