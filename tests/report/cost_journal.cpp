// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <limits>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/restrictions.hpp>
#include <support/temporary_directory.hpp>
#include <sys/stat.h>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/report/cost_journal.hpp>
#include <multipruner/search/turn_memory.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

const JournalIdentity identity{{"weights", "12"}, {"text", "34"}};

Plan plan_of(Index width) {
  DecoderConfig config;
  config.num_hidden_layers = 2;
  config.intermediate_size = width;
  config.vocab_size = config.hidden_size = 8;
  config.num_attention_heads = config.num_key_value_heads = 1;
  config.head_dim = 2;
  return Plan(to_model(config));
}

bool knows(const CostJournal& journal, std::string_view samples, const Plan& plan, Index window,
           std::vector<double> costs) {
  std::vector<double> found(costs.size(), 77);
  return journal.find({samples, &plan, window}, found) &&
         std::memcmp(found.data(), costs.data(), costs.size() * 8) == 0;
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
    journal.add({block_samples, &one, 0}, costs);
    journal.add({width_samples, &two, 5}, std::vector<double>{1.5});
    CHECK(knows(journal, block_samples, one, 0, costs));
  }
  const CostJournal journal(path, identity);
  CHECK(journal.found() == 2);
  CHECK(journal.bytes_cut_off() == 0);
  CHECK(knows(journal, block_samples, one, 0, costs));
  CHECK(knows(journal, width_samples, two, 5, {1.5}));
  CHECK_FALSE(knows(journal, block_samples, one, 0, {0.1}));  // other windows a part
  CHECK_FALSE(knows(journal, width_samples, one, 0, costs));
  CHECK_FALSE(knows(journal, block_samples, two, 0, costs));
  CHECK_FALSE(knows(journal, block_samples, one, 5, costs));
}

TEST_CASE("turns of a run keep their costs apart by what they start from, also in the next process") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const Plan plan = plan_of(7);
  const auto cost_in = [&](CostJournal& journal, std::uint64_t start) {
    std::vector<double> found{0};
    return TurnMemory(journal, start).find({width_samples, &plan, 2}, found) ? found.front() : -1;
  };
  {
    CostJournal journal(path, identity);
    TurnMemory(journal, 0).add({width_samples, &plan, 2}, std::vector<double>{1.5});
    TurnMemory(journal, 2).add({width_samples, &plan, 2}, std::vector<double>{2.5});
    CHECK(cost_in(journal, 1) == -1);
  }
  CostJournal journal(path, identity);
  CHECK(journal.found() == 2);
  CHECK(cost_in(journal, 0) == 1.5);
  CHECK(cost_in(journal, 1) == -1);
  CHECK(cost_in(journal, 2) == 2.5);
  CHECK(knows(journal, width_samples, plan, 2, {1.5}));
}

namespace {

/// A journal of three costs. @returns where its lines end.
std::vector<std::size_t> write_three_costs(const std::string& path) {
  const Plan plan = plan_of(7);
  std::vector<std::size_t> ends;
  CostJournal journal(path, identity);
  ends.push_back(read_file(path).size());
  for (Index i = 0; i < 3; ++i) {
    journal.add({block_samples, &plan, i}, std::vector<double>{static_cast<double>(i)});
    ends.push_back(read_file(path).size());
  }
  return ends;
}

}  // namespace

TEST_CASE("a journal that was torn anywhere keeps what is before that") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const std::vector<std::size_t> ends = write_three_costs(path);
  const std::string whole = read_file(path);
  for (std::size_t at = 0; at < whole.size(); ++at) {
    CAPTURE(at);
    write_file(path, whole.substr(0, at));
    const CostJournal journal(path, identity);
    const auto intact = std::ranges::count_if(ends, [&](std::size_t end) { return end <= at; });
    CHECK(journal.found() == std::max<std::ptrdiff_t>(intact - 1, 0));
    CHECK((journal.bytes_cut_off() == 0) == (at == 0 || std::ranges::count(ends, at) == 1));
    CHECK(journal.damaged_lines() == 0);
  }
}

TEST_CASE("a journal that is damaged anywhere keeps all other lines, and says how many are damaged") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const std::vector<std::size_t> ends = write_three_costs(path);
  const std::string whole = read_file(path);
  for (std::size_t at = ends.front(); at < whole.size(); ++at) {
    CAPTURE(at);
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    write_file(path, damaged);
    const CostJournal journal(path, identity);
    const bool last = at >= ends[2];
    const bool joins_two = !last && std::ranges::count(ends, at + 1) == 1;  // the end of the line was hit
    const bool to_the_end = last || at == ends[2] - 1;
    CHECK(journal.found() == (joins_two ? 1 : 2));
    CHECK(journal.damaged_lines() == (to_the_end ? 0 : 1));
    CHECK((journal.bytes_cut_off() > 0) == to_the_end);
    CHECK(read_file(path).size() == (to_the_end ? (last ? ends[2] : ends[1]) : whole.size()));
  }
}

TEST_CASE("what is measured again after damage in the middle is found the next time") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const std::vector<std::size_t> ends = write_three_costs(path);
  std::string damaged = read_file(path);
  damaged[ends[0] + 30] ^= 1;
  write_file(path, damaged);
  const Plan plan = plan_of(7);
  {
    CostJournal journal(path, identity);
    CHECK_FALSE(knows(journal, block_samples, plan, 0, {0}));
    CHECK(knows(journal, block_samples, plan, 2, {2}));
    journal.add({block_samples, &plan, 0}, std::vector<double>{0});
  }
  const CostJournal journal(path, identity);
  CHECK(journal.found() == 3);
  CHECK(journal.damaged_lines() == 1);
  CHECK(knows(journal, block_samples, plan, 0, {0}));
}

TEST_CASE("a file that is no journal is refused and stays as it is, whatever is asked") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const bool restart = GENERATE(false, true);
  const std::string contents = GENERATE(as<std::string>(), "my diary\n", "my diary", "\n", std::string(100, '\0'),
                                        "0123456789abcdef another-journal weights=12;text=34;\n");
  CAPTURE(restart, contents);
  write_file(path, contents);
  CHECK_THROWS_WITH(CostJournal(path, identity, restart), Catch::Contains("not a journal of this program"));
  CHECK(read_file(path) == contents);
}

TEST_CASE("a journal whose first line is damaged is refused until all begins anew") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const std::size_t end = write_three_costs(path).front();
  const std::string whole = read_file(path);
  for (std::size_t at = 0; at < end; ++at) {
    CAPTURE(at);
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 4);
    write_file(path, damaged);
    const bool in_heading = at > 16 && at < 16 + std::string_view(" multipruner-journal ").size();
    CHECK_THROWS_WITH(CostJournal(path, identity),
                      Catch::Contains(in_heading ? "not a journal of this program" : "first line is damaged"));
    CHECK(read_file(path) == damaged);
  }
  CHECK(CostJournal(path, identity, true).found() == 0);
  CHECK(CostJournal(path, identity).bytes_cut_off() == 0);
}

TEST_CASE("a journal in place of which there is no ordinary file is refused") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  REQUIRE(::mkfifo(path.c_str(), 0666) == 0);
  CHECK_THROWS_WITH(CostJournal(path, identity), Catch::Contains("not a regular file"));
}

TEST_CASE("a file system without locks is no place for a journal, and says so") {
  const TemporaryDirectory directory;
  const int error = GENERATE(ENOLCK, ENOTSUP, ENOSYS);
  in_child([&] {
    forbid_locks(error);
    try {
      const CostJournal journal(directory / "journal", identity);
    } catch (const OutputError& refusal) {
      return refusal.problem().starts_with("cannot be locked");
    }
    return false;
  });
}

TEST_CASE("a journal goes on where it was cut off") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const Plan plan = plan_of(7);
  { CostJournal(path, identity).add({block_samples, &plan, 0}, std::vector<double>{1}); }
  write_file(path, read_file(path) + "torn");
  { CostJournal(path, identity).add({block_samples, &plan, 1}, std::vector<double>{2}); }
  const CostJournal journal(path, identity);
  CHECK(journal.bytes_cut_off() == 0);
  CHECK(journal.found() == 2);
}

TEST_CASE("a journal that belongs to something else is refused by name, or begun anew") {
  const TemporaryDirectory directory;
  const std::string path = directory / "journal";
  const Plan plan = plan_of(7);
  { CostJournal(path, identity).add({block_samples, &plan, 0}, std::vector<double>{1}); }
  const JournalIdentity other{{"weights", "12"}, {"text", "35"}};
  CHECK_THROWS_WITH(CostJournal(path, other),
                    Catch::Contains("other text (there 34, here 35)") && !Catch::Contains("weights"));
  CHECK(CostJournal(path, identity).found() == 1);
  CHECK(CostJournal(path, other, true).found() == 0);
  CHECK_THROWS_AS(CostJournal(path, identity), DataError);
}

TEST_CASE("what differs between two identities is told with both values, whatever is in them") {
  const JournalIdentity there{{"a", "1;b=2"}, {"b", "3"}, {"c%", "4\n5"}}, here{{"a", "1"}, {"b", "3"}, {"d", "6"}};
  CHECK(identity_of_text(text_of(here)) == here);
  CHECK(identity_of_text(text_of(there)) == JournalIdentity{{"a", "1;b=2"}, {"b", "3"}, {"c%", "4 5"}});
  CHECK(differences(there, here) ==
        ": other a (there 1;b=2, here 1), d (there none, here 6), c% (there 4\n5, here none)");
  CHECK(differences(there, there).empty());
  CHECK(text_of({{"text", "34"}}) != text_of({{"context", "34"}}));
  CHECK(differences({{"context", "34"}}, {{"text", "34"}}) != "");
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
