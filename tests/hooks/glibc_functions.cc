#include "tests/hooks/glibc_functions.h"

#include <dlfcn.h>
#include <malloc.h>

#include <cerrno>
#include <cstdlib>
#include <stdexcept>

namespace heapreel::testing {
namespace {

template <class Function>
void look_up(void* library, Function*& function, const char* name) {
  function = reinterpret_cast<Function*>(dlsym(library, name));
  if (function == nullptr) throw std::runtime_error(name);
}

// As documented. The library's own calls realloc through the PLT, that is, the interposed one.
void* reallocarray_over_glibc(void* p, size_t count, size_t size) {
  size_t n;
  if (!__builtin_mul_overflow(count, size, &n)) return glibc().realloc(p, n);
  errno = ENOMEM;
  return nullptr;
}

AllocationFunctions find_in_libc() {
  // Through the library's own handle: by default the loader would find the interposed ones.
  void* const libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  AllocationFunctions found = {};
  look_up(libc, found.malloc, "malloc");
  look_up(libc, found.calloc, "calloc");
  look_up(libc, found.realloc, "realloc");
  found.reallocarray = reallocarray_over_glibc;
  look_up(libc, found.free, "free");
  look_up(libc, found.posix_memalign, "posix_memalign");
  look_up(libc, found.aligned_alloc, "aligned_alloc");
  look_up(libc, found.memalign, "memalign");
  look_up(libc, found.valloc, "valloc");
  look_up(libc, found.pvalloc, "pvalloc");
  look_up(libc, found.malloc_usable_size, "malloc_usable_size");
  return found;
}

}  // namespace

const AllocationFunctions& glibc() {
  static const AllocationFunctions functions = find_in_libc();
  return functions;
}

const AllocationFunctions& interposed() {
  static const AllocationFunctions functions = {::malloc, ::calloc,         ::realloc,           ::reallocarray,
                                                ::free,   ::posix_memalign, ::aligned_alloc,     ::memalign,
                                                ::valloc, ::pvalloc,        ::malloc_usable_size};
  return functions;
}

}  // namespace heapreel::testing
