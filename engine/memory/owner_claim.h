// Whether the thread that owns something still lives. It is told without a system call, because a program may have
// filters that end it over any call that it does not need itself.
//
// It is a robust mutex of the C library: the kernel marks it when its owner ends, however that happens. The owner never
// unlocks it; another thread can only inherit it.
//
// The one thing that can go wrong is that a death is not noticed, and the thing is never inherited. That happens where
// a thread has storage that the C library did not make, and where a signal handler takes a claim in the middle of the
// program's own robust locking.
#pragma once

#include <pthread.h>

namespace heapreel::engine {

class OwnerClaim {
 public:
  // The calling thread owns it from now on. Only where platform::storage_owner_id() is not 0. False: it has no owner.
  bool begin() noexcept;
  // True when the owner is dead: then the calling thread owns it, and sees everything that the dead owner did.
  bool inherit() noexcept;
  // The calling thread gives it up for good, because its memory goes away. For tests.
  void end() noexcept;

 private:
  pthread_mutex_t held_;
};

}  // namespace heapreel::engine
