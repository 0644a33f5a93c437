// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <limits>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/plan_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// A PlanMetric of any type: what is compiled once measures with all of them. It is called once a plan and part of the
/// windows. Copies share the metric, which nothing changes.
class AnyMetric {
 public:
  /// Perplexity.
  AnyMetric();
  AnyMetric(const AnyMetric&) = default;  // and no move: what is moved from would be without a metric
  AnyMetric& operator=(const AnyMetric&) = default;
  ~AnyMetric() = default;

  template <class Metric>
  requires(!std::same_as<Metric, AnyMetric>) AnyMetric(Metric metric)
      : metric_(std::make_shared<const Adapter<Metric>>(std::move(metric))) {
    static_assert(PlanMetric<Metric>,
                  "AnyMetric: the metric must be a PlanMetric: name, window_costs(view, stream, windows, costs, "
                  "workspace), combine(view, costs), display(cost)");
  }

  void window_costs(const ModelView& view, MatrixView<const float> stream, const WindowRange& windows,
                    std::span<double> costs, Workspace& workspace) const {
    metric_->window_costs(view, stream, windows, costs, workspace);
  }

  [[nodiscard]] double combine(const ModelView& view, std::span<const double> costs) const {
    return metric_->combine(view, costs);
  }

  /// Whether it is a BoundedMetric.
  [[nodiscard]] bool bounded() const { return metric_->bounded(); }

  /// Minus infinity where it is none.
  [[nodiscard]] double lower_bound(const ModelView& view, std::span<const double> costs, Index windows) const {
    return metric_->lower_bound(view, costs, windows);
  }

  [[nodiscard]] double display(double cost) const { return metric_->display(cost); }

 private:
  struct Interface {
    virtual ~Interface() = default;
    virtual void window_costs(const ModelView& view, MatrixView<const float> stream, const WindowRange& windows,
                              std::span<double> costs, Workspace& workspace) const = 0;
    [[nodiscard]] virtual double combine(const ModelView& view, std::span<const double> costs) const = 0;
    [[nodiscard]] virtual bool bounded() const = 0;
    [[nodiscard]] virtual double lower_bound(const ModelView& view, std::span<const double> costs,
                                             Index windows) const = 0;
    [[nodiscard]] virtual double display(double cost) const = 0;
  };

  template <class Metric>
  struct Adapter final : Interface {
    explicit Adapter(Metric of) : metric(std::move(of)) {}

    void window_costs(const ModelView& view, MatrixView<const float> stream, const WindowRange& windows,
                      std::span<double> costs, Workspace& workspace) const override {
      if constexpr (PlanMetric<Metric>) metric.window_costs(view, stream, windows, costs, workspace);
    }
    [[nodiscard]] double combine(const ModelView& view, std::span<const double> costs) const override {
      if constexpr (PlanMetric<Metric>) return metric.combine(view, costs);
      return 0;
    }
    [[nodiscard]] bool bounded() const override { return BoundedMetric<Metric>; }
    [[nodiscard]] double lower_bound(const ModelView& view, std::span<const double> costs,
                                     Index windows) const override {
      if constexpr (BoundedMetric<Metric>) return metric.lower_bound(view, costs, windows);
      return -std::numeric_limits<double>::infinity();
    }
    [[nodiscard]] double display(double cost) const override {
      if constexpr (PlanMetric<Metric>) return metric.display(cost);
      return cost;
    }

    Metric metric;
  };

  std::shared_ptr<const Interface> metric_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/any_metric.ipp>
#endif
