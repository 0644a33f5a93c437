// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "command.hpp"
#include "environment.hpp"
#include "interruption.hpp"
#include "options.hpp"
#include "recipe_file.hpp"
#include "text_files.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/core/percentage.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/measured_model.hpp>
#include <multipruner/run/method_comparison.hpp>
#include <multipruner/run/run_choices.hpp>

namespace multipruner::cli {

namespace {

using NamedText = MeasuringOptions::Text;

/// "NAME=FILE", or a file that is named by its stem.
NamedText parse_text(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  if (is_stream(argument)) return {text_name(argument), argument};
  std::error_code ignored;
  if (equals == std::string::npos || std::filesystem::exists(argument, ignored))
    return {std::filesystem::path(argument).stem().string(), argument};
  return {argument.substr(0, equals), argument.substr(equals + 1)};
}

/// @throws OptionError for two texts of one name.
std::vector<NamedText> parse_texts(const std::vector<std::string>& arguments) {
  std::vector<NamedText> texts;
  for (const std::string& argument : arguments) {
    NamedText text = parse_text(argument);
    if (std::ranges::find(texts, text.name, &NamedText::name) != texts.end()) {
      throw OptionError("--text", "two texts are called \"" + text.name + "\"", "Give NAME=FILE");
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

/// What `--methods` and what belongs to it say.
struct MethodOptions {
  std::vector<std::string> methods{}, ratios{};
  std::string out{};
  bool keep_models = false;
  RunSpec spec{};  ///< of all of them

  [[nodiscard]] bool asked_for() const { return !methods.empty(); }
};

void add_method_options(CLI::App& app, MethodOptions& options) {
  const std::string group = "Comparing methods on one model";
  app.add_option("--methods", options.methods,
                 "Prune MODEL by each of these, and compare what comes of it:\npolicies of prune, reference (its "
                 "preset), or files of recipes,\nwith commas between")
      ->delimiter(',')
      ->type_name("LIST")
      ->group(group);
  app.add_option("--ratio", options.ratios, "Shares of all parameters to remove, in percent, e.g. 10,20,30")
      ->delimiter(',')
      ->type_name("LIST")
      ->group(group);
  app.add_option("--out", options.out,
                 "Folder for comparison.md, .csv and .json, and a chart a text; the\nsame command continues what was "
                 "interrupted")
      ->type_name("DIR")
      ->group(group);
  app.add_flag("--keep-models", options.keep_models, "Keep the smaller models there, in models/")->group(group);
  for (const char* field : {"calibration", "calibration_width", "calibration_fit", "samples", "samples_width",
                            "samples_fit", "generated_windows", "sampling", "metric", "search", "distribution",
                            "mlp_group", "keep", "preset", "reorder", "compensate", "evaluations"}) {
    add_run_field(app, options.spec, field);
  }
}

class Compare final : public Command {
 public:
  explicit Compare(CLI::App& program)
      : Command(program, "compare", "Compare models, or methods on one model: size, loss, speed",
                "  multipruner compare model/ model-20/ --text calibration.txt --text heldout.txt\n"
                "  multipruner compare model/ model-10/ model-20/ --text wiki=wiki.test.raw \\\n"
                "      --seqlen 512 --max-windows 16 --prompt \"The town lies\"\n"
                "  multipruner compare model/ --methods multipruner,shortgpt,uniform --ratio 10,20 \\\n"
                "      --calibration text.txt --text heldout.txt --out table/\n") {
    app().add_option("MODELS", folders_, "Folders of models, the dense one first")->required()->type_name("DIR");
    app()
        .add_option("--text", texts_,
                    "A text to measure on; may be given several times.\nA column is named by its file, or by NAME")
        ->required()
        ->allow_extra_args(false)
        ->type_name("[NAME=]FILE");
    app().add_option("--prompt", options_.prompt, "What the models continue")->type_name("TEXT")->capture_default_str();
    app()
        .add_option("--max-new-tokens", options_.generation.max_new_tokens, "Tokens to add at most")
        ->type_name("N")
        ->capture_default_str();
    add_window_options(app(), options_.windows);
    add_tokenizing_options(app(), options_.tokenizing);
    add_compute_option(app(), options_.generation.compute);
    add_method_options(app(), methods_);
  }

  ExitCode run(Console& console) override {
    options_.texts = parse_texts(texts_);
    TextFiles files(console);
    RunEnvironment environment = environment_of(files, console);
    if (methods_.asked_for()) {
      for (const char* option : {"--prompt", "--max-new-tokens"}) {
        if (app().count(option) > 0) throw OptionError(option, "it means nothing with --methods", "Omit it");
      }
      return compare_methods(std::move(environment), console);
    }
    refuse_method_options();
    return compare_models(environment, console);
  }

 private:
  ExitCode compare_models(const RunEnvironment& environment, Console& console) const {
    std::vector<MeasuredModel> models;
    for (const std::string& folder : folders_) {
      models.push_back(measure_model(folder, options_, environment, console.progress()));
    }
    console.print(comparison_table(models, options_) + "\nPerplexity under the name of each text: lower is better.\n");
    for (const MeasuredModel& model : models) {
      console.print("\n" + model.name + ":\n" + wrapped_text(options_.prompt + model.continuation, 76, "  "));
    }
    if (console.json()) console.print_json({{"models", to_json(models, options_)}});
    return ExitCode::ok;
  }

  ExitCode compare_methods(RunEnvironment environment, Console& console) const {
    environment.events.on_note = [&](std::string_view topic, std::string_view text) {
      if (topic == "method") console.note(std::string(text));
    };
    MethodComparisonOptions options{.methods = methods(environment.registries),
                                    .ratios = ratios(),
                                    .texts = options_.texts,
                                    .windows = options_.windows,
                                    .out = methods_.out,
                                    .keep_models = methods_.keep_models};
    MethodComparison comparison(std::move(options), std::move(environment));
    const std::vector<ComparisonRow> rows = [&] {
      InterruptibleWork work(console.progress(), [&] {
        return "interrupted; the same command continues from here. The rows so far are in " + methods_.out + "\n";
      });
      return comparison.run(work);
    }();
    console.print(comparison.table(rows) + "\nLosses are in nats a token; tables and charts are in " + methods_.out +
                  "\n");
    if (console.json()) {
      nlohmann::ordered_json json = nlohmann::ordered_json::array();
      std::vector<std::string> names;
      for (const NamedText& text : options_.texts) names.push_back(text.name);
      for (const ComparisonRow& row : rows) json.push_back(to_json(row, names));
      console.print_json({{"rows", json}});
    }
    return ExitCode::ok;
  }

  /// @throws OptionError for what is no policy, preset or recipe
  [[nodiscard]] std::vector<ComparedMethod> methods(const RunRegistries& registries) const {
    if (folders_.size() != 1) throw OptionError("--methods", "they are compared on one model", "Name one folder");
    RunSpec base = methods_.spec;
    base.model = folders_.front();
    base.seqlen = options_.windows.seqlen;
    base.max_windows = options_.windows.max_windows;
    base.ignore_label = options_.windows.ignore_label;
    base.add_bos = options_.tokenizing.add_bos == true;
    base.no_add_bos = options_.tokenizing.add_bos == false;
    base.no_chat_template = !options_.tokenizing.chat_template;
    base.compute = options_.generation.compute;
    base.seed = common().seed;
    std::vector<ComparedMethod> methods;
    for (const std::string& name : methods_.methods) methods.push_back(method(name, base, registries));
    return methods;
  }

  [[nodiscard]] static ComparedMethod method(const std::string& name, RunSpec base, const RunRegistries& registries) {
    std::error_code ignored;
    if (name == "reference") {
      base.preset = name;
      base.reorder.reset();
      base.compensate.reset();
    } else if (registries.policies.find(name) == nullptr && std::filesystem::is_regular_file(name, ignored)) {
      return {std::filesystem::path(name).stem().string(), adapted(read_recipe(name), base)};
    } else {
      base.policy = name;
    }
    return {name, without_fields_of_others(std::move(base), registries)};
  }

  /// A recipe on the model and the windows of the comparison, whose ratios take the place of its target.
  [[nodiscard]] static RunSpec adapted(RunSpec recipe, const RunSpec& base) {
    recipe.model = base.model;
    if (!base.calibration.empty()) recipe.calibration = base.calibration;
    if (base.seqlen) recipe.seqlen = base.seqlen;
    if (base.max_windows) recipe.max_windows = base.max_windows;
    if (base.ignore_label) recipe.ignore_label = base.ignore_label;
    recipe.add_bos = base.add_bos;
    recipe.no_add_bos = base.no_add_bos;
    recipe.no_chat_template = base.no_chat_template;
    for (const char* target :
         {"ratio", "parameters", "count", "slicing", "merge_threshold", "depth_until", "mlp_until", "heads_until"}) {
      reset(recipe, *find_run_field(target));
    }
    return recipe;
  }

  [[nodiscard]] std::vector<double> ratios() const {
    std::vector<double> ratios;
    for (const std::string& text : methods_.ratios) ratios.push_back(parse_percentage("--ratio", text));
    return ratios;
  }

  /// @throws OptionError for what only means something with --methods
  void refuse_method_options() const {
    const bool any =
        !methods_.ratios.empty() || !methods_.out.empty() || methods_.keep_models || !(methods_.spec == RunSpec{});
    if (any) {
      throw OptionError("--methods", "is missing, and --ratio, --out, --calibration and options of prune are for it",
                        "Name the methods to compare, e.g. multipruner,uniform");
    }
  }

  std::vector<std::string> folders_, texts_;
  MeasuringOptions options_{.prompt = "Once upon a time"};
  MethodOptions methods_;
};

}  // namespace

std::unique_ptr<Command> make_compare(CLI::App& program) {
  return std::make_unique<Compare>(program);
}

}  // namespace multipruner::cli
