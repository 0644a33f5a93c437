// SPDX-License-Identifier: MIT
#include "sparsify_arguments.hpp"

#include <algorithm>

#include <multipruner/run/model_parts.hpp>
#include <multipruner/run/run_choices.hpp>

namespace multipruner::cli {

namespace {

constexpr const char* masks_of_sparse_gpt = "sparsegpt-m";

void add_pattern_options(CLI::App& app, SparsifyArguments& arguments) {
  const std::string group = "What to remove";
  app.add_option("--pattern", arguments.pattern,
                 "Weights of every linear that are removed: a percentage,\ne.g. 50%, or N:M, e.g. 2:4: of each M "
                 "consecutive weights\nof a row N are removed and M-N stay; or keep-N:M: N stay")
      ->required()
      ->type_name("PATTERN")
      ->group(group);
  app.add_option("--method", arguments.method,
                 "wanda, sparsegpt, or mrp-ss, mrp-sm, mrp-ms, mrp-mm: how\nthe mask is chosen, and how the other "
                 "weights make up for\nit; s: one weight at a time, m: several together; or\nsparsegpt-m: its mask, "
                 "and all others together\n[sparsegpt; mrp-mm for N:M]")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--solver", arguments.solver,
                 "How methods ending in m make up for the loss: blocked,\nglobal (exact; slow for large models) or cg "
                 "[blocked]")
      ->type_name("NAME")
      ->group(group);
  app.add_option("--damping", arguments.damping,
                 "Added to the diagonal of the Hessian, relative to its mean\n[0.01]; not for wanda")
      ->type_name("X")
      ->group(group);
  app.add_option("--block", arguments.block, "Columns that are worked on together [128]")->type_name("N")->group(group);
  app.add_option("--skip", arguments.skip,
                 "Linears that stay as they are: a name such as down_proj,\nlayers (3, 0-2, first, last), attention, "
                 "mlp,\nor both, e.g. mlp:0-2; can be repeated, or listed with commas")
      ->type_name("WHAT")
      ->group(group);
}

void add_text_options(CLI::App& app, SparsifyArguments& arguments) {
  const std::string group = "Calibration text";
  app.add_option("--calibration", arguments.calibration,
                 "Text that tells what matters: plain, WikiText (.raw),\nJSON lines or a JSON array, also as .gz; - "
                 "for\nstandard input")
      ->required()
      ->type_name("FILE")
      ->group(group);
  app.add_option("--samples", arguments.samples, "Rows of it to use [256; 32,768 tokens of a plain text]")
      ->type_name("N")
      ->group(group);
  app.add_option("--sampling", arguments.sampling,
                 "Which rows: first, random, or reference (those that the\nreleased code of MultiPruner draws)")
      ->type_name("HOW")
      ->capture_default_str()
      ->group(group);
  app.add_option("--eval-text", arguments.eval_text, "Held-out text for the table of the model card")
      ->type_name("FILE")
      ->group(group);
}

/// @throws OptionError if an option was given that the method has no use for.
void require_no(bool given, const char* option, const std::string& method) {
  if (!given) return;
  throw OptionError(option, "it has no effect with " + method, "Omit it");
}

Mrp::Compensation compensation_of(const SparsifyArguments& arguments, const std::string& method) {
  const Index block = arguments.block.value_or(BlockedCompensation{}.block);
  if (method.ends_with('s')) {
    require_no(arguments.solver.has_value(), "--solver", method);
    return SequentialCompensation{block};
  }
  const std::string solver = arguments.solver.value_or("blocked");
  if (solver == "blocked") return BlockedCompensation{block};
  // The mask of SparseGPT has blocks, too.
  if (method != masks_of_sparse_gpt) require_no(arguments.block.has_value(), "--block", "--solver " + solver);
  if (solver == "global") return GlobalCompensation{};
  if (solver == "cg") return ConjugateGradientCompensation{};
  throw OptionError("--solver", "\"" + solver + "\" is not known", "Use blocked, global or cg");
}

Mrp::Criterion criterion_of(const SparsifyArguments& arguments, const SparsityPattern& pattern,
                            const std::string& method) {
  if (method == masks_of_sparse_gpt) {
    return SequentialRemoval{.pattern = pattern, .block = arguments.block.value_or(SequentialRemoval{}.block)};
  }
  if (method.starts_with("mrp-s")) return SingleRemoval{pattern};
  if (const auto* groups = std::get_if<NOfM>(&pattern)) return MultipleRemoval{*groups};
  throw OptionError("--method",
                    method + " chooses among the subsets of a group, and " + to_string(pattern) + " has none",
                    "Give a pattern such as 2:4, or mrp-sm");
}

}  // namespace

void add_sparsify_options(CLI::App& app, SparsifyArguments& arguments) {
  app.add_option("MODEL,--model_path", arguments.model, "Folder of a Hugging Face checkpoint, dense or pruned")
      ->required()
      ->type_name("DIR");
  app.add_option("--out", arguments.out, "Folder for the sparse model; must not be there yet, or be empty")
      ->required()
      ->type_name("DIR");
  app.add_flag("--overwrite", arguments.overwrite, "Replace --out, if it is a folder that this program made");
  add_pattern_options(app, arguments);
  add_text_options(app, arguments);
  add_window_options(app, arguments.windows);
  add_compute_option(app, arguments.compute);
}

SparsityPattern pattern_of(const SparsifyArguments& arguments) {
  return parse_sparsity_pattern(arguments.pattern, "--pattern");
}

std::string method_name(const SparsifyArguments& arguments) {
  const bool groups = std::holds_alternative<NOfM>(pattern_of(arguments));
  return arguments.method.value_or(groups ? "mrp-mm" : "sparsegpt");
}

WeightMethod method_of(const SparsifyArguments& arguments) {
  const SparsityPattern pattern = pattern_of(arguments);
  const std::string method = method_name(arguments);
  const double damping = arguments.damping.value_or(SparseGpt{}.damping);
  if (method == "wanda") {
    require_no(arguments.solver.has_value(), "--solver", method);
    require_no(arguments.damping.has_value(), "--damping", method);
    require_no(arguments.block.has_value(), "--block", method);
    return WandaMask{pattern};
  }
  if (method == "sparsegpt") {
    require_no(arguments.solver.has_value(), "--solver", method);
    return SparseGpt{.pattern = pattern, .damping = damping, .block = arguments.block.value_or(SparseGpt{}.block)};
  }
  for (const char* const known : {"mrp-ss", "mrp-sm", "mrp-ms", "mrp-mm", masks_of_sparse_gpt}) {
    if (method != known) continue;
    return Mrp{.criterion = criterion_of(arguments, pattern, method),
               .compensation = compensation_of(arguments, method),
               .damping = damping};
  }
  throw OptionError("--method", "\"" + method + "\" is not known",
                    "Use wanda, sparsegpt, sparsegpt-m, mrp-ss, mrp-sm, mrp-ms or mrp-mm");
}

SparsifyOptions sparsify_options(const SparsifyArguments& arguments, const ModelConfig& config) {
  const auto skip = [parts = parse_parts("--skip", arguments.skip, config)](TensorRole role, Index layer) {
    return std::ranges::any_of(parts, [&](const ModelPart& part) { return part.contains(role, layer); });
  };
  return {.skip = skip, .compute = arguments.compute};
}

CalibrationOptions calibration_options(const SparsifyArguments& arguments, std::uint64_t seed) {
  return {.samples_block = arguments.samples,
          .samples_width = arguments.samples,
          .sampling = sampling_of(arguments.sampling),
          .seed = seed,
          .max_windows = arguments.windows.max_windows};
}

nlohmann::ordered_json settings_json(const SparsifyArguments& arguments, const CalibrationOptions& calibration) {
  const auto or_null = [](const auto& value) { return value ? nlohmann::ordered_json(*value) : nullptr; };
  nlohmann::ordered_json json;
  json["model_path"] = arguments.model;
  json["pattern"] = to_string(pattern_of(arguments));
  json["method"] = method_name(arguments);
  json["solver"] = or_null(arguments.solver);
  json["damping"] = or_null(arguments.damping);
  json["block"] = or_null(arguments.block);
  json["skip"] = arguments.skip;
  json["calibration_dataset"] = arguments.calibration;
  json["num_calibration_samples"] = or_null(arguments.samples);
  json["sampling"] = arguments.sampling;
  json["compute"] = name_of(arguments.compute);
  json["seed"] = calibration.seed;
  json["seqlen"] = calibration.sequence_length;
  json["max_windows"] = or_null(calibration.max_windows);
  return json;
}

}  // namespace multipruner::cli
