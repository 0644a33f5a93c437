// SPDX-License-Identifier: MIT
#include <memory>

#include "command.hpp"
#include "execute_run.hpp"
#include "prune_options.hpp"

namespace multipruner::cli {

namespace {

class Prune final : public Command {
 public:
  explicit Prune(CLI::App& program)
      : Command(program, "prune", "Remove what matters least from a model and write the smaller one",
                "  multipruner prune model/ --ratio 20 --calibration text.txt --out model-20/\n"
                "  multipruner prune model/ --ratio 22 --calibration alpaca.json --sampling random \\\n"
                "      --samples 256 --samples-width 128 --out model-22/ --eval-text heldout.txt\n"
                "  multipruner prune model/ --ratio 10 --distribution 1:0:0 --calibration text.txt \\\n"
                "      --out shallower/                  # whole blocks only, as BlockPruner does\n"
                "  multipruner prune model/ --ratio 20 --calibration text.txt --dry-run   # how long, how much memory\n"
                "  multipruner prune model/ --depth-until 8 --mlp-until 20 --calibration text.txt \\\n"
                "      --seqlen 512 --max-windows 32 --out model-20/\n\n"
                "Exits with 6 if the target cannot be reached; what could be removed is then saved.\n") {
    add_prune_options(app(), options_);
  }

  ExitCode run(Console& console) override {
    options_.spec.seed = common().seed;
    check_options(options_);
    return execute_run(options_.spec, options_.place, console);
  }

 private:
  PruneOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_prune(CLI::App& program) {
  return std::make_unique<Prune>(program);
}

}  // namespace multipruner::cli
