# SPDX-License-Identifier: MIT
# Runs the check of the layers on small trees of headers, sound and broken, and compares what it says.
# Usage: cmake -DCHECK=check_layers.cmake -DDIRECTORY=scratch -P check_layers_test.cmake
cmake_minimum_required(VERSION 3.25)

include(${CMAKE_CURRENT_LIST_DIR}/expect.cmake)

expect("sound"
  core/parallel.ipp <oneapi/tbb/parallel_for.h> core/parallel.hpp <span> core/other.hpp <multipruner/core/parallel.hpp>
  simd/linear.ipp <xsimd/xsimd.hpp> simd/detail/batch.hpp <xsimd/xsimd.hpp> graph/graph.hpp <multipruner/core/other.hpp>
  io/file.hpp <filesystem> tokenizers/unigram.hpp <multipruner/io/file.hpp>
  io/json_file.hpp <nlohmann/json.hpp> io/json_file.ipp <nlohmann/json.hpp> io/model_folder.ipp <multipruner/io/json_file.hpp>
  io/json_reader.hpp <nlohmann/json_fwd.hpp> multipruner.hpp <multipruner/graph/graph.hpp>)
expect("core/a.hpp: includes tensor/b.hpp, which is not below" core/a.hpp <multipruner/tensor/b.hpp> tensor/b.hpp <span>)
expect("graph/a.hpp: includes multipruner.hpp, which is not below"
  graph/a.hpp <multipruner/multipruner.hpp> multipruner.hpp <span>)
expect("graph/a.hpp: includes tokenizers/b.hpp, which is not below"
  graph/a.hpp <multipruner/tokenizers/b.hpp> tokenizers/b.hpp <span>)
expect("tokenizers/b.hpp: includes graph/a.hpp, which is not below"
  graph/a.hpp <span> tokenizers/b.hpp <multipruner/graph/a.hpp>)
expect("core/b.hpp: is on a cycle"
  core/a.hpp <multipruner/core/b.hpp> core/b.hpp <multipruner/core/c.hpp> core/c.hpp <multipruner/core/a.hpp>)
expect("core/a.hpp: is on a cycle" core/a.hpp <multipruner/core/a.hpp>)
expect("core/b.hpp: includes oneTBB" core/b.hpp <tbb/parallel_for.h>)
expect("core/b.hpp: includes oneTBB" core/b.hpp <oneapi/tbb/parallel_for.h>)
expect("core/parallel.hpp: includes oneTBB" core/parallel.hpp <oneapi/tbb/parallel_for.h>)
expect("graph/a.ipp: includes xsimd" graph/a.ipp <xsimd/xsimd.hpp>)
expect("simd/a.hpp: includes xsimd" simd/a.hpp <xsimd/xsimd.hpp>)
expect("io/a.hpp: includes nlohmann/json.hpp" io/a.hpp <nlohmann/json.hpp>)
expect("graph/a.hpp: includes io/json_file.hpp, which brings nlohmann/json.hpp"
  graph/a.hpp <multipruner/io/json_file.hpp> io/json_file.hpp <nlohmann/json.hpp>)
expect("sound"
  tensor/eigen.hpp <Eigen/Core> tensor/a.ipp <Eigen/Core> graph/b.ipp <multipruner/tensor/eigen.hpp>)
expect("graph/a.hpp: brings Eigen" graph/a.hpp <Eigen/Core>)
expect("graph/a.hpp: brings Eigen" graph/a.hpp <multipruner/tensor/eigen.hpp> tensor/eigen.hpp <Eigen/Core>)
expect("multipruner.hpp: brings Eigen" multipruner.hpp <multipruner/tensor/eigen.hpp> tensor/eigen.hpp <Eigen/Core>)
expect("core/a.hpp: includes core/typo.hpp, which does not exist" core/a.hpp <multipruner/core/typo.hpp>)
expect("misc/a.hpp: lies in misc/, which is no layer" misc/a.hpp <span>)
expect("core/a.hpp: has an include in quotes" core/a.hpp "#include \"b.hpp\"")

set(abi "namespace multipruner::inline MULTIPRUNER_ABI")
expect("sound"
  core/a.hpp "${abi}::inline core {" io/b.hpp "${abi}::inline io::files {" simd/c.hpp "${abi}::simd {" forward/d.hpp
  "${abi}::inline forward_pass {" forward/e.ipp "${abi}::detail {")
expect("core/a.hpp: opens another namespace" core/a.hpp "${abi} {")
expect("core/a.hpp: opens another namespace" core/a.hpp "${abi}::inline io {")
expect("core/a.hpp: opens another namespace" core/a.hpp "namespace multipruner {")
expect("core/a.hpp: opens another namespace" core/a.hpp "${abi}::core {")
expect("core/a.hpp: opens another namespace" core/a.hpp "${abi}::simd {")
expect("io/a.hpp: has the name of another file" core/a.hpp "${abi}::inline core {" io/a.hpp "${abi}::inline io {")
