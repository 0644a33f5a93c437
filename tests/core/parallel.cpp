// SPDX-License-Identifier: MIT
#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include <multipruner/core/parallel.hpp>

using namespace multipruner;

TEST_CASE("a parallel loop visits every index once") {
  const Index count = GENERATE(0, 1, 2, 3, 1000);
  std::vector<int> visits(static_cast<std::size_t>(count));
  parallel_for(count, [&](Index i) { ++visits[static_cast<std::size_t>(i)]; });
  CHECK(visits == std::vector<int>(static_cast<std::size_t>(count), 1));
}

TEST_CASE("parallel loops may be nested") {
  std::vector<int> visits(20 * 30);
  parallel_for(20,
               [&](Index i) { parallel_for(30, [&, i](Index j) { ++visits[static_cast<std::size_t>(30 * i + j)]; }); });
  CHECK(visits == std::vector<int>(20 * 30, 1));
}

TEST_CASE("an exception of a parallel loop arrives where the loop was started") {
  const Index count = GENERATE(1, 500);
  ThreadArena arena(2);
  const auto fail = [&] {
    arena.execute([&] {
      parallel_for(count, [&](Index i) {
        if (i == count - 1) throw std::runtime_error("the last one");
      });
    });
  };
  CHECK_THROWS_WITH(fail(), "the last one");
}

TEST_CASE("an arena has as many threads as asked for, also more than the machine has") {
  const int threads = GENERATE(1, 2, 5);
  ThreadArena arena(threads);
  CHECK(arena.threads() == threads);
  CHECK(arena.execute([] { return available_threads(); }) == threads);

  std::mutex mutex;
  std::set<std::thread::id> seen;
  std::atomic<int> running = 0, most = 0;
  arena.execute([&] {
    parallel_for(200, [&](Index) {
      const int now = ++running;
      for (int before = most; now > before && !most.compare_exchange_weak(before, now);) {
      }
      std::this_thread::yield();
      {
        const std::scoped_lock lock(mutex);
        seen.insert(std::this_thread::get_id());
      }
      --running;
    });
  });
  CHECK(most <= threads);
  CHECK_FALSE(seen.empty());
  if (threads == 1) CHECK(seen == std::set{std::this_thread::get_id()});
}

TEST_CASE("an arena of no particular size has at least one thread") {
  CHECK(ThreadArena().threads() >= 1);
}

TEST_CASE("an arena hands on what the work returns") {
  ThreadArena arena(1);
  const auto result = arena.execute([] { return std::make_unique<int>(3); });
  CHECK(*result == 3);
}

TEST_CASE("an arena hands on references, and takes work that moves what it owns") {
  ThreadArena arena(1);
  int number = 3;
  int& same = arena.execute([&]() -> int& { return number; });
  CHECK(&same == &number);
  const std::string& text = arena.execute([]() -> const std::string& {
    static const std::string words = "some words";
    return words;
  });
  CHECK(text == "some words");
  CHECK(*arena.execute([owned = std::make_unique<int>(4)]() mutable { return std::move(owned); }) == 4);
}

namespace {

std::atomic<int> calls_of_a_function = 0;

void count_call(Index) {
  ++calls_of_a_function;
}

}  // namespace

TEST_CASE("a parallel loop takes functions, and bodies that change themselves") {
  parallel_for(7, count_call);
  CHECK(calls_of_a_function == 7);
  std::atomic<int> sum = 0;
  struct Body {
    std::atomic<int>* sum;
    void operator()(Index i) { *sum += static_cast<int>(i); }
  };
  parallel_for(10, Body{&sum});
  CHECK(sum == 45);
}
