# SPDX-License-Identifier: MIT
# Runs the check of the umbrella headers on small trees, whole and not, and compares what it says.
# Usage: cmake -DCHECK=check_umbrella.cmake -DDIRECTORY=scratch -P check_umbrella_test.cmake
cmake_minimum_required(VERSION 3.25)

include(${CMAKE_CURRENT_LIST_DIR}/expect.cmake)

set(public "namespace multipruner::inline MULTIPRUNER_ABI::inline core {")
set(simd "namespace multipruner::inline MULTIPRUNER_ABI::simd {")
set(detail "namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {")

expect("sound"
  multipruner.hpp <multipruner/core/a.hpp> core/a.hpp "<multipruner/core/b.hpp>${public}" core/b.hpp "${public}"
  core/detail.hpp "${detail}" tensor/xtensor.hpp "${public}"
  run.hpp <multipruner/run/a.hpp> run/a.hpp "<multipruner/core/a.hpp>${public}"
  tokenizers.hpp <multipruner/tokenizers/a.hpp> tokenizers/a.hpp "<multipruner/core/a.hpp>${public}")
expect("multipruner.hpp does not include core/b.hpp"
  run.hpp "//" multipruner.hpp <multipruner/core/a.hpp> core/a.hpp "${public}" core/b.hpp "${simd}" tokenizers.hpp "//")
expect("multipruner.hpp does not include core/b.hpp"  # bodies are not seen in compiled mode
  run.hpp "//" multipruner.hpp <multipruner/core/a.hpp> core/a.hpp "<multipruner/core/a.ipp>${public}"
  core/a.ipp <multipruner/core/b.hpp> core/b.hpp "${public}" tokenizers.hpp "//")
expect("tokenizers.hpp does not include tokenizers/a.hpp"
  run.hpp "//" multipruner.hpp "//" tokenizers.hpp "//" tokenizers/a.hpp "${public}")
expect("multipruner.hpp includes tensor/xtensor.hpp"
  run.hpp "//" multipruner.hpp <multipruner/tensor/xtensor.hpp> tokenizers.hpp "//" tensor/xtensor.hpp "${public}")
expect("run.hpp does not include run/a.hpp"
  multipruner.hpp "//" tokenizers.hpp "//" run.hpp "//" run/a.hpp "${public}")
expect("multipruner.hpp includes run/a.hpp"
  multipruner.hpp <multipruner/run/a.hpp> tokenizers.hpp "//" run.hpp <multipruner/run/a.hpp> run/a.hpp "${public}")
