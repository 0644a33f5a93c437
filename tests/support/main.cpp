// SPDX-License-Identifier: MIT
#define CATCH_CONFIG_MAIN
#include "reference_data.hpp"

namespace multipruner::test {

const char* const configured_reference_data = MULTIPRUNER_REFERENCE_DATA;
const char* const configured_source_directory = MULTIPRUNER_SOURCE_DIR;
const char* const configured_version = MULTIPRUNER_CMAKE_VERSION;

}  // namespace multipruner::test
