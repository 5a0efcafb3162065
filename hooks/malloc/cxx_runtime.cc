#include "hooks/malloc/cxx_runtime.h"

#include <initializer_list>

#include "hooks/base/loaded_modules.h"
#include "hooks/base/message.h"

namespace heapreel::hooks {

void* in_cxx_runtime(const char* symbol) noexcept {
  // The runtime is looked up by its name, not by RTLD_DEFAULT or RTLD_NEXT: it may be local to a dlopen'ed module,
  // and libmimalloc stands between us and it with an operator new that cannot throw.
  for (const char* const runtime : {"libstdc++.so.6", "libc++abi.so.1", "libc++.so.1"}) {
    if (void* const function = in_library(runtime, symbol)) return function;
  }
  die("operator new is out of memory, and no shared C++ runtime is loaded that could throw std::bad_alloc");
}

}  // namespace heapreel::hooks
