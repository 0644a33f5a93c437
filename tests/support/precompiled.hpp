// SPDX-License-Identifier: MIT
// Precompiled for all tests: what nearly every one of them includes, and no header of the project itself, so that a
// change to one of those compiles only the tests that include it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
