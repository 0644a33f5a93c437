// SPDX-License-Identifier: MIT
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include <multipruner/core/progress_scope.hpp>
#include <multipruner/run/run_progress.hpp>

using namespace multipruner;

namespace {

/// What a sink was told last.
struct Sink final : ProgressSink {
  void begin(std::string_view work_, Index total_) override {
    work = work_;
    total = total_;
  }
  void advance(Index done_) override {
    CHECK(done_ >= done);
    CHECK(done_ <= total);
    done = done_;
  }
  void describe(std::string_view state_) override { state = state_; }
  void remaining(double seconds) override { left = seconds; }
  void end() noexcept override { ended = true; }

  std::string work, state;
  Index total = 0, done = 0;
  double left = 0;
  bool ended = false;
};

/// A clock that stands still unless it is told.
struct Time {
  double now = 1000;
  [[nodiscard]] RunProgress::Clock clock() {
    return [this] { return now; };
  }
};

/// A piece of work in ten parts that takes so long.
void work(RunProgress& progress, Time& time, double seconds) {
  ProgressScope scope(progress, "inner work", 10);
  for (Index part = 1; part <= 10; ++part) {
    time.now += seconds / 10;
    scope.advance(part);
  }
}

const std::vector<RunPhase> phases{{"first", 10, 2}, {"second", 70}, {"third", 20}};

}  // namespace

TEST_CASE("All phases of a run are one piece of work, with the time that is left of it") {
  Sink sink;
  Time time;
  {
    RunProgress progress(sink, phases, time.clock());
    CHECK(sink.work == "pruning");
    progress.enter("first");
    CHECK(sink.state == "first");
    CHECK(sink.left == Approx(100));
    work(progress, time, 5);
    CHECK(sink.left == Approx(95));
    work(progress, time, 5);
    CHECK(sink.left == Approx(90));
    progress.enter("second");
    CHECK(sink.done == sink.total / 10);
    work(progress, time, 70);
    CHECK(sink.state == "second");  // not what the work calls itself
    progress.describe("step 7");
    CHECK(sink.state == "step 7");
    progress.enter("nobody foresaw this");
    CHECK(sink.left == Approx(20));
    progress.enter("third");
    work(progress, time, 20);
    CHECK(sink.left == Approx(0).margin(1e-9));
    CHECK(sink.done == sink.total);
    CHECK_FALSE(sink.ended);
  }
  CHECK(sink.ended);
}

TEST_CASE("The time that is left follows the real speed, but not that of what a journal knows") {
  Sink sink;
  Time time;
  RunProgress progress(sink, phases, time.clock());
  progress.enter("first");
  for (int i = 0; i < 2; ++i) work(progress, time, 15);  // three times as slow as foreseen
  CHECK(sink.left > 2 * 90);
  CHECK(sink.left < 3 * 90);
  const double before = sink.left;
  progress.enter("second");
  ProgressScope scope(progress, "search", 10);
  scope.advance(5);  // known
  CHECK(sink.left == Approx(before * 55 / 90));
  time.now += 7 * 3;
  scope.advance(6);
  CHECK(sink.left < before * 55 / 90);
  CHECK(sink.left > 2 * 48);
}

TEST_CASE("Phases that are skipped are over, and one of which nobody knows how far it is goes by the clock") {
  Sink sink;
  Time time;
  RunProgress progress(sink, {{"a", 10}, {"b", 10, 0}, {"a", 10}, {"c", 10}}, time.clock());
  progress.enter("b");
  CHECK(sink.left == Approx(30));
  time.now += 5;
  progress.begin("some work", 100);
  progress.advance(1);
  CHECK(sink.left == Approx(25));
  time.now += 50;  // it takes longer than foreseen: never less than a little is left
  progress.advance(2);
  CHECK(sink.left == Approx(20.5));
  progress.end();
  progress.enter("a");
  CHECK(sink.left > 20.5);  // what that took counts
  progress.enter("c");
  CHECK(sink.done == sink.total * 3 / 4);
}

TEST_CASE("A phase that goes by the clock begins when it is entered") {
  Sink sink;
  Time time;
  RunProgress progress(sink, {{"a", 100}, {"b", 20, 0}, {"c", 80}}, time.clock());
  progress.enter("a");
  work(progress, time, 100);
  progress.enter("b");
  CHECK(sink.left == Approx(100));
  time.now += 20;
  progress.enter("c");
  CHECK(sink.left == Approx(80));
}

TEST_CASE("Of a phase that waits for one piece of work, other pieces say nothing") {
  Sink sink;
  Time time;
  RunProgress progress(sink, {{.name = "search", .seconds = 100, .work = "pruning"}}, time.clock());
  progress.enter("search");
  { ProgressScope(progress, "statistics", 10).advance(10); }
  CHECK(sink.left == Approx(100));
  ProgressScope scope(progress, "pruning", 10);
  time.now += 50;
  scope.advance(5);
  CHECK(sink.left == Approx(50));
}

TEST_CASE("Without a forecast there is no time left to tell") {
  Sink sink;
  sink.left = -1;
  RunProgress progress(sink, {});
  progress.enter("search");
  { ProgressScope(progress, "pruning", 10).advance(10); }
  CHECK(sink.left == -1);
}

TEST_CASE("A search is as far as its milestones say") {
  Sink sink;
  Time time;
  RunProgress progress(sink, {{"search", 100, 1, {{0.5, 0.9}, {0.8, 0.95}}}}, time.clock());
  progress.enter("search");
  ProgressScope scope(progress, "search", 100);
  scope.advance(25);
  CHECK(sink.done == sink.total * 45 / 100);
  scope.advance(80);
  CHECK(sink.done == sink.total * 95 / 100);
  scope.advance(90);
  CHECK(sink.done == sink.total * 975 / 1000);
  scope.advance(100);
  CHECK(sink.done == sink.total);
}
