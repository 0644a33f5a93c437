// SPDX-License-Identifier: MIT
// The log.json of a run, and what extract and verify make of it: every point of its path, as a plan and in its turn.
#include <cstddef>
#include <cstdint>
#include <utility>

#include <support/answer_or_error.hpp>
#include <support/input.hpp>
#include <support/memory_folder.hpp>
#include <support/tiny_model.hpp>

#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/report/run_path.hpp>

using namespace multipruner;
using namespace multipruner::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFolder folder;
  static const ModelConfig config = Llama::configure(JsonReader(tiny_config(), "config.json"));
  folder.write("log.json", text_of(data, size));
  answer_or_error(size, [&] {
    const RunPath path = read_run_path(open_run_log(folder.path()), Plan(config));
    Plan plan(config);
    for (std::size_t step = 0; step < path.steps.size(); ++step) {
      static_cast<void>(path.turn_of(step));
      for (const Candidate& candidate : path.steps[step].search.candidates) {
        static_cast<void>(count_parameters(config, apply(candidate.edit, plan)));
      }
      plan = apply(path.steps[step].search.edit, std::move(plan));
    }
    static_cast<void>(plan_after(path, path.steps.size(), Plan(config)));
    static_cast<void>(steps_until(path, 10));
  });
  return 0;
}
