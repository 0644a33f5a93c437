// SPDX-License-Identifier: MIT
#include <memory>
#include <string>

#include "command.hpp"
#include "environment.hpp"
#include "interruption.hpp"
#include "output_folder.hpp"
#include "text_files.hpp"
#include <multipruner/report/readable.hpp>
#include <multipruner/report/stopwatch.hpp>
#include <multipruner/run/sparsify_run.hpp>

namespace multipruner::cli {

namespace {

void add_pattern_options(CLI::App& app, SparsifySpec& spec) {
  const std::string group = "What to remove";
  app.add_option("--pattern", spec.pattern,
                 "Weights of every linear that are removed: a percentage,\ne.g. 50%, or N:M, e.g. 2:4: of each M "
                 "consecutive weights\nof a row N are removed and M-N stay; or keep-N:M: N stay")
      ->required()
      ->type_name("PATTERN")
      ->group(group);
  app.add_option("--method", spec.method,
                 "wanda, sparsegpt, or mrp-ss, mrp-sm, mrp-ms, mrp-mm: how\nthe mask is chosen, and how the other "
                 "weights make up for\nit; s: one weight at a time, m: several together; or\nsparsegpt-m: its mask, "
                 "and all others together\n[sparsegpt; mrp-mm for N:M]")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--solver", spec.solver,
                 "How methods ending in m make up for the loss: blocked,\nglobal (exact; slow for large models) or cg "
                 "[blocked]")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--damping", spec.damping,
                 "Added to the diagonal of the Hessian, relative to its mean\n[0.01]; not for wanda")
      ->type_name("X")
      ->group(group);
  app.add_option("--block", spec.block, "Columns that are worked on together [128]")->type_name("N")->group(group);
  app.add_option("--skip", spec.skip,
                 "Linears that stay as they are: a name such as down_proj,\nlayers (3, 0-2, first, last), attention, "
                 "mlp,\nor both, e.g. mlp:0-2; can be repeated, or listed with commas")
      ->type_name("WHAT")
      ->group(group);
}

void add_text_options(CLI::App& app, SparsifySpec& spec) {
  const std::string group = "Calibration text";
  app.add_option("--calibration", spec.calibration,
                 "Text that tells what matters: plain, WikiText (.raw),\nJSON lines or a JSON array, also as .gz; - "
                 "for\nstandard input")
      ->required()
      ->type_name("FILE")
      ->group(group);
  app.add_option("--samples", spec.samples, "Rows of it to use [256; 32,768 tokens of a plain text]")
      ->type_name("N")
      ->group(group);
  app.add_option("--sampling", spec.sampling,
                 "Which rows: first, random, or reference (those that the\nreleased code of MultiPruner draws)")
      ->type_name("HOW")
      ->capture_default_str()
      ->group(group);
  app.add_option("--eval-text", spec.eval_text, "Held-out text for the table of the model card")
      ->type_name("FILE")
      ->group(group);
}

class Sparsify final : public Command {
 public:
  explicit Sparsify(CLI::App& program)
      : Command(program, "sparsify", "Set single weights of a model to zero, and let the others make up for them",
                "  multipruner sparsify model/ --pattern 50% --calibration text.txt --out model-sparse/\n"
                "  multipruner sparsify model/ --pattern 2:4 --calibration c4.jsonl --sampling random \\\n"
                "      --samples 512 --max-windows 128 --out model-2-4/ --eval-text heldout.txt\n"
                "  multipruner sparsify model/ --pattern 50% --method wanda --skip down_proj --skip 0 \\\n"
                "      --calibration text.txt --out model-sparse/\n") {
    app()
        .add_option("MODEL,--model_path", spec_.model, "Folder of a Hugging Face checkpoint, dense or pruned")
        ->required()
        ->type_name("DIR");
    app()
        .add_option("--out", out_, "Folder for the sparse model; must not be there yet, or be empty")
        ->required()
        ->type_name("DIR");
    app().add_flag("--overwrite", overwrite_, "Replace --out, if it is a folder that this program made");
    add_pattern_options(app(), spec_);
    add_text_options(app(), spec_);
    add_window_options(app(), spec_.windows);
    add_tokenizing_options(app(), spec_.tokenizing);
    add_compute_option(app(), spec_.compute);
  }

  ExitCode run(Console& console) override {
    spec_.seed = common().seed;
    check_output_folder(out_, spec_.model, overwrite_);
    const Stopwatch watch;
    TextFiles files(console);
    SparsifyRun run(spec_, {.out = out_, .overwrite = overwrite_}, environment_of(files, console));
    run.introduce();
    const FinishedSparsification done = [&] {
      InterruptibleWork work(console.progress(), [] { return "interrupted; nothing was written\n"; });
      return run.run(work);
    }();
    console.print("\n" + done.tables + "\nwritten to " + out_ + " in " + duration_text(watch.seconds()) + "\n");
    if (console.json()) report(done, run.spec(), watch.seconds(), console);
    return ExitCode::ok;
  }

 private:
  void report(const FinishedSparsification& done, const SparsifySpec& spec, double seconds, Console& console) const {
    nlohmann::ordered_json json{{"out", out_},
                                {"settings", to_json(spec)},
                                {"sparsity", total_sparsity(done.result.linears)},
                                {"linears", to_json(done.result.linears)}};
    if (done.mask.has_mask()) json["weight_mask"] = to_json(done.mask);
    json["perplexity"] = to_json(done.texts);
    json["seconds"] = seconds;
    console.print_json(json);
  }

  SparsifySpec spec_;
  std::string out_;
  bool overwrite_ = false;
};

}  // namespace

std::unique_ptr<Command> make_sparsify(CLI::App& program) {
  return std::make_unique<Sparsify>(program);
}

}  // namespace multipruner::cli
