// SPDX-License-Identifier: MIT
#include <string>

#include "command.hpp"
#include "environment.hpp"
#include "text_files.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/report/stopwatch.hpp>
#include <multipruner/run/base_model.hpp>
#include <multipruner/run/judge_text.hpp>

namespace multipruner::cli {

namespace {

std::optional<TextFormat> format_of(const std::string& dataset) {
  if (dataset == "auto") return std::nullopt;
  if (dataset == "plain") return TextFormat::plain;
  if (dataset == "wikitext2") return TextFormat::wikitext;
  throw OptionError("--dataset", "\"" + dataset + "\" is not known", "Use auto, plain or wikitext2");
}

class Eval final : public Command {
 public:
  explicit Eval(CLI::App& program)
      : Command(program, "eval", "Measure the perplexity of a model on a text",
                "  multipruner eval model/ --text heldout.txt\n"
                "  multipruner eval model-20/ --text heldout.txt --seqlen 512 --json\n"
                "  multipruner eval model/ --text wiki.test.raw --dataset wikitext2 --seqlen 2048\n") {
    app().add_option("MODEL,--model_path", model_, "Folder of a model, dense or pruned")->required()->type_name("DIR");
    app()
        .add_option("--text", text_, "The text, tokenised as a whole; - for standard input")
        ->required()
        ->type_name("FILE");
    app()
        .add_option("--dataset", dataset_,
                    "How the file is read: auto (by its name and content),\nplain, or wikitext2 (a raw "
                    "WikiText-2 file, "
                    "joined as usual)")
        ->type_name("KIND")
        ->capture_default_str();
    add_window_options(app(), windows_);
    add_tokenizing_options(app(), tokenizing_);
    add_compute_option(app(), compute_);
  }

  ExitCode run(Console& console) override {
    const std::optional<TextFormat> format = format_of(dataset_);
    TextFiles files(console);
    const RunEnvironment environment = environment_of(files, console);
    const TokenizedModel model = environment.load_with_tokenizer(model_, false, tokenizing_);
    if (const auto warning = warning_of_long_windows(windows_, model.graph.config())) console.warn(*warning);
    const TokenWindows windows = read_windows(text_, model, windows_, environment.read_text, format);
    const Judgement what{.model = base_model_of(model_).name, .text = text_, .options = {.compute = compute_}};
    const Stopwatch watch;
    const PerplexityResult result =
        judge_text(ModelView(model.graph), windows, what, console.progress(), environment.events.on_warning);
    report(console, result, windows.longest(), watch.seconds());
    return ExitCode::ok;
  }

 private:
  void report(Console& console, const PerplexityResult& result, Index length, double seconds) const {
    const double speed = static_cast<double>(result.tokens) / seconds;
    if (console.json()) {
      return console.print_json({{"model", model_},
                                 {"text", text_},
                                 {"perplexity", result.perplexity},
                                 {"mean_nll", result.mean_nll},
                                 {"windows", result.windows},
                                 {"tokens", result.tokens},
                                 {"seqlen", length},
                                 {"seqlen_that_works", result.climb ? result.climb->works_until : length},
                                 {"seconds", seconds},
                                 {"tokens_per_second", speed}});
    }
    console.print("perplexity         " + fixed_text(result.perplexity, 6) + "\nmean nll           " +
                  fixed_text(result.mean_nll, 6) + " nats per token" + "\nwindows            " +
                  grouped_text(result.windows) + " of " + grouped_text(length) + " tokens" + "\ntokens             " +
                  grouped_text(result.tokens) + "\nseconds            " + fixed_text(seconds, 2) +
                  "\ntokens per second  " + grouped_text(static_cast<Index>(speed)) + "\n");
  }

  std::string model_, text_;
  std::string dataset_ = "auto";
  WindowSettings windows_;
  TokenizingOptions tokenizing_;
  simd::Compute compute_ = simd::Compute::float32;
};

}  // namespace

std::unique_ptr<Command> make_eval(CLI::App& program) {
  return std::make_unique<Eval>(program);
}

}  // namespace multipruner::cli
