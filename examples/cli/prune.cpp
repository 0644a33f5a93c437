// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "command.hpp"
#include "conversion.hpp"
#include "execute_run.hpp"
#include "prune_options.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/run/run_field.hpp>

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
    if (names_gguf_file(options_.place.out)) options_.spec.format = gguf_format_of(options_.spec.format);
    check_options(options_);
    if (!options_.config.empty()) return apply_config(console);
    return execute_run(options_.spec, options_.place, console);
  }

 private:
  /// @throws OptionError for what tells a search what to do
  [[nodiscard]] ExitCode apply_config(Console& console) const {
    const RunSpec& spec = options_.spec;
    for (const RunField& field : run_fields()) {
      constexpr std::array<std::string_view, 5> known{"model", "format", "gguf_type", "reorder", "seed"};
      if (std::ranges::find(known, field.name) != known.end()) continue;
      if (to_json(spec, field) == to_json(RunSpec{}, field)) continue;
      throw OptionError(std::string(field.flag()), "--from-config says what is removed", "Omit it");
    }
    if (options_.place.out.empty()) {
      throw OptionError("--out", "is missing", "Say where the smaller model is to go");
    }
    return convert({spec.model, spec.format, spec.gguf_type, options_.config, spec.reorder}, options_.place.out,
                   options_.place.overwrite, console);
  }

  PruneOptions options_;
};

}  // namespace

std::unique_ptr<Command> make_prune(CLI::App& program) {
  return std::make_unique<Prune>(program);
}

}  // namespace multipruner::cli
