// SPDX-License-Identifier: MIT
#include "interruption.hpp"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <exception>
#include <utility>

namespace multipruner::cli {

namespace {

/// The signal that came last; 0 if none did.
std::atomic<int> received = 0;
static_assert(std::atomic<int>::is_always_lock_free, "signal handlers must not wait for a lock");

extern "C" void remember_signal(int signal) {
  received.store(signal);
}

/// Unwinds the work; never seen by anybody, because the end of the scope ends the program.
struct Interrupted : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

}  // namespace

InterruptibleWork::InterruptibleWork(ProgressSink& shown, std::function<std::string()> farewell)
    : shown_(shown), farewell_(std::move(farewell)) {
  struct ::sigaction remember {};
  remember.sa_handler = remember_signal;
  remember.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  for (std::size_t i = 0; i < signals.size(); ++i) {
    ::sigaction(signals[i], nullptr, &before_[i]);
    // What is ignored, e.g. SIGHUP under nohup, stays ignored.
    if (before_[i].sa_handler != SIG_IGN) ::sigaction(signals[i], &remember, nullptr);
  }
}

InterruptibleWork::~InterruptibleWork() {
  for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
  const int signal = received.exchange(0);
  if (signal == 0) return;
  if (farewell_) std::fputs(farewell_().c_str(), stderr);
  std::raise(signal);
}

void InterruptibleWork::begin(std::string_view work, Index total) {
  shown_.begin(work, total);
}

void InterruptibleWork::advance(Index done) {
  if (received.load() != 0) throw Interrupted{};
  shown_.advance(done);
}

void InterruptibleWork::describe(std::string_view state) {
  shown_.describe(state);
}

void InterruptibleWork::remaining(double seconds) {
  shown_.remaining(seconds);
}

void InterruptibleWork::end() noexcept {
  shown_.end();
}

}  // namespace multipruner::cli
