#include <cstdio>

#include <multipruner/multipruner.hpp>

#ifndef MULTIPRUNER_COMPILED
#error "multipruner::compiled does not say that the bodies are in a library"
#endif

/// The bodies are in the library that this project has compiled.
int main() {
  try {
    (void)multipruner::load<multipruner::Llama>("no such folder");
  } catch (const multipruner::FileError& error) {
    std::puts(error.what());
    return error.where() == "no such folder" ? 0 : 1;
  }
  return 1;
}
