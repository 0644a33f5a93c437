// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string_view>

#include <multipruner/report/line_chart.hpp>
#include <multipruner/report/readable.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Values along one axis, and where they lie on the page.
struct ChartAxis {
  double least = 0, most = 1;  ///< values at its ends
  double from = 0, to = 1;     ///< places on the page
  double step = 1;             ///< between the values that are written beside it

  /// The axis that shows some values, with round numbers at its ends.
  [[nodiscard]] static ChartAxis over(const std::vector<double>& values, double from, double to) {
    double least = std::numeric_limits<double>::infinity(), most = -least;
    for (const double value : values) {
      least = std::min(least, value);
      most = std::max(most, value);
    }
    if (values.empty()) least = 0, most = 1;
    if (!(most > least)) most = least + 1;
    ChartAxis axis{.from = from, .to = to, .step = round_step((most - least) / 5)};
    axis.least = std::floor(least / axis.step) * axis.step;
    axis.most = std::ceil(most / axis.step) * axis.step;
    return axis;
  }

  [[nodiscard]] double place(double value) const { return from + (value - least) / (most - least) * (to - from); }

  [[nodiscard]] std::vector<double> ticks() const {
    const auto count = static_cast<int>(std::lround((most - least) / step));
    std::vector<double> ticks;
    for (int i = 0; i <= count; ++i) ticks.push_back(least + i * step);
    return ticks;
  }

  /// Digits behind the point that tell ticks apart.
  [[nodiscard]] int digits() const { return std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9))); }

 private:
  /// 1, 2 or 5 times a power of ten, at least as much.
  [[nodiscard]] static double round_step(double step) {
    const double power = std::pow(10, std::floor(std::log10(step)));
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor * power >= step * (1 - 1e-9)) return factor * power;
    }
    return 10 * power;
  }
};

[[nodiscard]] inline std::string escaped_xml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '<') escaped += "&lt;";
    if (c == '>') escaped += "&gt;";
    if (c == '&') escaped += "&amp;";
    if (c != '<' && c != '>' && c != '&') escaped += c;
  }
  return escaped;
}

[[nodiscard]] inline std::string place_text(double place) {
  return fixed_text(place, 1);
}

[[nodiscard]] inline std::string chart_text(double x, double y, std::string_view anchor, std::string_view text,
                                            std::string_view more = {}) {
  return "<text x=\"" + place_text(x) + "\" y=\"" + place_text(y) + "\" text-anchor=\"" + std::string(anchor) + "\"" +
         std::string(more) + ">" + escaped_xml(text) + "</text>\n";
}

/// A mark around a point: a circle, a square, a triangle or a diamond.
[[nodiscard]] inline std::string chart_mark(std::size_t kind, double x, double y) {
  constexpr double size = 4;
  const auto polygon = [](std::initializer_list<std::pair<double, double>> corners) {
    std::string points;
    for (const auto& [cx, cy] : corners) points += place_text(cx) + "," + place_text(cy) + " ";
    return "<polygon points=\"" + points + "\"/>\n";
  };
  switch (kind % 4) {
    case 0:
      return "<circle cx=\"" + place_text(x) + "\" cy=\"" + place_text(y) + "\" r=\"" + place_text(size) + "\"/>\n";
    case 1:
      return polygon({{x - size, y - size}, {x + size, y - size}, {x + size, y + size}, {x - size, y + size}});
    case 2:
      return polygon({{x, y - size - 1}, {x + size + 1, y + size}, {x - size - 1, y + size}});
    default:
      return polygon({{x, y - size - 1}, {x + size + 1, y}, {x, y + size + 1}, {x - size - 1, y}});
  }
}

/// Everything of one line: strokes between its points, a mark at each, its entry in the legend.
[[nodiscard]] inline std::string chart_line(const ChartLine& line, std::size_t number, const ChartAxis& x,
                                            const ChartAxis& y) {
  constexpr std::array<std::string_view, 7> colours{"#0072B2", "#D55E00", "#009E73", "#CC79A7",
                                                    "#E69F00", "#56B4E9", "#7F7F7F"};
  const std::string colour(colours[number % colours.size()]);
  std::string points, marks;
  for (const auto& [value_x, value_y] : line.points) {
    if (!std::isfinite(value_x) || !std::isfinite(value_y)) continue;
    const double at_x = x.place(value_x), at_y = y.place(value_y);
    points += place_text(at_x) + "," + place_text(at_y) + " ";
    marks += chart_mark(number, at_x, at_y);
  }
  const double legend_x = x.to + 20, legend_y = y.to + 10 + 18 * static_cast<double>(number);
  return "<g fill=\"" + colour + "\" stroke=\"" + colour +
         "\">\n<polyline fill=\"none\" stroke-width=\"1.5\" points=\"" + points + "\"/>\n" + marks +
         chart_mark(number, legend_x, legend_y) + "</g>\n" +
         chart_text(legend_x + 12, legend_y + 4, "start", line.name);
}

[[nodiscard]] inline std::string chart_frame(const LineChart& chart, const ChartAxis& x, const ChartAxis& y) {
  std::string frame;
  const auto rule = [&](double x1, double y1, double x2, double y2) {
    frame += "<line x1=\"" + place_text(x1) + "\" y1=\"" + place_text(y1) + "\" x2=\"" + place_text(x2) + "\" y2=\"" +
             place_text(y2) + "\" stroke=\"#8888\"/>\n";
  };
  for (const double tick : x.ticks()) {
    rule(x.place(tick), y.from, x.place(tick), y.from + 5);
    frame += chart_text(x.place(tick), y.from + 18, "middle", fixed_text(tick, x.digits()));
  }
  for (const double tick : y.ticks()) {
    rule(x.from, y.place(tick), x.to, y.place(tick));
    frame += chart_text(x.from - 8, y.place(tick) + 4, "end", fixed_text(tick, y.digits()));
  }
  const double middle = (y.from + y.to) / 2;
  return frame + chart_text((x.from + x.to) / 2, y.to - 14, "middle", chart.title, " font-weight=\"bold\"") +
         chart_text((x.from + x.to) / 2, y.from + 38, "middle", chart.x_label) +
         chart_text(16, middle, "middle", chart.y_label, " transform=\"rotate(-90 16 " + place_text(middle) + ")\"");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

MULTIPRUNER_INLINE std::string LineChart::svg() const {
  constexpr double width = 760, height = 400;
  std::vector<double> xs, ys;
  for (const ChartLine& line : lines) {
    for (const auto& [x, y] : line.points) {
      if (!std::isfinite(x) || !std::isfinite(y)) continue;
      xs.push_back(x);
      ys.push_back(y);
    }
  }
  const auto x = detail::ChartAxis::over(xs, 70, width - 190), y = detail::ChartAxis::over(ys, height - 50, 40);
  std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + fixed_text(width, 0) + " " +
                     fixed_text(height, 0) + "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"" +
                     fixed_text(width, 0) + "\" height=\"" + fixed_text(height, 0) + "\" fill=\"white\"/>\n" +
                     detail::chart_frame(*this, x, y);
  for (std::size_t i = 0; i < lines.size(); ++i) text += detail::chart_line(lines[i], i, x, y);
  return text + "</svg>\n";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report
