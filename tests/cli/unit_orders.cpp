// SPDX-License-Identifier: MIT
#include <algorithm>
#include <map>

#include "program.hpp"

using namespace multipruner::test;
using nlohmann::json;

namespace {

/// A run that narrows MLPs and attention after an order.
std::vector<std::string> ordered_prune(const std::string& out, const std::string& order,
                                       const std::vector<std::string>& more = {}) {
  std::vector<std::string> options{"--mlp-until", "6", "--heads-until", "7", "--reorder", order};
  options.insert(options.end(), more.begin(), more.end());
  return quick_prune(out, options);
}

json log_of(const std::filesystem::path& run) {
  return json::parse(read_file(run / "log.json"));
}

std::string weights_of(const std::filesystem::path& model) {
  return read_file(model / "model.safetensors");
}

}  // namespace

TEST_CASE("every order prunes, and is named in all that a run writes") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  std::map<std::string, std::string> weights;
  for (const std::string order : {"l1", "l1-reference", "l2", "wanda", "wanda-output", "output-norm", "flap", "obs",
                                  "obs-greedy", "random", "none"}) {
    CAPTURE(order);
    const std::filesystem::path out = directory / order;
    const ProgramResult result = run_successfully(ordered_prune(out, order));
    if (order != "l1") CHECK_THAT(result.out, Catch::Contains("order        " + order));
    const json log = log_of(out), metadata = json::parse(read_file(out / "multipruner.json"));
    CHECK(log.at("weight_reorder") == (order != "none"));
    CHECK(log.at("args").at("weight_reorder") == (order != "none"));
    CHECK(log.at("args").at("reorder") == order);
    CHECK_THAT(log.at("args").at("identity").at("order of channels and heads").get<std::string>(),
               Catch::StartsWith(order));
    CHECK(metadata.at("reordering") == order);
    CHECK(metadata.at("settings").at("reorder") == order);
    CHECK_THAT(read_file(out / "README.md"),
               Catch::Contains(order == "none" ? "were left in their order" : "channels and heads were ordered"));
    // Rounded scores may give the same result; all others differ.
    if (order != "l1-reference") CHECK(weights.emplace(weights_of(out), order).second);
  }
  run_successfully(quick_prune(directory / "default", {"--mlp-until", "6", "--heads-until", "7"}));
  CHECK(weights_of(directory / "default") == weights_of(directory / "l1"));
  run_successfully(quick_prune(directory / "flag", {"--mlp-until", "6", "--heads-until", "7", "--no-reorder"}));
  CHECK(weights_of(directory / "flag") == weights_of(directory / "none"));
}

TEST_CASE("a random order depends on the seed alone") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  run_successfully(ordered_prune(directory / "a", "random", {"--seed", "1"}));
  run_successfully(ordered_prune(directory / "b", "random", {"--seed", "1", "--threads", "1"}));
  run_successfully(ordered_prune(directory / "c", "random", {"--seed", "2"}));
  CHECK(weights_of(directory / "a") == weights_of(directory / "b"));
  CHECK(weights_of(directory / "a") != weights_of(directory / "c"));
  run_successfully({"verify", directory / "a", "--steps", "2"});
  run_successfully({"extract", directory / "a", "--at", "7", "--out", directory / "a-7"});
  CHECK(weights_of(directory / "a-7") == weights_of(directory / "a"));
}

TEST_CASE("verify and extract make an order from statistics again") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller", text = directory / "text.txt";
  std::filesystem::copy_file(stories() / "calibration.txt", text);
  auto arguments = ordered_prune(out, "obs");
  arguments[3] = text;
  run_successfully(arguments);
  run_successfully({"verify", out, "--steps", "2"});
  run_successfully({"extract", out, "--at", "7", "--out", directory / "at-7"});
  CHECK(weights_of(directory / "at-7") == weights_of(out));

  std::filesystem::rename(text, directory / "moved.txt");
  CHECK(run_program({"extract", out, "--at", "7", "--out", directory / "again"}).status == 3);
  run_successfully(
      {"extract", out, "--at", "7", "--out", directory / "again", "--calibration", directory / "moved.txt"});
  CHECK(weights_of(directory / "again") == weights_of(out));
  const ProgramResult refused = run_program(
      {"extract", out, "--at", "7", "--out", directory / "other", "--calibration", stories() / "heldout.txt"});
  CHECK(refused.status == 3);
  CHECK_THAT(refused.err, Catch::Contains("not the calibration text of the run"));
  CHECK_FALSE(std::filesystem::exists(directory / "other"));

  json log = log_of(out);
  log.at("args").at("identity").at("order of channels and heads") = "obs 0000000000000000";
  write_file(out / "log.json", log.dump());
  const ProgramResult changed = run_program(
      {"extract", out, "--at", "7", "--out", directory / "other", "--calibration", directory / "moved.txt"});
  CHECK(changed.status == 3);
  CHECK_THAT(changed.err, Catch::Contains("order of channels and heads comes out differently"));
}

TEST_CASE("a journal of another order is refused") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::filesystem::path out = directory / "smaller";
  run_successfully(ordered_prune(out, "obs"));
  const ProgramResult refused = run_program(ordered_prune(out, "obs-greedy", {"--overwrite"}));
  CHECK(refused.status == 3);
  CHECK_THAT(refused.err, Catch::Contains("other order of channels and heads") && Catch::Contains("--restart"));
  const ProgramResult again = run_successfully(ordered_prune(out, "obs", {"--overwrite"}));
  CHECK_THAT(again.out, Catch::Contains("continues from"));
}

TEST_CASE("statistics are kept in a file, and taken from it") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string file = directory / "statistics.safetensors";
  run_successfully(ordered_prune(directory / "none", "obs"));
  run_successfully(ordered_prune(directory / "kept", "obs", {"--statistics", file}));
  const std::string kept = read_file(file);
  run_successfully(ordered_prune(directory / "loaded", "obs", {"--statistics", file}));
  CHECK(read_file(file) == kept);
  CHECK(contents_of(directory / "kept") == contents_of(directory / "none"));
  CHECK(contents_of(directory / "loaded") == contents_of(directory / "none"));

  const auto check_refused = [&](const std::vector<std::string>& arguments, const std::string& message) {
    const ProgramResult result = run_program(arguments);
    CHECK(result.status == 3);
    CHECK_THAT(result.err, Catch::Contains("statistics.safetensors") && Catch::Contains(message));
    CHECK_FALSE(std::filesystem::exists(directory / "refused"));
    CHECK(read_file(file) == kept);
  };
  const auto with_file = [&](const std::string& order, std::vector<std::string> more = {}) {
    more.insert(more.end(), {"--statistics", file});
    return ordered_prune(directory / "refused", order, more);
  };
  check_refused(with_file("wanda"), "it lacks statistics that --reorder wanda needs");
  check_refused(with_file("obs", {"--compute", "bfloat16"}), "another compute type");
  auto other_text = with_file("obs"), other_model = with_file("obs");
  other_text[3] = stories() / "heldout.txt";
  check_refused(other_text, "another text");
  other_model[1] = directory / "kept";
  *(std::ranges::find(other_model, "--mlp-until") + 1) = "12";
  *(std::ranges::find(other_model, "--heads-until") + 1) = "13";
  check_refused(other_model, "another model");
}

TEST_CASE("memory for statistics counts") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  run_successfully(ordered_prune(directory / "free", "obs"));
  const json bounded =
      run_successfully(ordered_prune(directory / "bounded", "obs", {"--memory", "100MB", "--json"})).json();
  CHECK(weights_of(directory / "bounded") == weights_of(directory / "free"));
  check_peak_memory(bounded, 100LL << 20);

  // What a process takes before differs by a megabyte or two from run to run, statistics for obs take 3.3 MB.
  long megabytes = 1;
  std::string refusal;
  const auto refused_for = [&](const std::string& reason) {
    const ProgramResult result =
        run_program(ordered_prune(directory / "refused", "obs", {"--memory", std::to_string(megabytes) + "MB"}));
    CHECK(result.status == 2);
    refusal = result.err;
    return refusal.find(reason) != std::string::npos;
  };
  while (refused_for("already take ")) {
    megabytes = std::max(megabytes + 1, std::stol(refusal.substr(refusal.find("already take ") + 13)));
  }
  CHECK_THAT(refusal, Catch::Contains("--memory: the statistics for --reorder obs take"));
  run_successfully(ordered_prune(directory / "l1", "l1", {"--memory", std::to_string(megabytes + 3) + "MB"}));
}

TEST_CASE("a dry run counts statistics, and gathers none") {
  SKIP_WITHOUT(stories());
  const TemporaryDirectory directory;
  const std::string file = directory / "statistics.safetensors";
  const ProgramResult dry =
      run_successfully(ordered_prune(directory / "out", "obs", {"--dry-run", "--statistics", file}));
  CHECK_THAT(dry.out, Catch::Contains("order        obs, from statistics that take") && Catch::Contains("expected"));
  CHECK(std::filesystem::is_empty(directory.path()));
}
