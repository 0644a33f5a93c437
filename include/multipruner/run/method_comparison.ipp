// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/calibration/windows_fingerprint.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/fingerprint.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/io/staged_file.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/report/cost_identity.hpp>
#include <multipruner/report/line_chart.hpp>
#include <multipruner/report/line_journal.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/run_log.hpp>
#include <multipruner/report/stopwatch.hpp>
#include <multipruner/report/text_table.hpp>
#include <multipruner/run/method_comparison.hpp>
#include <multipruner/run/pruning_run.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_field.hpp>
#include <multipruner/run/run_identity.hpp>
#include <multipruner/run/run_texts.hpp>
#include <multipruner/run/text_windows.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline constexpr const char* comparison_journal = "comparison.journal";

inline void require_comparison(const MethodComparisonOptions& options) {
  const auto require = [](bool fulfilled, const char* option, const char* problem, const char* remedy) {
    if (!fulfilled) throw OptionError(option, problem, remedy);
  };
  require(!options.methods.empty(), "--methods", "there are none to compare", "Name some, e.g. multipruner,uniform");
  require(!options.ratios.empty(), "--ratio", "there is none", "Give one or several, e.g. 10,20,30");
  require(!options.out.empty(), "--out", "is missing", "Say where the tables are to go");
  for (const double ratio : options.ratios) require_ratio("--ratio", ratio);
  for (std::size_t i = 0; i < options.methods.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      require(options.methods[i].name != options.methods[j].name, "--methods", "two of them have one name",
              "Give each once");
    }
  }
}

/// Half of the interval around the mean of differences in which it lies in 95 of 100 draws, taken for normal.
[[nodiscard]] inline double margin_of_mean(const std::vector<double>& a, const std::vector<double>& b) {
  constexpr double quantile = 1.96;
  const auto count = static_cast<double>(a.size());
  if (a.size() < 2) return 0;
  double mean = 0, squares = 0;
  for (std::size_t i = 0; i < a.size(); ++i) mean += (a[i] - b[i]) / count;
  for (std::size_t i = 0; i < a.size(); ++i) squares += (a[i] - b[i] - mean) * (a[i] - b[i] - mean);
  return quantile * std::sqrt(squares / (count - 1) / count);
}

[[nodiscard]] inline std::string file_stem(const std::string& name) {
  std::string stem = name;
  std::ranges::replace_if(
      stem, [](char c) { return c == '/' || c == '\\' || c == ' '; }, '_');
  return stem;
}

/// A cell of a table of comma-separated values, in quotes where it needs them (RFC 4180).
[[nodiscard]] inline std::string quoted_csv(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

[[nodiscard]] inline std::string loss_text(const ComparedLoss& loss) {
  return fixed_text(loss.loss, 4) + (loss.margin > 0 ? " ± " + fixed_text(loss.margin, 4) : "");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE MethodComparison::MethodComparison(MethodComparisonOptions options, RunEnvironment environment)
    : options_(std::move(options)), environment_(std::move(environment)) {
  detail::require_comparison(options_);
  environment_.validate();
  for (const ComparedMethod& method : options_.methods) {
    try {
      validate(spec_of(method, options_.ratios.front()), environment_.registries);
    } catch (const OptionError& error) {
      throw OptionError("--methods " + method.name, error.what(), "Leave it out, or change what it is asked for");
    }
  }
  model_.emplace(environment_.load_with_tokenizer(options_.methods.front().spec.model, false,
                                                  tokenizing_of(options_.methods.front().spec)));
  std::ranges::sort(options_.ratios);
  const JournalIdentity model = model_identity(model_->graph);
  for (const ComparedMethod& method : options_.methods) {
    RunSpec spec = spec_of(method, options_.ratios.front());
    const RunTexts texts = read_run_texts(spec, *model_, environment_.read_text, environment_.registries);
    if (inputs_.empty()) calibration_ = texts.calibration.at(block_samples);
    inputs_.push_back(text_of(known_identity(model, texts, spec, environment_.registries)) + " fit " +
                      fingerprint_of(texts.fit).text());
  }
  for (const MeasuringOptions::Text& text : options_.texts) {
    texts_.push_back({text.name, read_windows(text.file, *model_, options_.windows, environment_.read_text)});
  }
}

MULTIPRUNER_INLINE std::vector<std::string> MethodComparison::text_names() const {
  std::vector<std::string> names;
  for (const Judged& text : texts_) names.push_back(text.name);
  return names;
}

MULTIPRUNER_INLINE RunSpec MethodComparison::spec_of(const ComparedMethod& method, double ratio) const {
  RunSpec spec = method.spec;
  spec.ratio = ratio;
  return spec;
}

/// What a row depends on, in one line.
MULTIPRUNER_INLINE std::string MethodComparison::key_of(std::size_t method, double ratio) const {
  const ComparedMethod& compared = options_.methods[method];
  nlohmann::ordered_json key{{"method", compared.name}, {"spec", to_json(spec_of(compared, ratio))}};
  key["inputs"] = inputs_[method];
  key["version"] = version;
  for (const Judged& text : texts_) key["texts"][text.name] = fingerprint_of(text.windows).text();
  return key.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
}

MULTIPRUNER_INLINE std::vector<ComparisonRow> MethodComparison::run(ProgressSink& progress) {
  std::error_code ignored;
  std::filesystem::create_directories(options_.out, ignored);  // what is wrong with it, the journal says
  std::map<std::string, ComparisonRow> known;
  const auto accept = [&](std::string_view line) {
    const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("key") || !json["key"].is_string() || !json.contains("row")) return false;
    try {
      known.insert_or_assign(json["key"].get<std::string>(),
                             comparison_row(JsonReader(json["row"], "journal"), text_names()));
    } catch (const DataError&) {
      // a row of other texts
    }
    return true;
  };
  LineJournal journal(options_.out / detail::comparison_journal, {{"comparison", "1"}}, false, accept);
  std::vector<ComparisonRow> rows{dense_row(progress)};
  for (const double ratio : options_.ratios) {
    for (std::size_t method = 0; method < options_.methods.size(); ++method) {
      const std::string key = key_of(method, ratio);
      if (const auto found = known.find(key); found != known.end()) {
        rows.push_back(found->second);
        continue;
      }
      environment_.events.note("method", options_.methods[method].name + ", " + percent_text(ratio));
      rows.push_back(row_of(method, ratio, progress));
      if (rows.back().parameters > 0) {
        const nlohmann::ordered_json line{{"key", key}, {"row", to_json(rows.back(), text_names())}};
        journal.append(line.dump());
      }
      write(rows);
    }
  }
  write(rows);
  return rows;
}

MULTIPRUNER_INLINE ComparisonRow MethodComparison::dense_row(ProgressSink& progress) {
  const Plan plan(model_->graph);
  ComparisonRow row{.method = "unpruned",
                    .ratio = pruning_ratio(model_->graph.config(), plan),
                    .parameters = count_parameters(model_->graph.config(), plan),
                    .loaded_parameters = count_loaded_parameters(model_->graph.config(), plan),
                    .calibration_loss = evaluate_perplexity(ModelView(model_->graph), calibration_, progress).mean_nll};
  for (Judged& text : texts_) {
    PerplexityResult result = evaluate_perplexity(ModelView(model_->graph), text.windows, progress);
    row.losses.push_back({result.mean_nll, 0});
    text.dense = std::move(result.window_nll);
  }
  return row;
}

/// What a method cannot do is no reason to give up the others.
MULTIPRUNER_INLINE ComparisonRow MethodComparison::row_of(std::size_t method, double ratio,
                                                          ProgressSink& progress) const {
  try {
    return measured_row(method, ratio, progress);
  } catch (const OutputError&) {
    throw;
  } catch (const Error& error) {
    ComparisonRow row{.method = options_.methods[method].name, .asked = ratio, .outcome = error.what()};
    row.losses.resize(texts_.size());
    return row;
  }
}

MULTIPRUNER_INLINE ComparisonRow MethodComparison::measured_row(std::size_t number, double ratio,
                                                                ProgressSink& progress) const {
  const ComparedMethod& method = options_.methods[number];
  // Runs of other settings have folders of their own, with their journals.
  const std::string id = Fingerprint().add(key_of(number, ratio)).text().substr(0, 8);
  const std::filesystem::path out =
      options_.out / "models" / (detail::file_stem(method.name) + "-" + nlohmann::json(ratio).dump() + "-" + id);
  const Stopwatch watch;
  PruningRun run(spec_of(method, ratio), {.out = out, .overwrite = true}, environment_);
  const FinishedRun done = run.run(progress);
  ComparisonRow row{.method = method.name, .asked = ratio, .ratio = done.result.ratio};
  row.seconds = watch.seconds();
  row.evaluations = done.statistics.plans + std::llround(done.statistics.estimated_plans);
  row.outcome = name_of(done.result.outcome);
  row.calibration_loss = std::log(done.texts.front().pruned);
  const Graph smaller = environment_.load_model(out, {});
  row.parameters = count_parameters(smaller.config(), Plan(smaller));
  row.loaded_parameters = count_loaded_parameters(smaller.config(), Plan(smaller));
  row.losses = judge(smaller, progress);
  std::error_code ignored;
  if (!options_.keep_models) std::filesystem::remove_all(out, ignored);
  return row;
}

MULTIPRUNER_INLINE std::vector<ComparedLoss> MethodComparison::judge(const Graph& graph, ProgressSink& progress) const {
  std::vector<ComparedLoss> losses;
  for (const Judged& text : texts_) {
    const PerplexityResult result = evaluate_perplexity(ModelView(graph), text.windows, progress);
    losses.push_back({result.mean_nll, detail::margin_of_mean(result.window_nll, text.dense)});
  }
  return losses;
}

MULTIPRUNER_INLINE std::string MethodComparison::table(const std::vector<ComparisonRow>& rows, bool markdown) const {
  std::vector<std::string> headings{"method", "removed", "parameters", "as loaded", "calibration"};
  for (const Judged& text : texts_) headings.push_back(text.name);
  for (const char* heading : {"evaluations", "time"}) headings.emplace_back(heading);
  TextTable table(std::move(headings));
  for (const ComparisonRow& row : rows) {
    const bool failed = row.parameters == 0;
    std::vector<std::string> cells{row.method, failed ? "" : percent_text(row.ratio),
                                   failed ? "" : grouped_text(row.parameters),
                                   failed ? "" : grouped_text(row.loaded_parameters)};
    cells.push_back(failed ? "" : fixed_text(row.calibration_loss, 4));
    for (const ComparedLoss& loss : row.losses) cells.push_back(failed ? "" : detail::loss_text(loss));
    const bool ran = row.asked > 0 && !failed;
    cells.push_back(ran ? grouped_text(row.evaluations) : "");
    cells.push_back(ran ? duration_text(row.seconds) : "");
    table.add(std::move(cells));
  }
  std::string text = markdown ? table.markdown() : table.text();
  for (const ComparisonRow& row : rows) {
    if (row.outcome != "reached") {
      text += "\n" + row.method + ", " + percent_text(row.asked) + ": " + row.outcome + "\n";
    }
  }
  return text;
}

MULTIPRUNER_INLINE void MethodComparison::write(const std::vector<ComparisonRow>& rows) const {
  nlohmann::ordered_json json{{"rows", nlohmann::ordered_json::array()}};
  for (const ComparisonRow& row : rows) json["rows"].push_back(to_json(row, text_names()));
  const std::string what =
      "Losses in nats a token; ± is half of the 95 % interval of what they are above those of the "
      "unpruned model.\n";
  write_file_atomically(options_.out / "comparison.json", to_json_text(json));
  write_file_atomically(options_.out / "comparison.csv", csv(rows));
  write_file_atomically(options_.out / "comparison.md", table(rows, true) + "\n" + what);
  for (std::size_t i = 0; i < texts_.size(); ++i) {
    write_file_atomically(options_.out / (detail::file_stem(texts_[i].name) + ".svg"), chart(rows, i));
  }
}

MULTIPRUNER_INLINE std::string MethodComparison::csv(const std::vector<ComparisonRow>& rows) const {
  std::string text = "method,asked,ratio,parameters,loaded_parameters,calibration_loss";
  for (const Judged& one : texts_) {
    text += "," + detail::quoted_csv(one.name) + "," + detail::quoted_csv(one.name + " margin");
  }
  text += ",evaluations,seconds,outcome\n";
  const auto number = [](double value) { return std::isfinite(value) ? nlohmann::json(value).dump() : ""; };
  for (const ComparisonRow& row : rows) {
    text += detail::quoted_csv(row.method) + "," + number(row.asked) + "," + number(row.ratio) + "," +
            std::to_string(row.parameters) + "," + std::to_string(row.loaded_parameters) + "," +
            number(row.calibration_loss);
    for (const ComparedLoss& loss : row.losses) text += "," + number(loss.loss) + "," + number(loss.margin);
    text += "," + std::to_string(row.evaluations) + "," + number(row.seconds) + "," + detail::quoted_csv(row.outcome) +
            "\n";
  }
  return text;
}

MULTIPRUNER_INLINE std::string MethodComparison::chart(const std::vector<ComparisonRow>& rows, std::size_t text) const {
  LineChart chart{
      .title = texts_[text].name, .x_label = "parameters removed, percent", .y_label = "loss, nats a token"};
  const ComparisonRow& dense = rows.front();
  for (const ComparedMethod& method : options_.methods) {
    ChartLine line{.name = method.name, .points = {{dense.ratio, dense.losses[text].loss}}};
    for (const ComparisonRow& row : rows) {
      if (row.method == method.name && row.parameters > 0) line.points.emplace_back(row.ratio, row.losses[text].loss);
    }
    chart.lines.push_back(std::move(line));
  }
  return chart.svg();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
