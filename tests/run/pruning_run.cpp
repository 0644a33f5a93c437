// SPDX-License-Identifier: MIT
#include <algorithm>
#include <filesystem>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/expect_error.hpp>
#include <support/gives_up.hpp>
#include <support/small_run.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/calibration/window_losses.hpp>
#include <multipruner/export/hugging_face_layout.hpp>
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/plan/extract.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/run/past_run.hpp>
#include <multipruner/run/pruning_run.hpp>
#include <multipruner/run/run_field.hpp>
#include <multipruner/run/run_identity.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

using Inputs = SmallRun;

RunEnvironment environment() {
  return SmallRun::environment();
}

FinishedRun prune(const RunSpec& spec, const std::filesystem::path& out, RunEnvironment given = environment()) {
  return PruningRun(spec, {.out = out}, std::move(given)).run();
}

/// All that a run wrote, but for the journal, whose lines have the order in which costs were measured.
std::vector<std::pair<std::string, std::string>> written(const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().lexically_relative(folder).string();
    if (entry.is_regular_file() && !std::ranges::count(run_journal_names(), name))
      files.emplace_back(name, read_file(entry.path()));
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

TEST_CASE("A run writes the model that it tells of, and its recipe makes the same bytes") {
  const Inputs inputs;
  const std::string preset = GENERATE("quality", "reference");
  PruningRun run(inputs.spec(preset), {.out = inputs.out()}, environment());
  const FinishedRun done = run.run();
  CHECK(done.result.outcome == SearchOutcome::reached);
  CHECK(done.result.ratio >= 25);
  const Graph smaller = load<>(inputs.out());
  CHECK(Plan(smaller) == done.result.plan);
  CHECK(done.texts.size() == 1);
  CHECK(done.texts.front().shown == "text.txt");

  const RunSpec again = run_spec_of({nlohmann::json::parse(to_json(run.spec()).dump()), "recipe"});
  CHECK(again == run.spec());
  prune(again, inputs.out("again"));
  CHECK(written(inputs.out("again")) == written(inputs.out()));
}

TEST_CASE("A run that is given up anywhere goes on to the same bytes") {
  const Inputs inputs;
  prune(inputs.spec(), inputs.out("whole"));
  bool reached = true;
  int given_up = 0;
  for (int after = 0; reached; after = after * 2 + 1) {
    CAPTURE(after);
    const std::filesystem::path out = inputs.out("out" + std::to_string(after));
    GivesUp progress(after);
    try {
      PruningRun(inputs.spec(), {.out = out}, environment()).run(progress);
    } catch (const std::runtime_error&) {
      CHECK_FALSE(std::filesystem::exists(out / "config.json"));
      ++given_up;
      prune(inputs.spec(), out);
    }
    reached = progress.was_reached();
    CHECK(written(out) == written(inputs.out("whole")));
  }
  CHECK(given_up > 5);
}

TEST_CASE("What a journal knows is not measured again") {
  const Inputs inputs;
  RunSpec spec = inputs.spec();
  spec.search = "exact";  // lazy search asks for what it knows within a run
  const FinishedRun first = prune(spec, inputs.out());
  PruningRun again(spec, {.out = inputs.out(), .overwrite = true}, environment());
  const FinishedRun second = again.run();
  CHECK(first.statistics.blocks_saved_by_memory == 0);
  CHECK(second.statistics.blocks_saved_by_memory > 0);
  CHECK(second.statistics.blocks_run == 0);
  PruningRun anew(spec, {.out = inputs.out(), .overwrite = true, .restart = true}, environment());
  CHECK(anew.run().statistics.blocks_saved_by_memory == 0);
}

TEST_CASE("A past run is extracted and verified") {
  const Inputs inputs;
  RunSpec spec = inputs.spec();
  const bool in_turn = GENERATE(false, true);
  if (in_turn) {
    spec.compensate = "local+stream-matching";
    spec.compensate_every = 8;
  }
  const FinishedRun done = prune(spec, inputs.out());
  PastRun past(inputs.out(), {}, environment());
  CHECK(past.path().steps.size() == done.result.steps.size());
  const ExtractedPoint end = past.extract(past.path().steps.size(), inputs.out("end"));
  CHECK(end.ratio == done.result.ratio);
  CHECK(read_file(inputs.out("end") / "model.safetensors") == read_file(inputs.out() / "model.safetensors"));
  const ExtractedPoint early = past.extract(past.steps_until(10), inputs.out("early"));
  CHECK(early.ratio >= 10);
  CHECK(early.ratio < done.result.ratio);
  for (std::size_t step = 0; step < past.path().steps.size(); ++step) {
    const StepVerdict verdict = past.verify(step);
    CHECK(verdict.problems.empty());
    CHECK(verdict.exact + verdict.bounds > 0);
    // In any order, and with extractions between them.
    if (step % 3 == 0) past.extract(1, inputs.out("early"), true);
  }
  CHECK(past.verify(0).problems.empty());
  CHECK_THAT(read_file(inputs.out("early") / "README.md"), Catch::Contains("multipruner extract DIR --at "));
  expect_error<OptionError>([&] { past.verify(past.path().steps.size()); }, {"verify: the run has only"});
  expect_error<OptionError>([&] { past.extract(past.path().steps.size() + 1, inputs.out("no")); }, {"extract"});
  expect_error<OptionError>([&] { past.extract(1, inputs.out(), true); }, {"--out: is the folder of the model itself"});
  expect_error<OptionError>([&] { past.extract(1, spec.model, true); }, {"--out"});
}

TEST_CASE("A run is made once, and another one goes on") {
  const Inputs inputs;
  PruningRun run(inputs.spec(), {.out = inputs.out()}, environment());
  GivesUp progress(8);
  CHECK_THROWS_AS(run.run(progress), std::runtime_error);
  expect_error<OptionError>([&] { run.run(); }, {"run: it was already made or begun"});
  prune(inputs.spec(), inputs.out());
}

TEST_CASE("An application's families, names of texts and readers serve runs and past runs") {
  const Inputs inputs;
  RunEnvironment mine = environment();
  int loaded = 0;
  mine.load_model = [&](const std::filesystem::path& folder, const LoadOptions& options) {
    ++loaded;
    return load<Llama>(folder, options);
  };
  mine.read_text = [&](const std::string& name, std::optional<TextFormat> format) {
    CHECK(name == "corpus:train");
    return read_text_dataset(inputs.directory / "text.txt", format);
  };
  mine.texts_are_files = false;
  RunSpec spec = inputs.spec();
  spec.calibration = "corpus:train";
  prune(spec, inputs.out(), mine);
  PastRun past(inputs.out(), {}, mine);
  CHECK(past.verify(0).problems.empty());
  CHECK(loaded == 2);
  RunEnvironment empty = mine;
  empty.read_text = nullptr;
  expect_error<OptionError>([&] { PruningRun(spec, {}, empty); }, {"read_text"});
}

TEST_CASE("A forecast writes nothing, and counts what the run then does") {
  const Inputs inputs;
  const PruningRun planned(inputs.spec(), {}, environment());
  const RunForecast forecast = planned.forecast();
  CHECK_FALSE(std::filesystem::exists(inputs.out()));
  const FinishedRun done = prune(inputs.spec(), inputs.out());
  CHECK(forecast.search.steps == static_cast<Index>(done.result.steps.size()));
  CHECK(forecast.search.work.blocks_run > done.statistics.blocks_run / 2);
  CHECK(forecast.search.work.blocks_run < done.statistics.blocks_run * 2);
  CHECK(forecast.seconds > 0);
  CHECK(forecast.memory_bytes > 0);
}

TEST_CASE("A user's order and compensation run, and resume, and are verified, by their names") {
  const Inputs inputs;
  RunEnvironment mine = environment();
  mine.registries.orderings.add({.name = "as they are", .order = [](const UnitOrderInput& input) {
                                   std::vector<Index> units;
                                   for (Index i = 0; i < input.graph.num_units(input.axis); ++i) units.push_back(i);
                                   return units;
                                 }});
  mine.registries.compensations.add(
      {.name = "nothing",
       .solve = [](const ModelView&, const ModelView& pruned, const TokenWindows&, double, const CompensationSettings&,
                   ProgressSink&) { return CompensatedModel{extract(pruned)}; }});
  RunSpec spec = inputs.spec();
  spec.reorder = "as they are";
  spec.compensate = "nothing";
  prune(spec, inputs.out(), mine);
  const auto log = nlohmann::json::parse(read_file(inputs.out() / "log.json"));
  CHECK(log.at("args").at("reorder") == "as they are");
  CHECK(log.at("compensation").at("method") == "nothing");
  PastRun past(inputs.out(), {}, mine);
  CHECK(past.verify(0).problems.empty());
  expect_error<OptionError>([&] { prune(spec, inputs.out("unknown")); }, {"--reorder: \"as they are\" is not known"});
}

namespace {

/// Removes the MLPs from the last one down, until enough is gone. No plan is measured.
class LastMlps {
 public:
  struct Options {
    double ratio = 20;
  };

  explicit LastMlps(Options options) : options_(options) {}

  [[nodiscard]] PruningResult run(const RunContext& context) const {
    PruningResult result{.plan = Plan(context.graph)};
    for (Index position = result.plan.num_blocks() - 1; position >= 0; --position) {
      if (result.ratio >= options_.ratio) break;
      if (!result.plan.blocks()[{position}].is<GatedMlp>()) continue;
      const Edit edit{{BlockId{position}, {}}};
      result.plan = apply(edit, std::move(result.plan));
      result.ratio = pruning_ratio(context.graph.config(), result.plan);
      result.steps.push_back({"MLPs", {edit, std::numeric_limits<double>::quiet_NaN(), result.ratio, {}}});
      if (context.on_step) context.on_step(result.steps.back());
    }
    return result;
  }

 private:
  Options options_;
};

/// Half of the loss.
struct HalfLoss {
  static constexpr std::string_view name = "half loss";
  std::string version = "halves 2";

  void window_costs(const ModelView& view, MatrixView<const float> stream, const WindowRange& windows,
                    std::span<double> costs, Workspace& workspace) const {
    window_losses(view.graph(), stream, windows, costs, workspace);
    for (double& cost : costs) cost /= 2;
  }
  [[nodiscard]] double combine(const ModelView& view, std::span<const double> costs) const {
    return Perplexity{}.combine(view, costs);
  }
  [[nodiscard]] double display(double cost) const { return cost; }
};

/// The shipped layout with a file more.
struct WithLabel : HuggingFaceLayout {
  static constexpr std::string_view name = "labelled";

  void write(const ModelView& view, const std::vector<BlockId>& removal_order, const std::filesystem::path& folder,
             const WriteObserver& on_written) const {
    HuggingFaceLayout::write(view, removal_order, folder, on_written);
    write_file(folder / "label.txt", "a label");
  }
};

}  // namespace

TEST_CASE("A user's policy, metric and format run, and resume; their recipe says that the program has none of them") {
  const Inputs inputs;
  RunEnvironment mine = environment();
  mine.registries.policies.add(policy_method("last-mlps", LastMlps({.ratio = 20})));
  mine.registries.metrics.add(cost_metric(HalfLoss{}));
  mine.registries.formats.add(model_format(WithLabel{}));
  RunSpec spec = inputs.spec();
  spec.format = "labelled";
  SECTION("a policy that measures nothing") {
    spec.policy = "last-mlps";
    spec.ratio.reset();
    PruningRun run(spec, {.out = inputs.out()}, mine);
    CHECK_FALSE(run.spec().distribution);
    CHECK(run.forecast().search.work.plans == 0);
    const FinishedRun done = run.run();
    CHECK(done.result.ratio >= 20);
    CHECK_THAT(read_file(inputs.out() / "README.md"), Catch::Contains("The policy last-mlps decided what to remove.") &&
                                                          !Catch::Contains("MultiPruner, arXiv"));
    PastRun past(inputs.out(), {}, mine);
    CHECK(past.verify(0).problems.empty());
    CHECK(past.verify(0).exact == 0);
    past.extract(1, inputs.out("early"));
    CHECK(read_file(inputs.out("early") / "label.txt") == "a label");
    spec.compensate_every = 5;
    expect_error<OptionError>([&] { PruningRun(spec, {}, mine); },
                              {"--compensate-every", "last-mlps goes to its target at once"});
  }
  SECTION("a metric") {
    spec.metric = "half loss";
    GivesUp progress(60);
    CHECK_THROWS_AS(PruningRun(spec, {.out = inputs.out()}, mine).run(progress), std::runtime_error);
    const FinishedRun resumed = prune(spec, inputs.out(), mine);
    const FinishedRun whole = prune(spec, inputs.out("whole"), mine);
    CHECK(resumed.statistics.blocks_saved_by_memory > 0);
    CHECK(written(inputs.out()) == written(inputs.out("whole")));
    const FinishedRun usual = prune(inputs.spec(), inputs.out("usual"));
    CHECK(whole.result.plan == usual.result.plan);
    CHECK(whole.result.steps.front().search.cost == Approx(usual.result.steps.front().search.cost / 2));
    PastRun past(inputs.out(), {}, mine);
    CHECK(past.verify(0).problems.empty());
    CHECK(past.verify(0).exact > 0);
    CHECK_THAT(read_file(inputs.out() / "README.md"), Catch::Contains("what harms the half loss"));
    GivesUp again(60);
    CHECK_THROWS_AS(PruningRun(spec, {.out = inputs.out("begun")}, mine).run(again), std::runtime_error);
    spec.metric = "perplexity";
    expect_error<DataError>([&] { prune(spec, inputs.out("begun"), mine); }, {"metric", "half loss halves 2"});
  }
  SECTION("an unknown one") {
    spec.metric = "another";
    expect_error<OptionError>([&] { PruningRun(spec, {}, mine); },
                              {"--metric: \"another\" is not known", "perplexity, kl, half loss"});
    return;
  }
  CHECK(read_file(inputs.out() / "label.txt") == "a label");
  CHECK_THAT(read_file(inputs.out() / "recipe.yaml"),
             Catch::Contains("# The program cannot make this run again: \"labelled\" is of the application"));
}

TEST_CASE("Lazy search decides alike, resumes, and is extracted and verified; its log has what was not measured") {
  const Inputs inputs;
  RunSpec spec = inputs.spec();
  spec.search = "exact";
  const FinishedRun exact = prune(spec, inputs.out("exact"));
  spec.search = "lazy";
  GivesUp progress(60);
  CHECK_THROWS_AS(PruningRun(spec, {.out = inputs.out()}, environment()).run(progress), std::runtime_error);
  const FinishedRun lazy = prune(spec, inputs.out());
  prune(spec, inputs.out("whole"));
  CHECK(written(inputs.out()) == written(inputs.out("whole")));
  PruningRun bounded(spec, {.out = inputs.out("bounded"), .stream_memory = 1}, environment());
  bounded.run();
  CHECK(written(inputs.out("bounded")) == written(inputs.out("whole")));
  CHECK(lazy.result.plan == exact.result.plan);
  CHECK(lazy.statistics.plans < exact.statistics.plans);
  CHECK_THAT(read_file(inputs.out() / "log.json"), Catch::Contains("\"assumed\""));
  PastRun past(inputs.out(), {}, environment());
  for (std::size_t step = 0; step < past.path().steps.size(); ++step) CHECK(past.verify(step).problems.empty());
  past.extract(past.path().steps.size(), inputs.out("end"));
  CHECK(read_file(inputs.out("end") / "model.safetensors") == read_file(inputs.out() / "model.safetensors"));
  spec.confidence = 0.95;
  expect_error<OptionError>([&] { PruningRun(spec, {}, environment()); }, {"--confidence", "--search lazy"});
}

TEST_CASE("The journal of another run is refused before the work, and what was written for it stays") {
  const Inputs inputs;
  prune(inputs.spec(), inputs.out());
  const std::string costs = read_file(inputs.out() / run_journal_name);
  const std::string tokens = read_file(inputs.out() / generated_journal_name);
  RunSpec other = inputs.spec();
  other.max_windows = 3;
  const auto refused = [&] {
    PruningRun run(other, {.out = inputs.out(), .overwrite = true}, environment());
    GivesUp never(1);  // refused before anything is reported twice
    expect_error<DataError>([&] { run.run(never); }, {run_journal_name, "another run", "calibration text"});
  };
  refused();
  CHECK(read_file(inputs.out() / run_journal_name) == costs);
  CHECK(read_file(inputs.out() / generated_journal_name) == tokens);
  std::filesystem::remove(inputs.out() / run_journal_name);  // as if it had been given up while it wrote
  PruningRun run(other, {.out = inputs.out(), .overwrite = true}, environment());
  expect_error<DataError>([&] { run.run(); }, {generated_journal_name, "another run", "text of first tokens"});
  CHECK(read_file(inputs.out() / generated_journal_name) == tokens);
}

TEST_CASE("A policy may make another model, which is then compensated and written") {
  struct WithoutFirstMlp {
    struct Options {};
    explicit WithoutFirstMlp(Options) {}
    [[nodiscard]] PruningResult run(const RunContext& context) const {
      Plan plan(context.graph);
      plan.remove(BlockId{1});
      Graph smaller = extract(ModelView(context.graph, plan));
      PruningResult result{.plan = Plan(smaller), .ratio = pruning_ratio(context.graph.config(), plan)};
      result.graph = std::move(smaller);
      return result;
    }
  };
  const Inputs inputs;
  RunEnvironment mine = environment();
  mine.registries.policies.add(policy_method("without", WithoutFirstMlp({})));
  RunSpec spec = inputs.spec("reference");
  spec.policy = "without";
  const FinishedRun done = prune(spec, inputs.out(), mine);
  CHECK(done.result.ratio > 0);
  CHECK(Plan(load<>(inputs.out())).removed(BlockId{1}));
}

TEST_CASE("Events tell what is done, in words and in steps") {
  const Inputs inputs;
  RunEnvironment told = environment();
  std::vector<std::string> topics;
  std::size_t steps = 0;
  told.events.on_note = [&](std::string_view topic, std::string_view text) {
    topics.emplace_back(topic);
    CHECK_FALSE(text.empty());
  };
  told.events.on_step = [&](const RunStep& step) {
    CHECK(step.number == steps++);
    CHECK(step.shown > 1);
    CHECK_THAT(step.what, Catch::Contains(" of layer "));
    CHECK_FALSE(step.step.search.edit.changes().empty());
  };
  PruningRun run(inputs.spec(), {.out = inputs.out()}, told);
  run.introduce();
  CHECK(topics == std::vector<std::string>{"model", "calibration", "remove", "order"});
  const FinishedRun done = run.run();
  CHECK(steps == done.result.steps.size());
  CHECK(std::ranges::count(topics, "dense") == 1);
  CHECK(std::ranges::count(topics, "compensation") == 1);
}

TEST_CASE("What cannot work is refused before the work") {
  const Inputs inputs;
  const auto refused = [&](const RunSpec& spec, RunPlace place, const std::vector<std::string>& parts) {
    expect_error<OptionError>([&] { PruningRun(spec, std::move(place), environment()).run(); }, parts);
  };
  RunSpec spec = inputs.spec();
  refused(spec, {}, {"--out: is missing"});
  refused(spec, {.out = spec.model}, {"--out", "folder of the model itself"});
  refused(spec, {.out = inputs.out(), .memory = 1000}, {"memory"});
  spec.keep = {"0-2"};
  refused(spec, {.out = inputs.out()}, {"--keep: it leaves nothing to remove"});
  expect_error<OptionError>([&] { PruningRun(inputs.spec(), {.out = inputs.out()}, {}); }, {"tokenizer"});
  CHECK_FALSE(std::filesystem::exists(inputs.out()));
}
