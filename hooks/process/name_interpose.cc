// Hooks of the calls by which a thread names itself. The recorder is told at once, because the thread may be gone
// before anybody else can look.
#include <pthread.h>

#include <cerrno>

#include "engine/record/recorder.h"
#include "hooks/base/export.h"
#include "hooks/base/next_definition.h"

namespace {

constinit std::atomic<int (*)(pthread_t, const char*)> next_setname = nullptr;

}  // namespace

extern "C" {

HEAPREEL_EXPORT int pthread_setname_np(pthread_t thread, const char* name) noexcept {
  const auto next = heapreel::hooks::next_definition(next_setname, "pthread_setname_np");
  if (next == nullptr) return ENOSYS;
  const int error = next(thread, name);
  if (error == 0 && pthread_equal(thread, pthread_self())) heapreel::engine::note_thread_name(name);
  return error;
}

}  // extern "C"
