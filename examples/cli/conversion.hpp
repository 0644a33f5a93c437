// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "console.hpp"
#include "exit_code.hpp"
#include <multipruner/run/convert_model.hpp>

namespace multipruner::cli {

/// Converts a model and prints what was written. @throws what convert_model throws
[[nodiscard]] ExitCode convert(const ConversionSpec& spec, const std::string& out, bool overwrite, Console& console);

}  // namespace multipruner::cli
