// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "command.hpp"
#include "judge.hpp"
#include "model.hpp"
#include "text_files.hpp"
#include "text_stream.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/forward/generate.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/stopwatch.hpp>
#include <multipruner/report/text_table.hpp>

namespace multipruner::cli {

namespace {

/// A text to measure perplexity on, and the heading of its column.
struct NamedText {
  std::string name, file;
};

/// "NAME=FILE", or a file that is named by its stem.
NamedText parse_text(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  if (is_stream(argument)) return {text_name(argument), argument};
  std::error_code ignored;
  if (equals == std::string::npos || std::filesystem::exists(argument, ignored)) return {stem_of(argument), argument};
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

/// What is measured of one model.
struct Measurement {
  std::string model;
  Index parameters = 0;
  double ratio = 0;                    ///< percent removed
  std::vector<double> perplexities{};  ///< one per text
  double tokens_per_second = 0;        ///< of the evaluation
  std::string continuation{};          ///< of the prompt
};

class Compare final : public Command {
 public:
  explicit Compare(CLI::App& program)
      : Command(program, "compare", "Compare models: size, perplexity, speed, and what they write",
                "  multipruner compare model/ model-20/ --text calibration.txt --text heldout.txt\n"
                "  multipruner compare model/ model-10/ model-20/ --text wiki=wiki.test.raw \\\n"
                "      --seqlen 512 --max-windows 16 --prompt \"The town lies\"\n") {
    app().add_option("MODELS", models_, "Folders of models, the dense one first")->required()->type_name("DIR");
    app()
        .add_option("--text", texts_,
                    "A text to measure on; may be given several times.\nA column is named by its file, or by NAME")
        ->required()
        ->allow_extra_args(false)
        ->type_name("[NAME=]FILE");
    app().add_option("--prompt", prompt_, "What the models continue")->type_name("TEXT")->capture_default_str();
    app()
        .add_option("--max-new-tokens", options_.max_new_tokens, "Tokens to add at most")
        ->type_name("N")
        ->capture_default_str();
    add_window_options(app(), windows_);
    add_compute_option(app(), options_.compute);
  }

  ExitCode run(Console& console) override {
    const std::vector<NamedText> texts = parse_texts(texts_);
    TextFiles files(console);
    std::vector<Measurement> measurements;
    for (const std::string& folder : models_) measurements.push_back(measure(folder, texts, files, console));
    if (console.json()) {
      report_json(console, texts, measurements);
    } else {
      report(console, texts, measurements);
    }
    return ExitCode::ok;
  }

 private:
  [[nodiscard]] Measurement measure(const std::string& folder, const std::vector<NamedText>& texts, TextFiles& files,
                                    Console& console) const {
    const Model model = load_model(folder, console);
    const ModelView view(model.graph);
    warn_of_long_windows(windows_, view.config(), console);
    Measurement measured{.model = folder,
                         .parameters = count_parameters(view.config(), view.plan()),
                         .ratio = pruning_ratio(view.config(), view.plan())};
    double seconds = 0;
    Index tokens = 0;
    for (const NamedText& text : texts) {
      const TokenWindows windows = read_windows(text.file, model, windows_, files.reader());
      if (tokens == 0) warm_up(view, windows);
      const Stopwatch watch;
      const PerplexityResult result =
          judge(view, windows, {.model = name_of(folder), .text = text.file, .options = {.compute = options_.compute}},
                console);
      seconds += watch.seconds();
      tokens += result.tokens;
      measured.perplexities.push_back(result.perplexity);
    }
    measured.tokens_per_second = static_cast<double>(tokens) / seconds;
    measured.continuation = continuation(model, view);
    return measured;
  }

  /// Brings the weights into memory, so that the first model is not measured with the disk.
  static void warm_up(const ModelView& view, const TokenWindows& windows) {
    const auto first = windows.window(0);
    static_cast<void>(perplexity(view, {static_cast<Index>(first.size()), {first.begin(), first.end()}}));
  }

  [[nodiscard]] std::string continuation(const Model& model, const ModelView& view) const {
    const std::vector<TokenId> prompt = model.tokenizer->encode(prompt_);
    TextStream stream(*model.tokenizer, prompt);
    std::string text;
    static_cast<void>(generate(view, prompt, options_, [&](TokenId token) {
      text += stream.add(token);
      return true;
    }));
    return text + stream.finish();
  }

  static void report_json(Console& console, const std::vector<NamedText>& texts,
                          const std::vector<Measurement>& models) {
    auto json = nlohmann::ordered_json::array();
    for (const Measurement& model : models) {
      nlohmann::ordered_json perplexities;
      for (std::size_t i = 0; i < texts.size(); ++i) perplexities[texts[i].name] = model.perplexities[i];
      json.push_back({{"model", model.model},
                      {"parameters", model.parameters},
                      {"ratio", model.ratio},
                      {"perplexity", perplexities},
                      {"tokens_per_second", model.tokens_per_second},
                      {"continuation", model.continuation}});
    }
    console.print_json({{"models", json}});
  }

  void report(Console& console, const std::vector<NamedText>& texts, const std::vector<Measurement>& models) const {
    std::vector<std::string> headings{"model", "parameters", "removed"};
    for (const NamedText& text : texts) headings.push_back(text.name);
    headings.emplace_back("tokens/s");
    TextTable table(std::move(headings));
    for (const Measurement& model : models) {
      std::vector<std::string> row{name_of(model.model), grouped_text(model.parameters), percent_text(model.ratio)};
      for (const double perplexity : model.perplexities) row.push_back(perplexity_text(perplexity));
      row.push_back(grouped_text(static_cast<Index>(model.tokens_per_second)));
      table.add(std::move(row));
    }
    console.print(table.text() + "\nPerplexity under the name of each text: lower is better.\n");
    for (const Measurement& model : models) {
      console.print("\n" + name_of(model.model) + ":\n" + wrapped_text(prompt_ + model.continuation, 76, "  "));
    }
  }

  std::vector<std::string> models_, texts_;
  std::string prompt_ = "Once upon a time";
  GenerationOptions options_;
  WindowSettings windows_;
};

}  // namespace

std::unique_ptr<Command> make_compare(CLI::App& program) {
  return std::make_unique<Compare>(program);
}

}  // namespace multipruner::cli
