// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "timing.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>

namespace multipruner::benchmark {

/// Says what went wrong; the program's exit status.
inline int report_failure(const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return EXIT_FAILURE;
}

/// Somebody else's figure for the same work.
struct Figure {
  std::string name;
  double value = 0;
};

/// What the ratio of ours to the competitor's should be: at least so much where more is better, at most otherwise.
struct Target {
  double value = 0;
  bool at_most = false;

  [[nodiscard]] bool met_by(double ratio) const { return at_most ? ratio <= value : ratio >= value; }
};

[[nodiscard]] constexpr Target at_least(double value) {
  return {value, false};
}
[[nodiscard]] constexpr Target at_most(double value) {
  return {value, true};
}

/// One measurement. The target is taken against `competitor`; `second` is for comparison.
struct Row {
  std::string name;
  double ours = 0;
  std::string unit{};
  std::optional<Figure> competitor{}, second{};
  std::optional<Target> target{};
  std::optional<double> of_peak{};  ///< share of what the machine can do at most
};

/// What all benchmarks have in common: options, a table for people, and rows as JSON.
class Report {
 public:
  Report(int argc, char** argv) : arguments_(argv + 1, argv + argc) {
    for (std::size_t i = 0; i < arguments_.size(); ++i) {
      if (arguments_[i] == "--quick") {
        effort() = {.rounds = 1, .seconds = 0, .turn = 0};
        quick_ = true;
      } else if (arguments_[i] == "--json") {
        json_ = value_behind(i++);
      } else if (arguments_[i] == "--threads") {
        threads_ = number(value_behind(i++));
      } else if (arguments_[i].starts_with("-")) {
        usage();
      } else {
        operands_.push_back(arguments_[i]);
      }
    }
    if (threads_ == 0) threads_ = ThreadArena().threads();
  }

  [[nodiscard]] bool quick() const { return quick_; }
  [[nodiscard]] int threads() const { return threads_; }
  [[nodiscard]] const std::vector<std::string>& operands() const { return operands_; }

  /// One thread, and all of them.
  [[nodiscard]] std::vector<int> thread_counts() const {
    return threads_ == 1 ? std::vector{1} : std::vector{1, threads_};
  }

  /// Starts a table. `competitor` and `second` are heads of columns.
  void section(const std::string& title, const std::string& competitor = "", const std::string& second = "") {
    std::printf("\n%s\n%-52s %10s %-9s %16s %7s %7s %8s %16s %7s\n", title.c_str(), "", "ours", "", competitor.c_str(),
                competitor.empty() ? "" : "ratio", "target", "of peak", second.c_str(), second.empty() ? "" : "ratio");
  }

  void add(Row row) {
    std::printf("%-52s %10.4g %-9s %s %s\n", row.name.c_str(), row.ours, row.unit.c_str(), against(row).c_str(),
                row.second ? cells(row, *row.second).c_str() : "");
    std::fflush(stdout);
    rows_.push_back(as_json(row));
  }

  /// Writes the JSON, if asked for; the program's exit status.
  [[nodiscard]] int finish() const {
    if (json_.empty()) return EXIT_SUCCESS;
    std::ofstream file(json_);
    file << rows_.dump(1) << '\n';
    if (file.flush()) return EXIT_SUCCESS;
    std::fprintf(stderr, "cannot write %s\n", json_.c_str());
    return EXIT_FAILURE;
  }

 private:
  static std::string text(const char* format, auto... values) {
    std::string result(64, '\0');
    result.resize(static_cast<std::size_t>(std::snprintf(result.data(), result.size(), format, values...)));
    return result;
  }

  static std::string cells(const Row& row, const Figure& other) {
    return text("%16.4g %7.3f", other.value, row.ours / other.value);
  }

  static std::string against(const Row& row) {
    std::string result = row.competitor ? cells(row, *row.competitor) : text("%16s %7s", "", "");
    result += row.target ? text(" %s %4.2f", row.target->at_most ? "<=" : ">=", row.target->value) : text("%8s", "");
    return result + (row.of_peak ? text(" %6.1f %%", 100 * *row.of_peak) : text("%9s", ""));
  }

  static nlohmann::ordered_json as_json(const Row& row) {
    nlohmann::ordered_json json{{"name", row.name}, {"ours", row.ours}, {"unit", row.unit}};
    for (const char* key : {"competitor", "competitor_name", "ratio", "target", "target_is", "met", "of_peak"}) {
      json[key] = nullptr;
    }
    if (row.of_peak) json["of_peak"] = *row.of_peak;
    if (row.competitor) {
      json["competitor"] = row.competitor->value;
      json["competitor_name"] = row.competitor->name;
      json["ratio"] = row.ours / row.competitor->value;
    }
    if (row.target) {
      json["target"] = row.target->value;
      json["target_is"] = row.target->at_most ? "at most" : "at least";
      if (row.competitor) json["met"] = row.target->met_by(row.ours / row.competitor->value);
    }
    if (row.second) {
      json["second_competitor"] = row.second->value;
      json["second_competitor_name"] = row.second->name;
      json["second_ratio"] = row.ours / row.second->value;
    }
    return json;
  }

  [[nodiscard]] const std::string& value_behind(std::size_t i) const {
    if (i + 1 >= arguments_.size()) usage();
    return arguments_[i + 1];
  }

  static int number(const std::string& text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 1) usage();
    return value;
  }

  [[noreturn]] static void usage() {
    std::fprintf(stderr,
                 "options:\n"
                 "  --json FILE   also write the rows as JSON\n"
                 "  --threads N   what \"all threads\" means; otherwise as many as the machine has\n"
                 "  --quick       everything once, to see that it works: the figures mean little\n");
    std::exit(2);
  }

  std::vector<std::string> arguments_, operands_;
  std::string json_;
  int threads_ = 0;
  bool quick_ = false;
  nlohmann::ordered_json rows_ = nlohmann::ordered_json::array();
};

}  // namespace multipruner::benchmark
