// SPDX-License-Identifier: MIT
#include "replay.hpp"

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
  current_ = compensation_->smaller(current(), plan_after(*path_, end, Plan(*graph_)), progress);
  first_step_ = end;
  ++turn_;
}

}  // namespace multipruner::cli
