// A hook of dlsym, because most games fetch the functions that show a picture by it, themselves or through SDL. What
// RTLD_NEXT means depends on the caller. So a look-up that is not for one library ends in a jump to the real dlsym,
// which sees the caller's return address unchanged.
#include <dlfcn.h>

#include "hooks/base/export.h"
#include "hooks/base/next_definition.h"
#include "hooks/base/tail_call.h"
#include "hooks/game_frame/present_hooks.h"

namespace {

constinit std::atomic<void* (*)(void*, const char*)> next_dlsym = nullptr;

bool is_library(const void* handle) {
  return handle != RTLD_DEFAULT && handle != RTLD_NEXT;
}

}  // namespace

extern "C" {

HEAPREEL_EXPORT void* dlsym(void* __restrict handle, const char* __restrict name) noexcept {
  void* (*const next)(void*, const char*) = heapreel::hooks::next_definition(next_dlsym, "dlsym");
  if (next == nullptr) return nullptr;  // a program without a loader has nothing to look up
  if (is_library(handle)) return heapreel::hooks::hooked_by_name(name, next(handle, name));
  HEAPREEL_TAIL_CALL next(handle, name);
}

}  // extern "C"
