// A hook of dlopen, for two things: the flag RTLD_DEEPBIND, with which a module would not find heapreel's malloc, and
// names that are relative to the current directory. The loader searches the run path of the caller, which it knows by
// the return address. So the hook ends in a jump, which leaves that address as it was.
#include <dlfcn.h>

#include "engine/tracer/tracer.h"
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
  heapreel::engine::module_will_load(file);
  HEAPREEL_TAIL_CALL next(file, mode);
}

}  // extern "C"
