#include "hooks/backend/mimalloc_functions.h"

#include "hooks/base/loaded_modules.h"
#include "hooks/base/message.h"

namespace heapreel::hooks::backend {
namespace {

// Looks for the functions, and then calls the one that was found in its place.
template <auto& kFunction>
struct FirstCall;
template <class Result, class... Arguments, MimallocFunction<Result(Arguments...)>& kFunction>
struct FirstCall<kFunction> {
  [[gnu::cold, gnu::noinline]] static Result call(Arguments... arguments) {
    find_mimalloc();
    return kFunction(arguments...);
  }
};

// `linked` is the function that the linker chose. In a program that has the hooks and mimalloc linked into it, there is
// no other.
void find(auto& function, const char* name, void* linked) {
  void* const found = definition_after_own(name).address;
  if (found == nullptr && linked == nullptr) die("the libmimalloc that is loaded lacks a function that heapreel needs");
  function.set(found != nullptr ? found : linked);
}

}  // namespace

#define HEAPREEL_DEFINE(name, ...) \
  constinit MimallocFunction<__VA_ARGS__> mimalloc_##name{FirstCall<mimalloc_##name>::call};
HEAPREEL_DEFINE(malloc, void*(size_t))
HEAPREEL_DEFINE(zalloc, void*(size_t))
HEAPREEL_DEFINE(free, void(void*))
HEAPREEL_DEFINE(malloc_aligned_at, void*(size_t, size_t, size_t))
HEAPREEL_DEFINE(expand, void*(void*, size_t))
HEAPREEL_DEFINE(usable_size, size_t(const void*))
HEAPREEL_DEFINE(good_size, size_t(size_t))
HEAPREEL_DEFINE(is_in_heap_region, bool(const void*))
HEAPREEL_DEFINE(version, int())
HEAPREEL_DEFINE(register_error, void(mi_error_fun*, void*))
#undef HEAPREEL_DEFINE

void find_mimalloc() noexcept {
#define HEAPREEL_FIND(name) find(mimalloc_##name, "mi_" #name, reinterpret_cast<void*>(mi_##name));
  HEAPREEL_FIND(malloc)
  HEAPREEL_FIND(zalloc)
  HEAPREEL_FIND(free)
  HEAPREEL_FIND(malloc_aligned_at)
  HEAPREEL_FIND(expand)
  HEAPREEL_FIND(usable_size)
  HEAPREEL_FIND(good_size)
  HEAPREEL_FIND(is_in_heap_region)
  HEAPREEL_FIND(version)
  HEAPREEL_FIND(register_error)
#undef HEAPREEL_FIND
}

void* in_mimalloc(const char* name) noexcept {
  return definition_after_own(name).address;
}

}  // namespace heapreel::hooks::backend
