// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"
#include "environment.hpp"
#include "text_files.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/measured_model.hpp>

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

class Compare final : public Command {
 public:
  explicit Compare(CLI::App& program)
      : Command(program, "compare", "Compare models: size, perplexity, speed, and what they write",
                "  multipruner compare model/ model-20/ --text calibration.txt --text heldout.txt\n"
                "  multipruner compare model/ model-10/ model-20/ --text wiki=wiki.test.raw \\\n"
                "      --seqlen 512 --max-windows 16 --prompt \"The town lies\"\n") {
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
    add_compute_option(app(), options_.generation.compute);
  }

  ExitCode run(Console& console) override {
    options_.texts = parse_texts(texts_);
    TextFiles files(console);
    const RunEnvironment environment = environment_of(files, console);
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

 private:
  std::vector<std::string> folders_, texts_;
  MeasuringOptions options_{.prompt = "Once upon a time"};
};

}  // namespace

std::unique_ptr<Command> make_compare(CLI::App& program) {
  return std::make_unique<Compare>(program);
}

}  // namespace multipruner::cli
