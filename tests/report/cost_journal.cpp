#include <algorithm>
#include <cstring>
#include <limits>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/temporary_directory.hpp>

#include <multipruner/report/cost_journal.hpp>
#include <multipruner/search/turn_memory.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

const JournalIdentity identity{{"weights", "12"}, {"text", "34"}};

Plan plan_of(Index width) {
  ModelConfig config;
  config.num_hidden_layers = 2;
  config.intermediate_size = width;
  return Plan(config);
}

bool knows(const CostJournal& journal, CalibrationSet set, const Plan& plan, Index window, std::vector<double> costs) {
  std::vector<double> found(costs.size(), 77);
  return journal.find({set, &plan, window}, found) && std::memcmp(found.data(), costs.data(), costs.size() * 8) == 0;
}

}  // namespace

TEST_CASE("a journal has every bit of what another process noted") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const Plan one = plan_of(7), two = plan_of(8);
  const std::vector<double> costs{0.1, -0.0, std::numeric_limits<double>::infinity(),
                                  std::numeric_limits<double>::quiet_NaN(), 5e-324};
  {
    CostJournal journal(path, identity);
    CHECK(journal.found() == 0);
    journal.add({CalibrationSet::block, &one, 0}, costs);
    journal.add({CalibrationSet::width, &two, 5}, std::vector<double>{1.5});
    CHECK(knows(journal, CalibrationSet::block, one, 0, costs));
  }
  const CostJournal journal(path, identity);
  CHECK(journal.found() == 2);
  CHECK(journal.bytes_cut_off() == 0);
  CHECK(knows(journal, CalibrationSet::block, one, 0, costs));
  CHECK(knows(journal, CalibrationSet::width, two, 5, {1.5}));
  CHECK_FALSE(knows(journal, CalibrationSet::block, one, 0, {0.1}));  // other windows a part
  CHECK_FALSE(knows(journal, CalibrationSet::width, one, 0, costs));
  CHECK_FALSE(knows(journal, CalibrationSet::block, two, 0, costs));
  CHECK_FALSE(knows(journal, CalibrationSet::block, one, 5, costs));
}

TEST_CASE("turns of a run keep their costs apart, also in the next process") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const Plan plan = plan_of(7);
  const auto cost_in = [&](CostJournal& journal, Index turn) {
    std::vector<double> found{0};
    return TurnMemory(journal, turn).find({CalibrationSet::width, &plan, 2}, found) ? found.front() : -1;
  };
  {
    CostJournal journal(path, identity);
    TurnMemory(journal, 0).add({CalibrationSet::width, &plan, 2}, std::vector<double>{1.5});
    TurnMemory(journal, 2).add({CalibrationSet::width, &plan, 2}, std::vector<double>{2.5});
    CHECK(cost_in(journal, 1) == -1);
  }
  CostJournal journal(path, identity);
  CHECK(journal.found() == 2);
  CHECK(cost_in(journal, 0) == 1.5);
  CHECK(cost_in(journal, 1) == -1);
  CHECK(cost_in(journal, 2) == 2.5);
  CHECK(knows(journal, CalibrationSet::width, plan, 2, {1.5}));
}

TEST_CASE("a journal that was torn or damaged anywhere keeps what is before that") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const Plan plan = plan_of(7);
  std::vector<std::size_t> ends;
  {
    CostJournal journal(path, identity);
    ends.push_back(read_file(path).size());
    for (Index i = 0; i < 3; ++i) {
      journal.add({CalibrationSet::block, &plan, i}, std::vector<double>{static_cast<double>(i)});
      ends.push_back(read_file(path).size());
    }
  }
  const std::string whole = read_file(path);
  const bool tear = GENERATE(true, false);
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    CAPTURE(at, tear);
    std::string damaged = tear ? whole.substr(0, at) : whole;
    if (!tear) damaged[at] = static_cast<char>(damaged[at] ^ 4);
    write_file(path, damaged);
    const CostJournal journal(path, identity);
    const auto intact = std::ranges::count_if(ends, [&](std::size_t end) { return end <= at; });
    CHECK(journal.found() == std::max<std::ptrdiff_t>(intact - 1, 0));
    const bool clean_cut = tear && (at == 0 || std::ranges::count(ends, at) == 1);
    CHECK((journal.bytes_cut_off() > 0) == !clean_cut);
  }
}

TEST_CASE("a journal goes on where it was cut off") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const Plan plan = plan_of(7);
  { CostJournal(path, identity).add({CalibrationSet::block, &plan, 0}, std::vector<double>{1}); }
  write_file(path, read_file(path) + "torn");
  { CostJournal(path, identity).add({CalibrationSet::block, &plan, 1}, std::vector<double>{2}); }
  const CostJournal journal(path, identity);
  CHECK(journal.bytes_cut_off() == 0);
  CHECK(journal.found() == 2);
}

TEST_CASE("a journal that belongs to something else is refused by name, or begun anew") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const Plan plan = plan_of(7);
  { CostJournal(path, identity).add({CalibrationSet::block, &plan, 0}, std::vector<double>{1}); }
  const JournalIdentity other{{"weights", "12"}, {"text", "35"}};
  CHECK_THROWS_WITH(CostJournal(path, other), Catch::Contains("other text") && !Catch::Contains("weights"));
  CHECK(CostJournal(path, identity).found() == 1);
  CHECK(CostJournal(path, other, true).found() == 0);
  CHECK_THROWS_AS(CostJournal(path, identity), DataError);
}

TEST_CASE("a journal is written by one process at a time") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const CostJournal journal(path, identity);
  CHECK_THROWS_AS(CostJournal(path, identity), OutputError);
}

TEST_CASE("a journal that has no place is refused") {
  const TemporaryDirectory directory;
  CHECK_THROWS_AS(CostJournal(std::filesystem::path(directory / "missing") / "journal", identity), OutputError);
}
