// SPDX-License-Identifier: MIT
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "command.hpp"
#include "environment.hpp"
#include "interruption.hpp"
#include "output_folder.hpp"
#include "past_run_options.hpp"
#include "text_files.hpp"
#include <multipruner/core/percentage.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/past_run.hpp>

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
      throw OptionError("--out", "it names one folder, but there are several --at", "Omit it");
    }
    TextFiles files(console);
    PastRun past(run_, moved_, environment_of(files, console));
    for (const double ratio : ratios_) {
      check_output_folder(out_.value_or(folder_for(ratio)), past.spec().model, overwrite_);
    }
    std::vector<std::size_t> steps;
    for (const double ratio : ratios_) steps.push_back(past.steps_until(ratio));
    nlohmann::ordered_json written = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < ratios_.size(); ++i) {
      InterruptibleWork work(console.progress());
      const ExtractedPoint point = past.extract(steps[i], folder_for(ratios_[i]), overwrite_, work);
      console.print(point.folder.string() + ": " + percent_text(point.ratio) + " removed, " +
                    grouped_text(point.parameters) + " parameters\n");
      written.push_back({{"out", point.folder.string()}, {"ratio", point.ratio}, {"steps", point.steps}});
    }
    if (console.json()) console.print_json({{"run", run_}, {"written", written}});
    return ExitCode::ok;
  }

 private:
  [[nodiscard]] std::string folder_for(double ratio) const {
    if (out_) return *out_;
    std::string run = std::filesystem::path(run_).lexically_normal().string();
    while (run.size() > 1 && run.back() == '/') run.pop_back();
    std::string number = fixed_text(ratio, 2);
    while (number.back() == '0') number.pop_back();
    if (number.back() == '.') number.pop_back();
    return run + "-at-" + number;
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
