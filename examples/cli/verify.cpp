// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "command.hpp"
#include "environment.hpp"
#include "past_run_options.hpp"
#include "text_files.hpp"
#include <multipruner/report/readable.hpp>
#include <multipruner/run/past_run.hpp>

namespace multipruner::cli {

namespace {

class Verify final : public Command {
 public:
  explicit Verify(CLI::App& program)
      : Command(program, "verify", "Check steps of a finished run by measuring all of their candidates to the end",
                "  multipruner verify model-20/                # five steps, evenly spread\n"
                "  multipruner verify model-20/ --steps 1000   # all of them\n\n"
                "Exits with 3 if anything in the log is not as measured.\n") {
    app().add_option("RUN", run_, "Output folder of multipruner prune")->required()->type_name("DIR");
    app().add_option("--steps", steps_, "How many steps to check")->type_name("N")->capture_default_str();
    add_moved_inputs(app(), moved_);
  }

  ExitCode run(Console& console) override {
    if (steps_ == 0) throw OptionError("--steps", "0 steps check nothing", "Ask for 1 or more");
    TextFiles files(console);
    PastRun past(run_, moved_, environment_of(files, console));
    if (past.spec().confidence) {
      console.note("the run dropped candidates at a confidence of " + fixed_text(*past.spec().confidence, 3) +
                   ": some steps may not have taken the cheapest candidate");
    }
    bool right = true;
    nlohmann::ordered_json checked = nlohmann::ordered_json::array();
    for (const std::size_t step : sampled(past.path().steps.size())) {
      const StepVerdict verdict = past.verify(step, console.progress());
      print(step, verdict, console);
      checked.push_back(
          {{"step", step}, {"costs", verdict.exact}, {"bounds", verdict.bounds}, {"problems", verdict.problems}});
      right = right && verdict.problems.empty();
    }
    if (console.json()) console.print_json({{"run", run_}, {"steps", checked}});
    console.print(right ? "the run is as its log says\n" : "the run is not as its log says\n");
    return right ? ExitCode::ok : ExitCode::input;
  }

 private:
  static void print(std::size_t step, const StepVerdict& verdict, Console& console) {
    console.print("step " + std::to_string(step) + "  " + grouped_text(verdict.exact) + " costs and " +
                  grouped_text(verdict.bounds) + " bounds are right" + (verdict.problems.empty() ? "" : ", but:") +
                  "\n");
    for (const std::string& problem : verdict.problems) console.print("  " + problem + "\n");
  }

  /// Evenly spread.
  [[nodiscard]] std::vector<std::size_t> sampled(std::size_t steps) const {
    std::vector<std::size_t> indices;
    const std::size_t count = std::min(steps, steps_);
    for (std::size_t i = 0; i < count; ++i) indices.push_back(count == 1 ? 0 : i * (steps - 1) / (count - 1));
    return indices;
  }

  std::string run_;
  std::size_t steps_ = 5;
  MovedInputs moved_;
};

}  // namespace

std::unique_ptr<Command> make_verify(CLI::App& program) {
  return std::make_unique<Verify>(program);
}

}  // namespace multipruner::cli
