// Whether the thread that has something still lives, told without a system call: a program may have filters that end it
// over any call that it does not need itself.
//
// A robust mutex of the C library's: the kernel marks it when its owner ends, however that happens. It is never given
// back, only inherited.
//
// What can go wrong is that a death is not noticed, and the thing is never inherited: where a thread has storage that
// the C library did not make, and where a signal handler takes something in the middle of the program's own robust
// locking.
#pragma once

#include <pthread.h>

namespace heapreel::engine {

class OwnerClaim {
 public:
  // The calling thread's from now on. Only where platform::storage_owner_id() is not 0. False: it is nobody's.
  bool begin() noexcept;
  // True when whoever had it is dead: it is the calling thread's now. Everything that the dead one did is visible.
  bool inherit() noexcept;
  // The calling thread gives it back for good: its memory goes away. For tests.
  void end() noexcept;

 private:
  pthread_mutex_t held_;
};

}  // namespace heapreel::engine
