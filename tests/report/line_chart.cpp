// SPDX-License-Identifier: MIT
#include <cmath>
#include <string>

#include <catch2/catch.hpp>

#include <multipruner/report/line_chart.hpp>

using namespace multipruner;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t times = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++times;
  return times;
}

}  // namespace

TEST_CASE("a chart has a line, a legend and a mark a point for everything finite") {
  const LineChart chart{
      .title = "held out",
      .x_label = "percent",
      .y_label = "nats",
      .lines = {{"a<b>&c", {{0, 3.0}, {10, 3.5}, {20, std::nan("")}}}, {"d", {{0, 3.0}, {10, 3.25}}}}};
  const std::string svg = chart.svg();
  CHECK(svg.starts_with("<svg "));
  CHECK(svg.ends_with("</svg>\n"));
  CHECK(count(svg, "<polyline") == 2);
  CHECK(count(svg, "<circle") == 3);   // two points and the legend; the third is none
  CHECK(count(svg, "<polygon") == 3);  // squares
  CHECK(count(svg, "a&lt;b&gt;&amp;c") == 1);
  CHECK(svg.find("nan") == std::string::npos);
  CHECK(count(svg, "<text") == count(svg, "</text>"));
}

TEST_CASE("the axes of a chart have round numbers, and hold all points") {
  const LineChart chart{.lines = {{"a", {{0, 3.013}, {30, 4.467}}}}};
  const std::string svg = chart.svg();
  for (const char* tick : {">3.0<", ">3.5<", ">4.5<", ">0<", ">10<", ">30<"}) {
    CAPTURE(tick);
    CHECK(count(svg, tick) == 1);
  }
}

TEST_CASE("a chart of nothing, and one of a single value, can be drawn") {
  CHECK(LineChart{}.svg().find("nan") == std::string::npos);
  const LineChart flat{.lines = {{"a", {{5, 2}, {5, 2}}}}};
  CHECK(flat.svg().find("nan") == std::string::npos);
  CHECK(flat.svg().find("inf") == std::string::npos);
}
