// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>
#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/core/percentage.hpp>
#include <multipruner/run/run_field.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline constexpr std::string_view of_some_policies = "Options of some policies";

[[nodiscard]] inline std::vector<RunField> fields_of_target() {
  constexpr std::string_view group = "What to remove";
  return {
      {"model", "/model_path", "MODEL,--model_path", "DIR", "Options", "Folder of a Hugging Face checkpoint",
       &RunSpec::model, FieldRange::any, true},
      {"policy", "/policy", "--policy", "NAME", group,
       "What decides what is removed:\n{policies}; see\ndocs/policies.md [multipruner]", &RunSpec::policy},
      {"metric", "/metric", "--metric", "NAME", group,
       "What plans are compared by: {metrics}; kl is the\ndivergence of the next tokens from those of the whole model",
       &RunSpec::metric},
      {"ratio", "/target_ratio", "--ratio,--target_ratio", "PERCENT", group,
       "Share of all parameters to remove, in percent", &RunSpec::ratio, FieldRange::percentage},
      {"parameters", "/target_parameters", "--parameters", "N", group,
       "Instead of --ratio: so many parameters are to be left", &RunSpec::parameters, FieldRange::counts},
      {"bytes", "/target_bytes", "--bytes", "N", group, "Instead of --ratio: so many bytes of weights are to be left",
       &RunSpec::bytes, FieldRange::counts},
      {"milliseconds", "/target_milliseconds", "--milliseconds", "MS", group,
       "Instead of --ratio: so long may the model take for a token that it\ngenerates, on this machine",
       &RunSpec::milliseconds},
      {"ratio_of", "/ratio_of", "--ratio-of", "WHAT", group, "What --ratio is of: parameters, bytes or milliseconds",
       &RunSpec::ratio_of},
      {"latency", "/latency", "--latency", "FILE", group,
       "How long blocks of all widths take, for milliseconds: as an\nearlier run wrote it to multipruner.latency "
       "[measured]",
       &RunSpec::latency},
      {"distribution", "/pruning_distribution", "--distribution,--pruning_distribution", "A:B:C", group,
       "How blocks, MLP channels and attention heads\nshare the target; 0 skips a stage [what --preset says]",
       &RunSpec::distribution},
      {"stages", "/stages", "--stages", "LIST", group,
       "Other stages, in their order, each WHAT:SHARE; WHAT is blocks,\nlayers, mlp, heads, or several to be compared "
       "with each other:\nheads:4,mlp:52,blocks:44 or blocks+mlp+heads:1",
       &RunSpec::stages},
      {"depth_until", "/depth_until", "--depth-until", "PERCENT", group,
       "Instead of --ratio: remove blocks until this much is gone,", &RunSpec::depth_until, FieldRange::percentage},
      {"mlp_until", "/mlp_until", "--mlp-until", "PERCENT", group, "then MLP channels until this much is gone,",
       &RunSpec::mlp_until, FieldRange::percentage},
      {"heads_until", "/heads_until", "--heads-until", "PERCENT", group,
       "then heads; a stage without a limit is skipped", &RunSpec::heads_until, FieldRange::percentage},
      {"mlp_group", "/mlp_channel_group_size", "--mlp-group,--mlp_channel_group_size", "N", group,
       "MLP channels removed together\n[3/32 of a block, in multiples of 32; 32 where all\nMLPs stay alike]",
       &RunSpec::mlp_group, FieldRange::counts},
      {"head_group", "/attn_channel_group_size", "--head-group,--attn_channel_group_size", "N", group,
       "Query channels removed together\n[one key/value head with its query heads]", &RunSpec::head_group,
       FieldRange::counts},
      {"finest_mlp_group", "/finest_mlp_channel_group_size", "--finest-mlp-group", "N", group,
       "MLP channels removed together near the end of a stage, where\none --mlp-group more may pass it [--mlp-group]",
       &RunSpec::finest_mlp_group, FieldRange::counts},
      {"never_past", "/never_past", "--never-past", "", group,
       "Stay at or below --ratio; otherwise the last step passes it, by\none group or block at most",
       &RunSpec::never_past},
      {"compare_by", "/compare_by", "--compare-by", "RULE", group,
       "cost: a step takes the candidate that costs least; or\ncost-per-parameter, cost-per-byte, "
       "cost-per-millisecond: that costs\nleast for what it removes, where blocks, channels and heads compete",
       &RunSpec::compare_by},
      {"strict", "/strict", "--strict", "", group,
       "What a stage cannot remove because nothing is left to it, the\nothers do not remove either", &RunSpec::strict},
      {"count", "/count", "--count", "N", of_some_policies,
       "Instead of --ratio: so many blocks (blockpruner; layers where\nthe format wants these) or layers (shortgpt, "
       "relative-magnitude,\nconsecutive-layers)",
       &RunSpec::count, FieldRange::counts},
      {"merge_layers", "/merge/layers", "--merge-layers", "N", of_some_policies, "laco: layers that become one [4]",
       &RunSpec::merge_layers, FieldRange::counts},
      {"merge_interval", "/merge/interval", "--merge-interval", "N", of_some_policies,
       "laco: layers from one merge down to the next [2]", &RunSpec::merge_interval, FieldRange::counts},
      {"merge_threshold", "/merge/threshold", "--merge-threshold", "COSINE", of_some_policies,
       "laco: merge where hidden states stay more similar than this,\ninstead of --ratio, e.g. 0.65",
       &RunSpec::merge_threshold},
      {"merge", "/merge/formula", "--merge", "HOW", of_some_policies,
       "laco: sum of differences, as in the paper, or last: the\nmatrices of the last layer, as in its code",
       &RunSpec::merge},
      {"evaluations", "/evolution/evaluations", "--evaluations", "N", of_some_policies,
       "evol, allocation: plans of widths that are measured, beside those\nthat it begins with; 2000 for a thorough "
       "search [400]",
       &RunSpec::evaluations, FieldRange::counts},
      {"population", "/evolution/population", "--population", "N", of_some_policies, "evol: plans of a generation [50]",
       &RunSpec::population, FieldRange::counts},
      {"depth_share", "/evolution/depth_share", "--depth-share", "PERCENT", of_some_policies,
       "evol, allocation: share of --ratio that whole blocks are\n[50, and none]", &RunSpec::depth_share,
       FieldRange::percentage},
      {"in_band", "/evolution/in_band", "--in-band", "", of_some_policies,
       "evol: look at plans of about --ratio only, instead of a whole\nfront of sizes", &RunSpec::in_band},
      {"slicing", "/slicing", "--slicing", "PERCENT", of_some_policies,
       "slicegpt: channels of the residual stream to remove, instead\nof --ratio", &RunSpec::slicing,
       FieldRange::percentage},
      {"keep", "/keep", "--keep", "WHAT", group,
       "Blocks that stay as they are: layers (3, 0-2, first, last),\nattention, mlp, or both, e.g. mlp:0-2; can be\n"
       "repeated, or listed with commas",
       &RunSpec::keep},
      {"preset", "/preset", "--preset", "NAME", group,
       "quality: --distribution 0:96:4 --reorder output-norm\n--compensate stream-matching, and as much text in "
       "--generated-windows\nas windows of text; or reference: like MultiPruner's release,\n--distribution 44:52:4 "
       "--reorder l1 --compensate none",
       &RunSpec::preset},
      {"reorder", "/reorder", "--reorder", "METRIC", group,
       "What orders channels and heads; the last are removed first:\n{orderings}\n[what --preset says]",
       &RunSpec::reorder},
      {"keep_zeros", "/keep_zeros", "--keep-zeros", "", group,
       "Keep the mask of a model whose weights were set to zero, also\nin patterns like 2:4: channels then move and go "
       "in groups of M,\nand compensation solves for the other weights",
       &RunSpec::keep_zeros}};
}

[[nodiscard]] inline std::vector<RunField> fields_of_text() {
  constexpr std::string_view group = "Calibration text", windows = "Windows of text";
  return {
      {"calibration", "/calibration_dataset", "--calibration,--calibration_dataset", "FILE", group,
       "Text that tells what matters: plain, WikiText (.raw),\nJSON lines or a JSON array, also as .gz; - "
       "for\nstandard input",
       &RunSpec::calibration, FieldRange::any, true},
      {"mix", "/calibration_mix", "--mix", "FILE[:W]", group,
       "Another text on which plans are to be good as well: its mean\nloss counts W times as much as that of the "
       "calibration text\n[1]; can be repeated",
       &RunSpec::mix},
      {"calibration_width", "/calibration_dataset_width", "--calibration-width", "FILE", group,
       "Another text for the width stages", &RunSpec::calibration_width},
      {"calibration_fit", "/calibration_dataset_fit", "--calibration-fit", "FILE", group,
       "Text for the statistics of --reorder and for --compensate, the\nbroader the better; several are put together\n"
       "[the text for blocks]",
       &RunSpec::calibration_fit},
      {"samples", "/num_calibration_samples_block", "--samples,--num_calibration_samples_block", "N", group,
       "Rows on which blocks are judged\n[256; 32,768 tokens of a plain text]", &RunSpec::samples, FieldRange::counts},
      {"samples_width", "/num_calibration_samples_width", "--samples-width,--num_calibration_samples_width", "N", group,
       "Rows on which widths are judged\n[128; 32,768 tokens of a plain text]", &RunSpec::samples_width,
       FieldRange::counts},
      {"samples_fit", "/num_calibration_samples_fit", "--samples-fit", "N", group,
       "Rows of each text for statistics and compensation, which\n--max-windows does not bound [as --samples]",
       &RunSpec::samples_fit, FieldRange::counts},
      {"generated_windows", "/num_generated_windows", "--generated-windows", "N", group,
       "Windows, of 512 tokens at most, that the model writes itself, in\naddition to the text for statistics and "
       "compensation [with\n--preset quality, as much text, unless --calibration-fit is given]",
       &RunSpec::generated_windows, FieldRange::zero_too},
      {"sampling", "/sampling", "--sampling", "HOW", group,
       "Which rows: first, random, or reference (those that the\nreleased code draws)", &RunSpec::sampling},
      {"no_chat_template", "/no_chat_template", "--no-chat-template", "", group,
       "Rows that are conversations become lines \"role: content\"\ninstead of what the model's chat template makes of "
       "them",
       &RunSpec::no_chat_template},
      {"eval_text", "/eval_text", "--eval-text", "FILE", group, "Held-out text for the table of the model card",
       &RunSpec::eval_text},
      {"seqlen", "/seqlen", "--seqlen", "N", windows,
       "Tokens a window\n[2048, or what the model was made for if that is less]", &RunSpec::seqlen, FieldRange::counts},
      {"max_windows", "/max_windows", "--max-windows", "N", windows, "Use at most this many windows of every text",
       &RunSpec::max_windows, FieldRange::counts},
      {"ignore_label", "/ignore_label", "--ignore-label", "LABEL", windows,
       "Next tokens that do not count: eos, none, or a token id\n[as the reference: the end-of-text token, but none "
       "where\nthat has id 0]",
       &RunSpec::ignore_label},
      {"add_bos", "/add_bos", "--add-bos", "", windows,
       "Put the token that begins texts in front of each, whatever\nthe tokenizer does", &RunSpec::add_bos},
      {"no_add_bos", "/no_add_bos", "--no-add-bos", "", windows, "Do not put it there", &RunSpec::no_add_bos}};
}

[[nodiscard]] inline std::vector<RunField> fields_of_compensation() {
  constexpr std::string_view group = "Compensation";
  return {{"compensate", "/compensation/method", "--compensate", "HOW", group,
           "Solve o_proj and down_proj again, without training. local: in\nevery candidate, each block for its own "
           "channels; stream-matching:\nafter the search, all blocks for what the whole model has "
           "lost;\nlocal+stream-matching; or none. Held-out windows decide how\nstrongly, and whether at all [what "
           "--preset says]",
           &RunSpec::compensate},
          {"ridge", "/compensation/ridges", "--ridge", "R", group,
           "Strengths of regularisation that stream matching chooses from;\nlarger is safer on other text [0.1 0.3 1]",
           &RunSpec::ridge},
          {"local_ridge", "/compensation/local_ridge", "--local-ridge", "R", group, "The same for local compensation",
           &RunSpec::local_ridge},
          {"compensate_bias", "/compensation/bias", "--compensate-bias", "", group,
           "Stream matching solves the biases of o_proj and down_proj, too;\nonly for models that have some",
           &RunSpec::compensate_bias},
          {"compensate_every", "/compensation/every", "--compensate-every", "PERCENT", group,
           "Search and compensate in turn: compensate whenever that much\nmore of all parameters is gone, and continue "
           "the search in the\nresulting model",
           &RunSpec::compensate_every, FieldRange::percentage}};
}

[[nodiscard]] inline std::vector<RunField> fields_of_search() {
  constexpr std::string_view group = "Computation", output = "Formats";
  return {
      {"compute", "/compute", "--compute", "TYPE", group,
       "What products are computed in: float32, exactly as\nstored, or bfloat16, several times as fast where "
       "the\nprocessor has instructions for it",
       &RunSpec::compute},
      {"search", "/search", "--search", "HOW", group,
       "exact: every step measures all candidates; lazy: only those\nthat may be the cheapest by what they cost "
       "before: "
       "half of the\nwork or less, and rarely another choice; fast: the same, on a\nquarter of the text first and in "
       "larger steps [lazy; exact with\n--confidence, --preset reference and --policy blockpruner]",
       &RunSpec::search},
      {"confidence", "/confidence", "--confidence", "P", group,
       "Drop candidates early that are worse at this confidence,\ne.g. 0.95: faster, and rarely another choice. "
       "Without it,\nevery choice is exact",
       &RunSpec::confidence, FieldRange::confidence},
      {"seed", "/seed", "", "N", "", "Seed for everything that is drawn at random", &RunSpec::seed},
      {"format", "/format", "--format", "NAME", output,
       "In what the smaller model is written: {formats};\nseveral with commas, the first in --out itself, the\nothers "
       "in folders of their names inside it",
       &RunSpec::format},
      {"gguf_type", "/gguf_type", "--gguf-type", "TYPE", output,
       "gguf: f32, f16, bf16 or q8_0, of matrices [that of the model]", &RunSpec::gguf_type},
      {"target", "/target_format", "--target", "NAME", output,
       "Remove only what leaves a model that this format holds without\npadding: layers that are alike, whole layers, "
       "widths of multiples\n[mergekit, or gguf of other models than Llamas, if --format has it]",
       &RunSpec::target}};
}

[[nodiscard]] inline std::vector<RunField> all_fields() {
  std::vector<RunField> all = fields_of_target();
  for (const std::vector<RunField>& more : {fields_of_text(), fields_of_compensation(), fields_of_search()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

template <class Number>
[[nodiscard]] std::optional<Number> whole_text_as(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

[[noreturn]] inline void refuse_text(const RunField& field, const std::string& text, const char* what,
                                     const char* example) {
  throw OptionError(std::string(field.flag()), "\"" + text + "\" is not " + what, example);
}

[[nodiscard]] inline double read_share(const RunField& field, const std::string& text) {
  const std::string flag(field.flag());
  if (field.range == FieldRange::percentage) return parse_percentage(flag, text);
  // The one share of 1; with its sign it is a percentage, too.
  const double value = parse_percentage(flag, text.ends_with('%') ? text : text + "%");
  return text.ends_with('%') ? value / 100 : value;
}

[[nodiscard]] inline double read_number(const RunField& field, const std::string& text) {
  if (const auto number = whole_text_as<double>(text); number && std::isfinite(*number)) return *number;
  refuse_text(field, text, "a number", "Give one such as 0.1");
}

[[nodiscard]] inline Index read_count(const RunField& field, const std::string& text) {
  const auto number = whole_text_as<Index>(text);
  const bool zero_too = field.range == FieldRange::zero_too;
  if (number && *number >= (zero_too ? 0 : 1)) return *number;
  refuse_text(field, text, zero_too ? "a whole number of 0 or more" : "a whole number of 1 or more",
              "Give one such as 8");
}

[[nodiscard]] inline simd::Compute read_compute(const RunField& field, const std::string& text) {
  for (const auto compute : {simd::Compute::float32, simd::Compute::bfloat16}) {
    if (text == name_of(compute)) return compute;
  }
  throw OptionError(std::string(field.flag()), "\"" + text + "\" is not known", "Use float32 or bfloat16");
}

/// Sets a member of each type from a text.
struct TextInto {
  const RunField& field;
  const std::string& text;

  void operator()(std::string& value) const { value = text; }
  void operator()(std::optional<std::string>& value) const { value = text; }
  void operator()(std::vector<std::string>& value) const { value.push_back(text); }
  void operator()(bool& value) const {
    if (text != "true" && text != "false") refuse_text(field, text, "true or false", "Give one of these");
    value = text == "true";
  }
  void operator()(double& value) const { value = read_number(field, text); }
  void operator()(std::optional<double>& value) const {
    value = field.range == FieldRange::any ? read_number(field, text) : read_share(field, text);
  }
  void operator()(std::vector<double>& value) const { value.push_back(read_number(field, text)); }
  void operator()(std::optional<Index>& value) const { value = read_count(field, text); }
  void operator()(simd::Compute& value) const { value = read_compute(field, text); }
  void operator()(std::uint64_t& value) const {
    const auto number = whole_text_as<std::uint64_t>(text);
    if (!number) refuse_text(field, text, "a whole number of 0 or more", "Give one such as 42");
    value = *number;
  }
};

/// A member of each type as JSON.
struct AsJson {
  template <class T>
  nlohmann::ordered_json operator()(const T& value) const {
    return value;
  }
  template <class T>
  nlohmann::ordered_json operator()(const std::optional<T>& value) const {
    return value ? nlohmann::ordered_json(*value) : nullptr;
  }
  nlohmann::ordered_json operator()(simd::Compute value) const { return name_of(value); }
};

/// Sets a member of each type from an entry that is there.
struct JsonInto {
  const RunField& field;
  const JsonReader& json;
  const std::string& key;

  template <class T>
  void operator()(T& value) const {
    value = json.require<T>(key);
  }
  template <class T>
  void operator()(std::optional<T>& value) const {
    value = json.require<T>(key);
  }
  void operator()(std::optional<Index>& value) const {
    value = json.require<Index>(key, {field.range == FieldRange::zero_too ? 0 : 1, std::numeric_limits<Index>::max()});
  }
  void operator()(std::optional<double>& value) const {
    if (field.range == FieldRange::any) return void(value = json.require<double>(key));
    const double most = field.range == FieldRange::confidence ? 1 : 100;
    value = json.require<double>(key, {field.range == FieldRange::confidence ? 0.5 : 0, most});
  }
  void operator()(simd::Compute& value) const {
    try {
      value = read_compute(field, json.require<std::string>(key));
    } catch (const OptionError& error) {
      throw DataError(json.where(key), error.problem(), error.remedy());
    }
  }
};

/// Calls f with the member.
template <class Spec, class F>
decltype(auto) with_member(Spec& spec, const RunField& field, F&& f) {
  return std::visit([&](const auto member) -> decltype(auto) { return f(spec.*member); }, field.member);
}

/// Whether people may write a word or a number for it, whichever it looks like: texts, and percentages with a sign.
[[nodiscard]] inline bool takes_words(const RunField& field) {
  return field.range == FieldRange::percentage || field.range == FieldRange::confidence ||
         std::holds_alternative<std::string RunSpec::*>(field.member) ||
         std::holds_alternative<std::optional<std::string> RunSpec::*>(field.member) ||
         std::holds_alternative<std::vector<std::string> RunSpec::*>(field.member);
}

/// A value as a word of the program's command line; nothing for one that could not stand there.
[[nodiscard]] inline std::optional<std::string> word_of(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.is_number() ? std::optional(value.dump()) : std::nullopt;
}

/// Reads what may be written as words; false where that is not so, and JSON says what is wrong.
[[nodiscard]] inline bool read_words(RunSpec& spec, const RunField& field, const nlohmann::json& value) {
  std::vector<std::string> words;
  const nlohmann::json list = value.is_array() && field.is_list() ? value : nlohmann::json::array({value});
  for (const nlohmann::json& element : list) {
    const std::optional<std::string> word = word_of(element);
    if (!word || (element.is_string() && !takes_words(field))) return false;
    words.push_back(*word);
  }
  if (field.is_list()) clear(spec, field);
  for (const std::string& word : words) set_from_text(spec, field, word);
  return true;
}

inline void read_recipe_entry(RunSpec& spec, const RunField& field, const JsonReader& recipe, const std::string& key) {
  try {
    const bool words = takes_words(field) || field.is_list();
    if (words && read_words(spec, field, recipe.json().at(key))) return;
  } catch (const OptionError& error) {
    throw DataError(recipe.where(key), error.problem(), error.remedy());
  }
  with_member(spec, field, JsonInto{field, recipe, key});
}

/// What logs of before there were these fields say in other entries.
inline void read_older_entries(RunSpec& spec, const JsonReader& args) {
  if (!args.json().contains("ignore_label")) {
    const auto label = args.optional<TokenId>("ignored_label", {0, std::numeric_limits<TokenId>::max()});
    spec.ignore_label = label ? std::to_string(*label) : "none";
  }
  if (!args.json().contains("no_chat_template")) spec.no_chat_template = true;  // there were no templates
  if (args.json().contains("depth_until") || spec.ratio) return;
  const std::optional<JsonReader> thresholds = args.optional_object("stage_thresholds");
  if (!thresholds) return;
  spec.depth_until = thresholds->optional<double>("depth", {0, 100});
  spec.mlp_until = thresholds->optional<double>("mlp_width", {0, 100});
  spec.heads_until = thresholds->optional<double>("attention_width", {0, 100});
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE std::span<const RunField> run_fields() {
  static const std::vector<RunField> fields = detail::all_fields();
  return fields;
}

MULTIPRUNER_INLINE const RunField* find_run_field(std::string_view name) {
  const std::span<const RunField> fields = run_fields();
  const auto found = std::ranges::find(fields, name, &RunField::name);
  return found == fields.end() ? nullptr : &*found;
}

MULTIPRUNER_INLINE void clear(RunSpec& spec, const RunField& field) {
  detail::with_member(spec, field, []<class T>(T& value) { value = T{}; });
}

MULTIPRUNER_INLINE void reset(RunSpec& spec, const RunField& field) {
  std::visit([&](const auto member) { spec.*member = RunSpec{}.*member; }, field.member);
}

MULTIPRUNER_INLINE void set_from_text(RunSpec& spec, const RunField& field, const std::string& text) {
  detail::with_member(spec, field, detail::TextInto{field, text});
}

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const RunSpec& spec, const RunField& field) {
  return detail::with_member(spec, field, detail::AsJson{});
}

MULTIPRUNER_INLINE nlohmann::ordered_json to_json(const RunSpec& spec) {
  nlohmann::ordered_json recipe = nlohmann::ordered_json::object();
  const RunSpec usual;
  for (const RunField& field : run_fields()) {
    nlohmann::ordered_json value = to_json(spec, field);
    if (value == to_json(usual, field)) continue;
    // What is less than one percent would be asked about: is it a share of 1?
    const bool small = field.range == FieldRange::percentage && value > 0 && value < 1;
    recipe[std::string(field.name)] = small ? nlohmann::ordered_json(value.dump() + "%") : std::move(value);
  }
  return recipe;
}

MULTIPRUNER_INLINE RunSpec run_spec_of(const JsonReader& recipe) {
  RunSpec spec;
  for (const auto& [key, value] : recipe.json().items()) {
    const RunField* field = find_run_field(key);
    if (field == nullptr) {
      std::string known;
      for (const RunField& one : run_fields()) known += (known.empty() ? "" : ", ") + std::string(one.name);
      throw DataError(recipe.where(key), "a run has no such key", "Use " + known);
    }
    if (!value.is_null()) detail::read_recipe_entry(spec, *field, recipe, key);
  }
  return spec;
}

MULTIPRUNER_INLINE nlohmann::ordered_json log_args(const RunSpec& spec) {
  nlohmann::ordered_json args;
  for (const RunField& field : run_fields()) {
    args[nlohmann::ordered_json::json_pointer(std::string(field.log_key))] = to_json(spec, field);
  }
  return args;
}

MULTIPRUNER_INLINE RunSpec run_spec_of_log(const JsonReader& args) {
  RunSpec spec;
  for (const RunField& field : run_fields()) {
    std::string_view rest = field.log_key.substr(1);
    std::optional<JsonReader> object = args;
    for (std::size_t slash = rest.find('/'); object && slash != std::string_view::npos; slash = rest.find('/')) {
      object = object->optional_object(std::string(rest.substr(0, slash)));
      rest.remove_prefix(slash + 1);
    }
    const std::string key(rest);
    const bool there = object && (field.required || object->contains(key));
    if (there) detail::with_member(spec, field, detail::JsonInto{field, *object, key});
  }
  detail::read_older_entries(spec, args);
  return spec;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
