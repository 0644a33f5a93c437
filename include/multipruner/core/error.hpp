// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline core {

/// Base of every exception this library throws on purpose.
///
/// An error always answers three questions: where it happened (a file, a tensor, an option), what is wrong, and what
/// the user can do about it. `what()` joins them into one line. Numerical and search outcomes (an unreachable target, a
/// candidate whose loss is not finite) are values in results, never errors.
class Error : public std::runtime_error {
 public:
  Error(std::string where, std::string problem, std::string remedy)
      : std::runtime_error(where + ": " + problem + ". " + remedy + "."),
        parts_(std::make_shared<const Parts>(std::move(where), std::move(problem), std::move(remedy))) {}

  [[nodiscard]] const std::string& where() const noexcept { return parts_->where; }
  [[nodiscard]] const std::string& problem() const noexcept { return parts_->problem; }
  [[nodiscard]] const std::string& remedy() const noexcept { return parts_->remedy; }

 private:
  struct Parts {
    Parts(std::string where_, std::string problem_, std::string remedy_)
        : where(std::move(where_)), problem(std::move(problem_)), remedy(std::move(remedy_)) {}
    std::string where, problem, remedy;
  };

  std::shared_ptr<const Parts> parts_;  // shared, because copying an exception must not throw
};

/// An option, argument or composition that cannot work, e.g. a ratio of 120 or a group that does not divide.
class OptionError : public Error {
 public:
  using Error::Error;
};

/// A file that is missing, unreadable, truncated, or contradicts its own format.
class FileError : public Error {
 public:
  using Error::Error;
};

/// Well-formed input whose contents contradict each other, e.g. tensor shapes against config.json, NaN weights, or a
/// calibration text that is too short.
class DataError : public Error {
 public:
  using Error::Error;
};

/// Input that is well formed but asks for something this library does not implement, refused by name.
class UnsupportedError : public Error {
 public:
  using Error::Error;
};

/// An output that cannot be written: an unwritable or already filled folder, a full disk.
class OutputError : public Error {
 public:
  using Error::Error;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline core
