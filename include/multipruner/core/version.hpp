#pragma once

#include <string_view>

namespace multipruner {

/// Version of the library, as in CMakeLists.txt and CHANGELOG.md.
inline constexpr std::string_view version = "0.1.0";

}  // namespace multipruner
