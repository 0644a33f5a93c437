#include "compensation.hpp"

#include "format.hpp"
#include <multipruner/compensation/stream_matching.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/evaluation/perplexity.hpp>

namespace multipruner::cli {

void add_compensation_options(CLI::App& app, CompensationFlags& flags) {
  const std::string group = "Compensation";
  app.add_option("--compensate", flags.method,
                 "Solve o_proj and down_proj anew after pruning, without training:\nstream-matching, or none. What is "
                 "held out of the calibration\ntext decides how strongly, and whether at all\n[what --preset says]")
      ->type_name("HOW")
      ->group(group);
  app.add_option("--ridge", flags.ridges,
                 "Strengths of regularisation to choose from; larger is safer\non other text [0.03 0.1 0.3]")
      ->type_name("R")
      ->group(group);
}

CompensationMethod method_of(const CompensationFlags& flags, const std::string& otherwise) {
  CompensationMethod method{flags.method.value_or(otherwise), flags.ridges};
  if (!method.is_none() && method.name != StreamMatching::name) {
    throw OptionError("--compensate", "\"" + method.name + "\" is not known", "Use stream-matching or none");
  }
  for (const double ridge : method.ridges) {
    if (ridge > 0 && ridge < 1e6) continue;
    throw OptionError("--ridge", "it must be above 0", "Give e.g. 0.1, or leave it away");
  }
  return method;
}

CompensationChoice compensate(const CompensationMethod& method, const Graph& dense, const ModelView& pruned,
                              const TokenWindows& windows, simd::Compute compute, Index rows_per_pass,
                              ProgressSink& progress) {
  const auto with_ridge = [&](double ridge) {
    return StreamMatching({.ridge = ridge, .compute = compute, .rows_per_pass = rows_per_pass});
  };
  const auto loss_of = [&](const ModelView& view, const TokenWindows& held_out) {
    return evaluate_perplexity(view, held_out, progress, {compute, rows_per_pass}).mean_nll;
  };
  return choose_compensation(ModelView(dense), pruned, windows, method.ridges, with_ridge, loss_of, progress);
}

std::string describe(const CompensationMethod& method, const CompensationChoice& choice) {
  const std::string without = fixed(choice.loss_without, 3);
  if (!choice.model) return "none: " + method.name + " was no better than " + without + " nats on held-out windows";
  std::string text = method.name;
  text.append(", ridge ").append(fixed(choice.ridge, 3)).append(": ").append(without).append(" to ");
  return text.append(fixed(choice.loss, 3)).append(" nats a token on held-out windows");
}

nlohmann::ordered_json to_json(const CompensationMethod& method, const CompensationChoice& choice) {
  nlohmann::ordered_json json{{"method", method.name},
                              {"applied", choice.model.has_value()},
                              {"held_out_loss_without", choice.loss_without},
                              {"held_out_loss", choice.loss}};
  for (const auto& [ridge, loss] : choice.tried) json["tried"].push_back({{"ridge", ridge}, {"held_out_loss", loss}});
  if (!choice.model) return json;
  json["ridge"] = choice.ridge;
  for (const SolvedWeight& weight : choice.model->weights) {
    json["weights"].push_back({{"layer", weight.block.layer},
                               {"block", name_of(weight.block.kind)},
                               {"dampening", weight.dampening},
                               {"attempts", weight.attempts},
                               {"clipped", weight.clipped},
                               {"squared_error_before", weight.before},
                               {"squared_error_after", weight.after}});
  }
  return json;
}

}  // namespace multipruner::cli
