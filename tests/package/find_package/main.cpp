// SPDX-License-Identifier: MIT
#include <cstdio>

#include <multipruner/multipruner.hpp>

/// The umbrella header compiles without any flag, links, and reports a missing model as it should.
int main() {
  try {
    (void)multipruner::load<multipruner::Llama>("no such folder");
  } catch (const multipruner::FileError& error) {
    std::puts(error.what());
    return error.where() == "no such folder" ? 0 : 1;
  }
  return 1;
}
