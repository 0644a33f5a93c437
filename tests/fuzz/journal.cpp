// SPDX-License-Identifier: MIT
// A journal of costs. Its lines carry checksums, which no mutation guesses: the input is opened as it is, and once more
// with the checksum of every line put in front of it. What was opened must open again and hold what was added.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include <support/answer_or_error.hpp>
#include <support/input.hpp>
#include <support/memory_folder.hpp>
#include <support/tiny_model.hpp>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/fingerprint.hpp>
#include <multipruner/report/cost_journal.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

namespace {

std::string with_checksums(std::string_view text) {
  std::string lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    lines.append(Fingerprint().add(line).text()).append(" ").append(line).append("\n");
  }
  return lines;
}

void open_and_add(const std::filesystem::path& path) {
  const JournalIdentity identity{{"weights", "3f1c"}, {"text", "a, b"}};
  const Plan plan(Llama::configure(JsonReader(tiny_config(), "config.json")));
  const CostKey key{.samples = width_samples, .plan = &plan, .first_window = 4};
  const double added[] = {1.5, -0.25};
  {
    CostJournal journal(path, identity);
    double costs[3];
    static_cast<void>(journal.find({.plan = &plan}, costs));
    journal.add(key, added);
  }
  const CostJournal journal(path, identity);
  double costs[2] = {};
  if (journal.bytes_cut_off() != 0 || !journal.find(key, costs) || costs[0] != added[0] || costs[1] != added[1])
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFolder folder;
  const std::string_view text = text_of(data, size);
  for (const std::string& contents : {std::string(text), with_checksums(text)}) {
    const auto path = folder.write("costs.journal", contents);
    answer_or_error(size, [&] { open_and_add(path); });
  }
  return 0;
}
