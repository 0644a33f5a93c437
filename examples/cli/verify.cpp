// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "command.hpp"
#include "model.hpp"
#include "moved_inputs.hpp"
#include "replay.hpp"
#include "text_files.hpp"
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/run_path.hpp>
#include <multipruner/run/make_unit_order.hpp>
#include <multipruner/run/model_parts.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/run_compensation.hpp>
#include <multipruner/run/run_field.hpp>
#include <multipruner/run/run_identity.hpp>
#include <multipruner/run/run_texts.hpp>
#include <multipruner/search/evaluator.hpp>

namespace multipruner::cli {

namespace {

/// What a second look at a step found.
struct Verdict {
  Index exact = 0, bounds = 0;          ///< candidates whose cost or bound is right
  std::vector<std::string> problems{};  ///< those that are not, and a winner that is none
};

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
    const JsonReader log = open_run_log(run_);
    const JsonReader args = log.require_object("args");
    RunSpec spec = run_spec_of_log(args);
    apply_moved_inputs(moved_, run_, spec);
    require_texts(run_, moved_, spec);
    const Model model = load_model(spec.model, console);
    TextFiles files(console);
    RunTexts texts = read_run_texts(spec, model, files.reader());
    add_generated_windows(texts, model.graph, spec, 0, console.progress());
    const UnitOrder order = make_unit_order(unit_order_options(spec), model.graph, texts.fit, console.progress());
    require_same_inputs(args, run_identity(model.graph, order, texts, spec));
    const RunPath path = read_run_path(log, Plan(model.graph));
    const Graph graph = order.empty() ? model.graph : reorder(model.graph, order);
    const RunCompensation compensation(compensation_of(spec), graph, texts.fit);
    Replay replay(path, graph, compensation);
    if (spec.confidence) {
      console.note("the run dropped candidates at a confidence of " + fixed_text(*spec.confidence, 3) +
                   ": a step that took another than the cheapest candidate is to be expected now and then");
    }
    const ProtectedBlocks kept = blocks_of("--keep", parse_parts("--keep", spec.keep, graph.config()), graph.config());
    std::optional<std::size_t> turn;
    std::unique_ptr<BlockSource> outputs;
    std::optional<Evaluator> evaluator;
    const auto judge_step = [&](std::size_t index) {
      if (turn != path.turn_of(index)) {
        evaluator.reset();
        outputs.reset();
        const Graph& start = replay.start_of(index, console.progress());
        outputs = compensation.outputs(start, console.progress());
        evaluator.emplace(EvaluatorInputs{.graph = start,
                                          .calibration = texts.calibration,
                                          .options = {.compute = spec.compute, .early_stop = false},
                                          .outputs = outputs.get()});
        turn = path.turn_of(index);
      }
      Verdict verdict = check_step(path, index, graph, *evaluator);
      check_kept(path.steps[index], kept, graph.config().blocks, verdict);
      return verdict;
    };
    return check(path, judge_step, console);
  }

 private:
  static void require_same_inputs(const JsonReader& args, const JournalIdentity& identity) {
    const JsonReader logged = args.require_object("identity");
    for (const auto& [name, value] : identity) {
      if (logged.optional<std::string>(name) == value) continue;
      throw DataError("this run", "it was made with another " + name, "Give what the run was made with");
    }
  }

  template <class JudgeStep>
  ExitCode check(const RunPath& path, const JudgeStep& judge_step, Console& console) const {
    Verdict total;
    nlohmann::ordered_json checked = nlohmann::ordered_json::array();
    for (const std::size_t index : sampled(path.steps.size())) {
      const Verdict verdict = judge_step(index);
      console.print("step " + std::to_string(index) + "  " + grouped_text(verdict.exact) + " costs and " +
                    grouped_text(verdict.bounds) + " bounds are right" + (verdict.problems.empty() ? "" : ", but:") +
                    "\n");
      for (const std::string& problem : verdict.problems) console.print("  " + problem + "\n");
      checked.push_back(
          {{"step", index}, {"costs", verdict.exact}, {"bounds", verdict.bounds}, {"problems", verdict.problems}});
      total.problems.insert(total.problems.end(), verdict.problems.begin(), verdict.problems.end());
    }
    if (console.json()) console.print_json({{"run", run_}, {"steps", checked}});
    console.print(total.problems.empty() ? "the run is as its log says\n" : "the run is not as its log says\n");
    return total.problems.empty() ? ExitCode::ok : ExitCode::input;
  }

  [[nodiscard]] std::vector<std::size_t> sampled(std::size_t steps) const {
    std::vector<std::size_t> indices;
    const std::size_t count = std::min(steps, steps_);
    for (std::size_t i = 0; i < count; ++i) indices.push_back(count == 1 ? 0 : i * (steps - 1) / (count - 1));
    return indices;
  }

  static Verdict check_step(const RunPath& path, std::size_t index, const Graph& graph, Evaluator& evaluator) {
    const RunPathStep& step = path.steps[index];
    const Plan before = plan_after(path, index, Plan(graph));
    const bool raced = path.args().contains("confidence");
    const std::vector<Candidate>& candidates = step.search.candidates;
    std::vector<Plan> plans;
    for (const Candidate& candidate : candidates) plans.push_back(apply(candidate.edit, before));
    const std::vector<PlanCost> costs = evaluator.costs(plans, {.samples = step.samples});
    Verdict verdict;
    std::optional<std::size_t> cheapest;
    for (std::size_t i = 0; i < costs.size(); ++i) {
      const double measured = costs[i].value;
      if (std::isfinite(measured) && (!cheapest || measured < costs[*cheapest].value)) cheapest = i;
      judge(candidates[i], measured, raced ? -infinity : step.search.cost, graph.config().blocks, verdict);
    }
    if (!cheapest || !(candidates[*cheapest].edit == step.search.edit)) {
      verdict.problems.push_back("the step took another candidate than the cheapest");
    }
    return verdict;
  }

  static void check_kept(const RunPathStep& step, const ProtectedBlocks& kept, const BlockList& blocks,
                         Verdict& verdict) {
    for (const Candidate& candidate : step.search.candidates) {
      for (const BlockChoice& change : candidate.edit.changes()) {
        if (!contains(kept, change.block)) continue;
        verdict.problems.push_back(blocks.label(change.block) + " was to be kept, and was a candidate");
      }
    }
  }

  /// @param least  what a bound must exceed
  static void judge(const Candidate& candidate, double measured, double least, const BlockList& blocks,
                    Verdict& verdict) {
    const auto& [value, exact] = candidate.cost;
    const bool both_infinite = !std::isfinite(value) && !std::isfinite(measured);  // a log has null for every such one
    const bool right = both_infinite || (exact ? value == measured : value <= measured && value > least);
    if (right) return void(++(exact ? verdict.exact : verdict.bounds));
    const BlockSpec& block = blocks[candidate.edit.front().block];  // of several, the first
    verdict.problems.push_back(std::string(block.kind().name) + " of layer " + std::to_string(block.layer()) + ": " +
                               (exact ? "cost " : "bound ") + fixed_text(value, 9) + ", measured " +
                               fixed_text(measured, 9));
  }

  static constexpr double infinity = std::numeric_limits<double>::infinity();

  std::string run_;
  std::size_t steps_ = 5;
  MovedInputs moved_;
};

}  // namespace

std::unique_ptr<Command> make_verify(CLI::App& program) {
  return std::make_unique<Verify>(program);
}

}  // namespace multipruner::cli
