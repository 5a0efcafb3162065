// dlopen, for the one flag that leads a module past the hooks. What it means depends on who calls it (whose run path
// is searched), so the hook ends in a jump and leaves the caller's address where it was.
#include <dlfcn.h>

#include "hooks/base/export.h"
#include "hooks/base/next_definition.h"
#include "hooks/base/tail_call.h"
#include "hooks/load/deep_binding.h"

namespace {

constinit std::atomic<void* (*)(const char*, int)> next_dlopen = nullptr;

}  // namespace

extern "C" {

HEAPREEL_EXPORT void* dlopen(const char* file, int mode) noexcept {
  void* (*const next)(const char*, int) = heapreel::hooks::next_definition(next_dlopen, "dlopen");
  if (next == nullptr) return nullptr;  // a program without a loader has nothing to load with
  if ((mode & RTLD_DEEPBIND) != 0) heapreel::hooks::lead_deep_binding_to_hooks();
  HEAPREEL_TAIL_CALL next(file, mode);
}

}  // extern "C"
