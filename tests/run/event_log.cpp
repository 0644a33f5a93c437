// SPDX-License-Identifier: MIT
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/expect_error.hpp>
#include <support/gives_up.hpp>
#include <support/small_run.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/run/pruning_run.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

std::vector<nlohmann::json> lines_of(const std::filesystem::path& file) {
  std::vector<nlohmann::json> lines;
  std::istringstream text(read_file(file));
  for (std::string line; std::getline(text, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

std::vector<nlohmann::json> of(const std::vector<nlohmann::json>& lines, const std::string& event) {
  std::vector<nlohmann::json> found;
  for (const nlohmann::json& line : lines) {
    if (line.at("event") == event) found.push_back(line);
  }
  return found;
}

}  // namespace

TEST_CASE("A run notes in its event log what it does, each time it is taken up") {
  const SmallRun inputs;
  const std::filesystem::path file = inputs.directory / "events.jsonl";
  RunPlace place{.out = inputs.out()};
  place.event_log = file;
  std::size_t notes = 0;
  RunEnvironment told = inputs.environment();
  told.events.on_note = [&](std::string_view, std::string_view) { ++notes; };
  GivesUp progress(70);
  CHECK_THROWS_AS(PruningRun(inputs.spec(), place, told).run(progress), std::runtime_error);
  const std::vector<nlohmann::json> first = lines_of(file);
  CHECK(first.front().at("event") == "begin");
  CHECK(first.back().at("event") == "end");
  CHECK(first.back().at("outcome") == "given_up");
  CHECK(of(first, "note").size() == notes);

  const FinishedRun done = PruningRun(inputs.spec(), place, inputs.environment()).run();
  std::vector<nlohmann::json> second = lines_of(file);
  second.erase(second.begin(), second.begin() + static_cast<std::ptrdiff_t>(first.size()));
  CHECK(second.front().at("version").is_string());
  const std::vector<nlohmann::json> steps = of(second, "step");
  REQUIRE(steps.size() == done.result.steps.size());
  CHECK(steps.back().at("step") == steps.size() - 1);
  CHECK(steps.back().at("ratio") == done.result.ratio);
  CHECK(steps.back().at("cost") == done.result.steps.back().search.cost);
  const std::vector<nlohmann::json> shares = of(second, "progress");
  REQUIRE_FALSE(shares.empty());
  CHECK(shares.front().at("phase") == "judging the model");
  CHECK(shares.front().at("seconds_left") >= 0.0);
  CHECK(second.back().at("outcome") == "reached");
}

TEST_CASE("Lines are whole also behind one that was torn, and every log has an end") {
  const TemporaryDirectory directory;
  const std::filesystem::path file = directory / "events";
  { EventLog(file).progress("searching", 0.5, 3); }
  write_file(file, read_file(file) + R"({"event":"prog)");
  { EventLog(file).end("reached"); }
  std::string text = read_file(file);
  const std::size_t torn = text.find("{\"event\":\"prog\n");
  REQUIRE(torn != std::string::npos);
  text.erase(torn, text.find('\n', torn) + 1 - torn);
  write_file(file, text);
  std::vector<std::string> events;
  for (const nlohmann::json& line : lines_of(file)) events.push_back(line.at("event"));
  CHECK(events == std::vector<std::string>{"begin", "progress", "end", "begin", "end"});
}

TEST_CASE("An event log that cannot be, or would stand in the folder of the model, is refused before the work") {
  const SmallRun inputs;
  const auto refused = [&]<class Refused>(const std::filesystem::path& file, const std::string& why, Refused) {
    RunPlace place{.out = inputs.out()};
    place.event_log = file;
    expect_error<Refused>([&] { PruningRun(inputs.spec(), place, inputs.environment()); }, {why});
  };
  refused(inputs.out() / "events", "it lies in --out", OptionError("", "", ""));
  refused(inputs.directory / "none" / "events", "cannot be opened", OutputError("", "", ""));
  refused(inputs.directory / "text.txt", "is not an event log", OutputError("", "", ""));
  refused(inputs.spec().model, "is not an event log", OutputError("", "", ""));
  CHECK_THAT(read_file(inputs.directory / "text.txt"), Catch::StartsWith("sentence 0"));
}
