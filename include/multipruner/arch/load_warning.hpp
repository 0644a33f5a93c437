// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// Something about a model that loads, but perhaps not as its owner expects. Its parts are those of an Error.
struct LoadWarning {
  std::string where, problem, remedy;

  /// All of it, in one line.
  [[nodiscard]] std::string text() const { return where + ": " + problem + ". " + remedy + "."; }

  /// The same without the path of the model in front, for what goes to other people.
  [[nodiscard]] std::string without_path() const {
    const std::size_t colon = where.rfind(": ");
    return (colon == std::string::npos ? where : where.substr(colon + 2)) + ": " + problem + ". " + remedy + ".";
  }
};

/// Takes warnings while a model is loaded.
using LoadWarningSink = std::function<void(const LoadWarning&)>;

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
