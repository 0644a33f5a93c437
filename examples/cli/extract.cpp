// SPDX-License-Identifier: MIT
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "interruption.hpp"
#include "model.hpp"
#include "moved_inputs.hpp"
#include "output_folder.hpp"
#include "replay.hpp"
#include "text_files.hpp"
#include "weight_masks.hpp"
#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/windows_fingerprint.hpp>
#include <multipruner/core/percentage.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/run_path.hpp>
#include <multipruner/run/make_unit_order.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_field.hpp>
#include <multipruner/run/run_texts.hpp>
#include <multipruner/search/cost_memory.hpp>

namespace multipruner::cli {

namespace {

class Extract final : public Command {
 public:
  explicit Extract(CLI::App& program)
      : Command(program, "extract", "Write the model of an earlier point of a finished run, without searching again",
                "  multipruner extract model-20/ --at 10 --at 15   # writes model-20-at-10 and model-20-at-15\n"
                "  multipruner extract model-20/ --at 10 --out model-10/\n") {
    app().add_option("RUN", run_, "Output folder of multipruner prune")->required()->type_name("DIR");
    const auto parse_ratios = [this](const std::vector<std::string>& texts) {
      for (const std::string& text : texts) ratios_.push_back(parse_percentage("--at", text));
    };
    app()
        .add_option_function<std::vector<std::string>>(
            "--at", parse_ratios,
            "Share of parameters that is removed, in percent: the first point of\nthe run that "
            "has reached it; can be repeated")
        ->required()
        ->type_name("PERCENT");
    app().add_option("--out", out_, "Folder to write, for a single --at [RUN-at-PERCENT]")->type_name("DIR");
    add_moved_inputs(app(), moved_);
    app().add_flag("--overwrite", overwrite_, "Replace folders that are already there, if this program made them");
  }

  ExitCode run(Console& console) override {
    if (out_ && ratios_.size() > 1) {
      throw OptionError("--out", "it names one folder, but there are several --at", "Leave it away");
    }
    const JsonReader log = open_run_log(run_);
    const JsonReader args = log.require_object("args");
    RunSpec spec = run_spec_of_log(args);
    apply_moved_inputs(moved_, run_, spec);
    for (const double ratio : ratios_) check_output_folder(out_.value_or(folder_for(ratio)), spec.model, overwrite_);
    const Graph source = load<>(spec.model, warning_on(console));
    require_same_weights(args, source);
    const RunPath path = read_run_path(log, Plan(source));
    std::vector<std::size_t> counts;
    for (const double ratio : ratios_) counts.push_back(steps_until(path, ratio));
    const RunCompensationOptions how = compensation_of(spec);
    TokenWindows windows;
    spec.calibration_width.reset();  // what was judged on it is not judged again
    if (ordering_of(spec).needs_statistics() || !how.method.is_none())
      windows = same_windows(path, spec, source, console);
    const Graph graph = reordered(source, same_order(path, source, spec, windows, console));
    const RunCompensation compensation(how, graph, windows);
    Replay replay(path, graph, compensation);
    nlohmann::ordered_json written = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < ratios_.size(); ++i) {
      const std::string folder = folder_for(ratios_[i]);
      const Plan plan = plan_after(path, counts[i], Plan(graph));
      const Graph& start = replay.start_of(counts[i] == 0 ? 0 : counts[i] - 1, console.progress());
      // A point of the path is compensated as its end was.
      std::optional<Graph> smaller;
      if (!how.method.is_none()) smaller = compensation.smaller(start, plan, console.progress());
      if (smaller) require_finite(*smaller);
      write(path, counts[i], smaller ? ModelView(*smaller) : ModelView(start, plan), spec, folder, console);
      const double reached = pruning_ratio(graph.config(), plan);
      console.print(folder + ": " + percent_text(reached) + " removed, " +
                    grouped_text(count_parameters(graph.config(), plan)) + " parameters\n");
      written.push_back({{"out", folder}, {"ratio", reached}, {"steps", counts[i]}});
    }
    if (console.json()) console.print_json({{"run", run_}, {"written", written}});
    return ExitCode::ok;
  }

 private:
  static void require_same_weights(const JsonReader& args, const Graph& source) {
    const JsonReader identity = args.require_object("identity");
    if (identity.get_or<std::string>("version of costs", "none") != costs_version) {
      throw DataError(args.source(), "the run was made by a version of the program that counts costs differently",
                      "Use that version, or prune again");
    }
    if (identity.require<std::string>("weights") == fingerprint_of_weights(source).text()) return;
    throw DataError(source.origin().directory.string(), "its weights are not those that the run began with",
                    "Name the right model with --model");
  }

  /// What the run's order and compensation were made from again. @throws DataError where the text is another one.
  [[nodiscard]] TokenWindows same_windows(const RunPath& path, RunSpec spec, const Graph& source,
                                          Console& console) const {
    require_texts(run_, moved_, spec);
    TextFiles files(console);
    RunTexts texts = read_run_texts(spec, with_tokenizer(source), files.reader());
    add_generated_windows(texts, source, spec, 0, console.progress());
    if (path.args().require<std::string>("fit_windows") == fingerprint_of(texts.fit).text()) return texts.fit;
    const bool apart = !spec.calibration_fit.empty();
    throw DataError(apart ? spec.calibration_fit.front() : spec.calibration,
                    "it is not the calibration text of the run",
                    std::string("Name the right one with --calibration") + (apart ? "-fit" : ""));
  }

  /// The order of the run again. @throws DataError where it comes out as another one.
  [[nodiscard]] UnitOrder same_order(const RunPath& path, const Graph& source, const RunSpec& spec,
                                     const TokenWindows& windows, Console& console) const {
    const JsonReader identity = path.args().require_object("identity");
    UnitOrder order = make_unit_order(unit_order_options(spec), source, windows, console.progress());
    if (identity.require<std::string>("order of channels and heads") == identity_of(ordering_of(spec), order))
      return order;
    throw DataError(run_, "its order of channels and heads comes out differently",
                    "Use the version of the program, and the instruction-set level, that the run was made with");
  }

  static Graph reordered(const Graph& graph, const UnitOrder& order) {
    return order.empty() ? graph : reorder(graph, order);
  }

  [[nodiscard]] std::string folder_for(double ratio) const {
    if (out_) return *out_;
    std::string run = std::filesystem::path(run_).lexically_normal().string();
    while (run.size() > 1 && run.back() == '/') run.pop_back();
    std::string number = fixed_text(ratio, 2);
    while (number.back() == '0') number.pop_back();
    if (number.back() == '.') number.pop_back();
    return run + "-at-" + number;
  }

  void write(const RunPath& path, std::size_t count, const ModelView& view, const RunSpec& spec,
             const std::string& folder, Console& console) const {
    nlohmann::json log = log_until(path, count);
    log["pruned_params"] = count_parameters(view.config(), view.plan());
    log["ratio"] = pruning_ratio(view.config(), view.plan());
    if (path.args().optional_object("weight_mask")) log["args"]["weight_mask"]["after"] = to_json(linear_zeros(view));
    InterruptibleWork work(console.progress());
    save(view, folder,
         {.overwrite = overwrite_,
          .removal_order = path.removals(count),
          .reordering = ordering_of(spec).name,
          .settings = nlohmann::ordered_json(log.at("args")),
          .more_files = {{"log.json", to_json_text(log)}}},
         work);
  }

  std::string run_;
  std::vector<double> ratios_;
  std::optional<std::string> out_;
  MovedInputs moved_;
  bool overwrite_ = false;
};

}  // namespace

std::unique_ptr<Command> make_extract(CLI::App& program) {
  return std::make_unique<Extract>(program);
}

}  // namespace multipruner::cli
