#include "engine/memory/owner_claim.h"

#include <cerrno>

namespace heapreel::engine {

bool OwnerClaim::begin() noexcept {
  pthread_mutexattr_t kind;
  if (pthread_mutexattr_init(&kind) != 0) return false;
  const bool made = pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST) == 0 &&
                    pthread_mutex_init(&held_, &kind) == 0 && pthread_mutex_trylock(&held_) == 0;
  pthread_mutexattr_destroy(&kind);
  return made;
}

bool OwnerClaim::inherit() noexcept {
  if (pthread_mutex_trylock(&held_) != EOWNERDEAD) return false;
  pthread_mutex_consistent(&held_);
  return true;
}

void OwnerClaim::end() noexcept {
  pthread_mutex_unlock(&held_);
}

}  // namespace heapreel::engine
