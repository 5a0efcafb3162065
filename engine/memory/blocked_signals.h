// While an object of this class lives, no signal handler of the program runs in its thread, nor ever in a thread that
// this thread starts meanwhile: new threads inherit which signals are blocked.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace heapreel::engine {

class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace heapreel::engine
