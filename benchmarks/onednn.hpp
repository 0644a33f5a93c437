// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <unordered_map>

#include <dnnl.hpp>
#include <omp.h>

#include "random_values.hpp"

namespace multipruner::benchmark {

/// While it lives, OpenMP, and with it oneDNN as Debian builds it, uses so many threads for what this thread starts.
class OpenMpThreads {
 public:
  explicit OpenMpThreads(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
  ~OpenMpThreads() { omp_set_num_threads(before_); }
  OpenMpThreads(const OpenMpThreads&) = delete;
  OpenMpThreads& operator=(const OpenMpThreads&) = delete;

 private:
  int before_;
};

/// How oneDNN finds the weights: as a checkpoint stores them, out × in, which is how we find them too, or in the layout
/// that it likes best. To bring them there needs a second copy of them, and its time is not counted.
enum class WeightLayout { as_stored, reordered };

/// y = x · weightᵀ by oneDNN's matmul primitive: x and weight of one type, y float32. Make it with the number of
/// threads that it shall run on.
class OneDnnProduct {
 public:
  OneDnnProduct(const WeightView& x, const WeightView& weight, MatrixView<float> y, WeightLayout layout)
      : engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    using Tag = dnnl::memory::format_tag;
    const auto type = x.dtype == DType::bfloat16 ? dnnl::memory::data_type::bf16 : dnnl::memory::data_type::f32;
    const dnnl::memory::desc x_desc({x.rows, x.columns}, type, Tag::ab);
    const dnnl::memory::desc y_desc({y.rows, y.columns}, dnnl::memory::data_type::f32, Tag::ab);
    const dnnl::memory::dims weight_size{weight.columns, weight.rows};
    const dnnl::memory::desc stored(weight_size, type, Tag::ba);
    const dnnl::memory::desc wanted(weight_size, type, layout == WeightLayout::reordered ? Tag::any : Tag::ba);
    const auto description = describe(x_desc, wanted, y_desc);
    primitive_ = dnnl::matmul(description);

    dnnl::memory weights(stored, engine_, const_cast<void*>(weight.data));
    if (description.weights_desc() != stored) {
      dnnl::memory own(description.weights_desc(), engine_);
      dnnl::reorder(weights, own).execute(stream_, weights, own);
      stream_.wait();
      weights = own;
    }
    arguments_ = {{DNNL_ARG_SRC, dnnl::memory(x_desc, engine_, const_cast<void*>(x.data))},
                  {DNNL_ARG_WEIGHTS, weights},
                  {DNNL_ARG_DST, dnnl::memory(y_desc, engine_, y.data)}};
  }

  void operator()() {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }

 private:
  [[nodiscard]] dnnl::matmul::primitive_desc describe(const dnnl::memory::desc& x, const dnnl::memory::desc& weight,
                                                      const dnnl::memory::desc& y) const {
#if DNNL_VERSION_MAJOR >= 3
    return {engine_, x, weight, y};
#else
    return {dnnl::matmul::desc(x, weight, y), engine_};
#endif
  }

  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::matmul primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

/// Whether oneDNN has more than a reference implementation of bfloat16 products on this machine.
[[nodiscard]] inline bool onednn_computes_in_bfloat16() {
  const auto isa = static_cast<int>(dnnl::get_effective_cpu_isa());
  const auto least = static_cast<int>(dnnl::cpu_isa::avx512_core);  // a set of bits: later sets contain earlier ones
  return (isa & least) == least;
}

/// With its version, which counts, and the best instructions that it may use here.
[[nodiscard]] inline std::string onednn_name() {
  const auto has = [](dnnl::cpu_isa isa) {
    return (static_cast<int>(dnnl::get_effective_cpu_isa()) & static_cast<int>(isa)) == static_cast<int>(isa);
  };
  const dnnl_version_t& version = *dnnl::version();
  const std::string number = std::to_string(version.major) + '.' + std::to_string(version.minor);
  const char* best = has(dnnl::cpu_isa::avx512_core_amx)    ? " (AMX)"
                     : has(dnnl::cpu_isa::avx512_core_bf16) ? " (AVX-512 bf16)"
                     : has(dnnl::cpu_isa::avx512_core)      ? " (AVX-512)"
                     : has(dnnl::cpu_isa::avx2)             ? " (AVX2)"
                                                            : "";
  return "oneDNN " + number + best;
}

}  // namespace multipruner::benchmark
