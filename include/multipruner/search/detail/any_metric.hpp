// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <span>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/plan_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A PlanMetric of any type: what is compiled once measures with all of them. It is called once a plan and part of the
/// windows.
class AnyMetric {
 public:
  virtual ~AnyMetric() = default;

  virtual void window_costs(const ModelView& view, MatrixView<const float> stream, const WindowRange& windows,
                            std::span<double> costs, Workspace& workspace) const = 0;
  [[nodiscard]] virtual double combine(const ModelView& view, std::span<const double> costs) const = 0;

  /// Whether it is a BoundedMetric.
  [[nodiscard]] virtual bool bounded() const = 0;

  /// Minus infinity where it is none.
  [[nodiscard]] virtual double lower_bound(const ModelView& view, std::span<const double> costs,
                                           Index windows) const = 0;
};

template <PlanMetric Metric>
class MetricAdapter final : public AnyMetric {
 public:
  explicit MetricAdapter(Metric metric) : metric_(std::move(metric)) {}

  [[nodiscard]] const Metric& metric() const { return metric_; }

  void window_costs(const ModelView& view, MatrixView<const float> stream, const WindowRange& windows,
                    std::span<double> costs, Workspace& workspace) const override {
    metric_.window_costs(view, stream, windows, costs, workspace);
  }

  [[nodiscard]] double combine(const ModelView& view, std::span<const double> costs) const override {
    return metric_.combine(view, costs);
  }

  [[nodiscard]] bool bounded() const override { return BoundedMetric<Metric>; }

  [[nodiscard]] double lower_bound(const ModelView& view, std::span<const double> costs, Index windows) const override {
    if constexpr (BoundedMetric<Metric>) {
      return metric_.lower_bound(view, costs, windows);
    } else {
      return -std::numeric_limits<double>::infinity();
    }
  }

 private:
  Metric metric_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
