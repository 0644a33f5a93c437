// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "command.hpp"
#include "interruption.hpp"
#include "judge.hpp"
#include "model.hpp"
#include "output_folder.hpp"
#include "sparsify_arguments.hpp"
#include "sparsify_card.hpp"
#include "text_files.hpp"
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/export/save.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/sparsify.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/stopwatch.hpp>
#include <multipruner/run/mask_report.hpp>

namespace multipruner::cli {

namespace {

/// The most columns that a linear of a model has.
Index most_inputs(const ModelConfig& config) {
  Index most = 0;
  for (const BlockSpec& block : config.blocks) {
    for (std::size_t slot = 0; slot < block.kind().slots.size(); ++slot) {
      const auto shape = block.shape(slot, block.whole());
      if (block.kind().slots[slot].linear && shape) most = std::max(most, shape->columns);
    }
  }
  return most;
}

/// A text that the model is judged on before and after.
struct JudgedText {
  TextComparison comparison;
  const TokenWindows* windows;
};

/// One run of `multipruner sparsify`, from the options to the folder.
class Run {
 public:
  Run(const SparsifyArguments& arguments, std::uint64_t seed, std::string command, Console& console)
      : arguments_(arguments),
        command_(std::move(command)),
        console_(console),
        method_(method_of(arguments)),
        calibration_options_(calibration_options(arguments, seed)) {
    check_output_folder(arguments_.out, arguments_.model, arguments_.overwrite);
    model_ = load_model(arguments_.model, console_);
    warn_of_long_windows(arguments_.windows, config(), console_);
    options_ = sparsify_options(arguments_, config());
    count_linears();
    read_texts();
    require_finite(model_->graph);
    mask_ = find_mask(model_->graph, false);
  }

  ExitCode run() {
    introduce();
    judge_dense();
    const SparsifyResult result = sparsify();
    count_zeros_after(mask_, ModelView(result.graph));
    SparsifyCard card{.result = result,
                      .base_model = name_of(arguments_.model),
                      .pattern = pattern_text(),
                      .method = method_name(arguments_),
                      .pattern_in_words = pattern_in_words().value_or(""),
                      .command = command_,
                      .calibration = "Calibration: " + calibration_sentence() + ".",
                      .zeros = mask_table(mask_, true),
                      .texts = {},
                      .warnings = model_->warnings};
    for (JudgedText& text : texts_) {
      text.comparison.pruned = evaluate(result.graph, *text.windows, "the sparse model", text.comparison.file);
      card.texts.push_back(text.comparison);
    }
    write(card);
    report(card);
    return ExitCode::ok;
  }

 private:
  [[nodiscard]] const ModelConfig& config() const { return model_->graph.config(); }

  [[nodiscard]] std::string pattern_text() const { return to_string(pattern_of(arguments_)); }

  /// What N:M removes and leaves, which not everybody reads alike; nothing for a percentage.
  [[nodiscard]] std::optional<std::string> pattern_in_words() const {
    const SparsityPattern pattern = pattern_of(arguments_);
    if (!std::holds_alternative<NOfM>(pattern)) return std::nullopt;
    return describe(pattern);
  }

  /// Counts what is to be pruned. @throws OptionError where the pattern does not fit it, or nothing is left.
  void count_linears() {
    const SparsityPattern pattern = pattern_of(arguments_);
    for_each_place(model_->graph, [&](const TensorPlace& place, const WeightView& weight) {
      if (!place.slot->linear || options_.skip(place.role, place.layer)) return;
      ++linears_;
      if (const auto* groups = std::get_if<NOfM>(&pattern); groups != nullptr && weight.columns % groups->group != 0) {
        throw OptionError("--pattern",
                          to_string(pattern) + " does not divide the " + std::to_string(weight.columns) +
                              " columns of " + model_->graph.origin().tensor_name(place.role, place.layer),
                          "Choose groups that divide them, or --skip " + std::string(name_of(place.role)));
      }
    });
    if (linears_ == 0) throw OptionError("--skip", "it leaves nothing to prune", "Skip less");
  }

  void read_texts() {
    fit_to_model(calibration_options_, arguments_.windows, *model_);
    TextFiles files(console_);
    calibration_ = read_calibration(arguments_.calibration, *model_, calibration_options_, files.reader()).front();
    if (arguments_.eval_text)
      held_out_ = read_windows(*arguments_.eval_text, *model_, arguments_.windows, files.reader());
  }

  [[nodiscard]] std::string calibration_sentence() const {
    return text_name(arguments_.calibration) + ", " + std::to_string(calibration_.count()) + " windows of " +
           std::to_string(calibration_.longest()) + " tokens";
  }

  void introduce() {
    console_.note("model        " + name_of(arguments_.model) + ", " +
                  grouped_text(count_parameters(config(), Plan(model_->graph))) + " parameters");
    console_.note("calibration  " + calibration_sentence());
    console_.note("remove       " + pattern_text() + " of the weights of " + grouped_text(linears_) + " linears, by " +
                  method_name(arguments_));
    if (pattern_in_words()) console_.note("             " + *pattern_in_words());
    const auto tokens = static_cast<Index>(calibration_.tokens().size());
    if (mask_.has_mask()) {
      console_.warn("the model already has a mask: " + mask_sentence(mask_) +
                    "; weights are chosen again, and zeros that are not chosen may be filled");
    }
    const bool has_hessian = !std::holds_alternative<WandaMask>(method_);
    if (has_hessian && tokens < most_inputs(config())) {
      console_.note("note         " + grouped_text(tokens) +
                    " tokens are fewer than a layer has inputs: much depends on the damping. Give more text");
    }
  }

  [[nodiscard]] SparsifyResult sparsify() {
    InterruptibleWork work(console_.progress(), [] { return "interrupted; nothing was written\n"; });
    const ModelView view(model_->graph);
    return std::visit(
        [&](const auto& pruner) { return multipruner::sparsify(view, calibration_, pruner, options_, work); }, method_);
  }

  [[nodiscard]] double evaluate(const Graph& graph, const TokenWindows& windows, const std::string& model,
                                const std::string& text) {
    Judgement what{.model = model, .text = text, .options = {.compute = arguments_.compute}};
    if (&graph != &model_->graph) what.remedy = "Use more damping, more calibration text, or another method";
    return judge(ModelView(graph), windows, what, console_).perplexity;
  }

  /// Before the work, because a model without a finite loss is not worth it.
  void judge_dense() {
    const auto add = [&](std::string name, const std::string& file, const TokenWindows& windows) {
      const double dense = evaluate(model_->graph, windows, name_of(arguments_.model), file);
      texts_.push_back({{std::move(name), file, text_name(file), windows.count(), windows.longest(), dense}, &windows});
    };
    add("calibration text", arguments_.calibration, calibration_);
    if (held_out_) add("held-out text", *arguments_.eval_text, *held_out_);
  }

  void write(const SparsifyCard& card) const {
    nlohmann::ordered_json settings = settings_json(arguments_, calibration_options_);
    settings["calibration_windows"] = calibration_.count();
    if (mask_.has_mask()) settings["weight_mask"] = to_json(mask_);
    const nlohmann::ordered_json numbers{{"settings", settings}, {"linears", linears_json(card.result.linears)}};
    const std::map<std::string, std::string> files{{"README.md", to_markdown(card)},
                                                   {"sparsity.json", to_json_text(numbers)}};
    InterruptibleWork work(console_.progress(), [] { return "interrupted; nothing was written\n"; });
    save(card.result.graph, arguments_.out,
         {.overwrite = arguments_.overwrite, .settings = settings, .more_files = files}, work);
  }

  void report(const SparsifyCard& card) {
    console_.print("\n" + linear_table(card, false) + "\n" + comparison_table(card, false) + "\n");
    if (mask_.has_mask()) console_.print(mask_table(mask_, false) + "\n");
    if (const std::string notes = remarks(card.result.linears); !notes.empty()) console_.print(notes + "\n");
    console_.print("written to " + arguments_.out + " in " + duration_text(watch_.seconds()) + "\n");
    if (!console_.json()) return;
    nlohmann::ordered_json json{{"out", arguments_.out},
                                {"settings", settings_json(arguments_, calibration_options_)},
                                {"sparsity", total_sparsity(card.result.linears)},
                                {"linears", linears_json(card.result.linears)}};
    if (mask_.has_mask()) json["weight_mask"] = to_json(mask_);
    json["perplexity"] = to_json(card.texts);
    json["seconds"] = watch_.seconds();
    console_.print_json(json);
  }

  const SparsifyArguments& arguments_;
  std::string command_;
  Console& console_;
  Stopwatch watch_;
  WeightMethod method_;
  SparsifyOptions options_;
  CalibrationOptions calibration_options_;
  std::optional<Model> model_;
  MaskReport mask_;
  Index linears_ = 0;
  TokenWindows calibration_;
  std::optional<TokenWindows> held_out_;
  std::vector<JudgedText> texts_;
};

class Sparsify final : public Command {
 public:
  explicit Sparsify(CLI::App& program)
      : Command(program, "sparsify", "Set single weights of a model to zero, and let the others make up for them",
                "  multipruner sparsify model/ --pattern 50% --calibration text.txt --out model-sparse/\n"
                "  multipruner sparsify model/ --pattern 2:4 --calibration c4.jsonl --sampling random \\\n"
                "      --samples 512 --max-windows 128 --out model-2-4/ --eval-text heldout.txt\n"
                "  multipruner sparsify model/ --pattern 50% --method wanda --skip down_proj --skip 0 \\\n"
                "      --calibration text.txt --out model-sparse/\n") {
    add_sparsify_options(app(), arguments_);
  }

  ExitCode run(Console& console) override {
    const std::vector<std::string> left_out{"threads", "quiet", "json", "overwrite", "out"};
    return Run(arguments_, common().seed, command_line(app(), left_out) + " --out DIR", console).run();
  }

 private:
  SparsifyArguments arguments_;
};

}  // namespace

std::unique_ptr<Command> make_sparsify(CLI::App& program) {
  return std::make_unique<Sparsify>(program);
}

}  // namespace multipruner::cli
