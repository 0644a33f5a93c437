// SPDX-License-Identifier: MIT
#include "options.hpp"

#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "isa_option.hpp"
#include <multipruner/core/error.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/cost_metric.hpp>
#include <multipruner/run/model_format.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/run/shipped_policies.hpp>
#include <multipruner/run/unit_ordering.hpp>

namespace multipruner::cli {

namespace {

/// Bytes with a unit or without; nothing where it is no number of them.
std::optional<std::uint64_t> parse_size(std::string text) try {
  if (text.starts_with('-')) return std::nullopt;
  std::uint64_t bytes = 0;
  const std::string problem = CLI::AsSizeValue(true)(text);  // makes bytes of it in place
  return problem.empty() && CLI::detail::lexical_cast(text, bytes) ? std::optional(bytes) : std::nullopt;
} catch (const CLI::ValidationError&) {
  return std::nullopt;
}

}  // namespace

CLI::Option* add_size_option(CLI::App& app, const std::string& name, std::optional<std::uint64_t>& value,
                             const std::string& description) {
  const auto parse = [&value, name](const std::string& text) {
    value = parse_size(text);
    if (!value) throw OptionError(name, "\"" + text + "\" is not a size in bytes", "Give one such as 2GB or 500MB");
  };
  return app.add_option_function<std::string>(name, parse, description)->type_name("SIZE");
}

void add_common_options(CLI::App& app, CommonOptions& options) {
  const std::string group = "Common options";
  app.add_option("--threads", options.threads,
                 "Threads to use; 0: all that the machine has.\nResults do not depend on it")
      ->check(CLI::Range(0, 4096))
      ->option_text("N=0")
      ->group(group);
  add_isa_option(app, group);
  app.add_option("--seed", options.seed, "Seed for everything that is drawn at random")
      ->type_name("N")
      ->capture_default_str()
      ->group(group);
  app.add_flag("--quiet", options.quiet, "No progress, only the result")->group(group);
  app.add_flag("--json", options.json, "The result as JSON on stdout, and nothing else there")->group(group);
}

void add_compute_option(CLI::App& app, simd::Compute& compute) {
  const RunField& field = *find_run_field("compute");
  const auto parse = [&compute, &field](const std::string& text) {
    RunSpec spec;
    set_from_text(spec, field, text);
    compute = spec.compute;
  };
  app.add_option_function<std::string>("--compute", parse, std::string(field.help))->option_text("TYPE=float32");
}

void add_tokenizing_options(CLI::App& app, TokenizingOptions& options, bool has_rows) {
  const auto add = [&](const char* name, const std::function<void()>& set) {
    const RunField& field = *find_run_field(name);
    app.add_flag_callback(std::string(field.flags), set, std::string(field.help))->group(std::string(field.group));
  };
  const auto add_bos = [&options](bool value) {
    RunSpec both;
    both.add_bos = value || options.add_bos.value_or(false);
    both.no_add_bos = !value || !options.add_bos.value_or(true);
    options.add_bos = tokenizing_of(both).add_bos;
  };
  add("add_bos", [add_bos] { add_bos(true); });
  add("no_add_bos", [add_bos] { add_bos(false); });
  if (has_rows) add("no_chat_template", [&options] { options.chat_template = false; });
}

std::string help_of(const RunField& field) {
  std::string help(field.help);
  const auto put_in = [&](std::string_view place, const std::string& list) {
    const std::size_t at = help.find(place);
    if (at == std::string::npos) return;
    std::string names = wrapped_text(list, 60, "");
    names.pop_back();  // the newline
    help.replace(at, place.size(), names);
  };
  put_in("{orderings}", shipped_unit_orderings().names());
  put_in("{policies}", shipped_policies().names());
  put_in("{formats}", shipped_model_formats().names());
  put_in("{metrics}", shipped_cost_metrics().names());
  return help;
}

void add_window_options(CLI::App& app, WindowSettings& options) {
  add_field_option(app, "seqlen", options.seqlen);
  add_field_option(app, "max_windows", options.max_windows);
  add_field_option(app, "ignore_label", options.ignore_label);
}

namespace {

/// The value that a field has by default, for --help; empty where that tells nothing.
std::string default_of(const RunField& field) {
  const nlohmann::ordered_json value = to_json(RunSpec{}, field);
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() ? value.dump() : "";
}

CLI::Option* add_field(CLI::App& app, RunSpec& spec, const RunField& field) {
  const std::string flags(field.flags), help = help_of(field);
  const auto set = [&spec, &field](const std::string& text) { set_from_text(spec, field, text); };
  CLI::Option* option = nullptr;
  if (field.is_flag()) {
    option = app.add_flag_callback(
        flags, [set] { set("true"); }, help);
  } else if (field.is_list()) {
    const auto set_all = [&spec, &field, set](const std::vector<std::string>& texts) {
      clear(spec, field);
      for (const std::string& text : texts) set(text);
    };
    option = app.add_option_function<std::vector<std::string>>(flags, set_all, help);
  } else {
    option = app.add_option_function<std::string>(flags, set, help)->default_str(default_of(field));
  }
  if (!field.value_name.empty()) option->type_name(std::string(field.value_name));
  if (!field.group.empty()) option->group(std::string(field.group));
  return option;
}

}  // namespace

void add_run_field(CLI::App& app, RunSpec& spec, std::string_view name) {
  add_field(app, spec, *find_run_field(name));
}

void add_run_fields(CLI::App& app, RunSpec& spec, std::string_view group) {
  for (const RunField& field : run_fields()) {
    if (!field.flags.empty() && field.group == group) add_field(app, spec, field)->required(field.required);
  }
}

}  // namespace multipruner::cli
