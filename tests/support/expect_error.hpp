// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <typeinfo>
#include <vector>

#include <catch2/catch.hpp>

#include <multipruner/core/error.hpp>

namespace multipruner::test {

/// Checks that `action` throws exactly an `Expected`, whose message contains all of `parts` and names a
/// remedy.
template <class Expected, class Action>
void expect_error(Action&& action, const std::vector<std::string>& parts) {
  try {
    action();
  } catch (const Error& error) {
    INFO(error.what());
    CHECK(typeid(error) == typeid(Expected));
    CHECK_FALSE(error.where().empty());
    CHECK_FALSE(error.remedy().empty());
    for (const std::string& part : parts) CHECK_THAT(error.what(), Catch::Contains(part));
    return;
  }
  FAIL_CHECK("no error was thrown, although one should mention " << (parts.empty() ? "something" : parts.front()));
}

}  // namespace multipruner::test
