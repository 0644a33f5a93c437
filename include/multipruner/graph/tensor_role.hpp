// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// What a tensor is for, independently of the name that a checkpoint gives it: the name of its slot in the table of a
/// kind of block, e.g. "q_proj".
///
/// The text has to live as long as the program: a literal.
class TensorRole {
 public:
  constexpr TensorRole() = default;
  constexpr TensorRole(const char* name) : name_(name) {}
  constexpr explicit TensorRole(std::string_view name) : name_(name) {}

  [[nodiscard]] constexpr std::string_view name() const { return name_; }

  friend constexpr bool operator==(TensorRole, TensorRole) = default;
  friend constexpr auto operator<=>(TensorRole, TensorRole) = default;

 private:
  std::string_view name_;
};

[[nodiscard]] constexpr std::string_view name_of(TensorRole role) {
  return role.name();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
