#include "engine/crosscheck/reference_unwinders.h"

#include <dlfcn.h>

#include <cstdint>

#include "hooks/base/message.h"
#include "hooks/process/reference_unwinders.h"

namespace heapreel::hooks {
namespace {

// As in <unwind.h>. That header is not used, because it declares functions that would have to be linked. These
// libraries are only loaded, and for nobody but us (RTLD_LOCAL): otherwise libunwind would replace the program's own
// backtrace().
using UnwindStep = int (*)(void* context, void* argument);
constexpr int kGoOn = 0;    // _URC_NO_REASON
constexpr int kEnough = 5;  // _URC_END_OF_STACK
using UnwindBacktrace = int(UnwindStep step, void* argument);
using UnwindAddress = uintptr_t(void* context);
constinit UnwindBacktrace* unwind_backtrace = nullptr;
constinit UnwindAddress* unwind_address = nullptr;

struct Frames {
  void** pcs;
  int count;
  int capacity;
};

int add_frame(void* context, void* argument) {
  auto* const frames = static_cast<Frames*>(argument);
  if (frames->count == frames->capacity) return kEnough;
  frames->pcs[frames->count++] = reinterpret_cast<void*>(unwind_address(context));
  return kGoOn;
}

int libgcc_backtrace(void** pcs, int capacity) {
  Frames frames{pcs, 0, capacity};
  unwind_backtrace(add_frame, &frames);
  return frames.count;
}

template <class Function>
bool find(void* library, const char* name, Function*& function) {
  function = library != nullptr ? reinterpret_cast<Function*>(dlsym(library, name)) : nullptr;
  return function != nullptr;
}

}  // namespace

void load_reference_unwinders() noexcept {
  engine::ReferenceUnwinders unwinders;
  if (!find(dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL), "unw_backtrace", unwinders.libunwind)) {
    return say("crosscheck_stacks: libunwind.so.8 cannot be loaded; stacks are not compared");
  }
  void* const libgcc = dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_LOCAL);
  if (find(libgcc, "_Unwind_Backtrace", unwind_backtrace) && find(libgcc, "_Unwind_GetIP", unwind_address)) {
    unwinders.libgcc = libgcc_backtrace;
  }
  // They set something up at their first call, which should not happen inside a hook.
  void* frame[1];
  unwinders.libunwind(frame, 1);
  if (unwinders.libgcc != nullptr) unwinders.libgcc(frame, 1);
  engine::use_reference_unwinders(unwinders);
}

}  // namespace heapreel::hooks
