#include "replay.hpp"

#include <memory>

namespace multipruner::cli {

const Graph& Replay::start_of(std::size_t step, ProgressSink& progress) {
  const std::size_t wanted = path_->turn_of(step);
  if (wanted < turn_) {
    turn_ = first_step_ = 0;
    current_.reset();
  }
  while (turn_ < wanted) next_turn(progress);
  return current();
}

void Replay::next_turn(ProgressSink& progress) {
  const std::size_t end = first_step_ + path_->turns[turn_];
  const std::unique_ptr<NarrowedOutputs> outputs = compensation_->outputs(current(), progress);
  const ModelView pruned(current(), plan_after(*path_, end, Plan(*graph_)), outputs.get());
  Graph next = smaller_graph(compensation_->compensate(pruned, progress), pruned);
  current_.emplace(std::move(next));
  first_step_ = end;
  ++turn_;
}

}  // namespace multipruner::cli
