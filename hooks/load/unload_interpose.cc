// Hooks of the two calls by which a module is unloaded: dlclose, and __cxa_finalize, which every module calls when it
// goes, also when the C library unloads one by itself (character-set converters). The tracer is told before and after,
// because a stack walk in between may remember something of the module that is about to go.
#include <dlfcn.h>

#include "engine/tracer/tracer.h"
#include "hooks/base/export.h"
#include "hooks/base/next_definition.h"

namespace {

using heapreel::engine::module_may_have_unloaded;
using heapreel::hooks::next_definition;

constinit std::atomic<int (*)(void*)> next_dlclose = nullptr;
constinit std::atomic<void (*)(void*)> next_cxa_finalize = nullptr;

}  // namespace

extern "C" {

HEAPREEL_EXPORT int dlclose(void* handle) noexcept {
  const auto next = next_definition(next_dlclose, "dlclose");
  if (next == nullptr) return -1;  // a program without a loader has no module to close
  module_may_have_unloaded();
  const int result = next(handle);
  module_may_have_unloaded();
  return result;
}

HEAPREEL_EXPORT void __cxa_finalize(void* module) {
  const auto next = next_definition(next_cxa_finalize, "__cxa_finalize");
  if (next == nullptr) return;
  module_may_have_unloaded();
  next(module);
  module_may_have_unloaded();
}

}  // extern "C"
