#include "hooks/foreign_block.h"

#include <dlfcn.h>
#include <unistd.h>

#include "engine/recorder.h"
#include "hooks/message.h"

namespace heapreel::hooks::foreign_block {
namespace {

// The C library's own function of that name. Its __libc_* aliases will not do: libmimalloc defines them as
// well.
template <class Function>
[[gnu::cold]] Function* in_c_library(const char* name) {
  void* const libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  void* const symbol = libc != nullptr ? dlsym(libc, name) : nullptr;
  if (symbol == nullptr) die("a block of the C library's heap came back, and libc.so.6 is not loaded");
  return reinterpret_cast<Function*>(symbol);
}

}  // namespace

[[gnu::cold]] bool contains(const void* p) noexcept {
  return p < sbrk(0);  // an increment of 0 is no system call
}

[[gnu::cold]] void release(void* p) noexcept {
  in_c_library<void(void*)>("free")(p);
}

[[gnu::cold]] size_t usable_size(void* p) noexcept {
  return in_c_library<size_t(void*)>("malloc_usable_size")(p);
}

[[gnu::cold]] void* reallocate(void* p, size_t n, const engine::WalkStart* walk) noexcept {
  const auto next = in_c_library<void*(void*, size_t)>("realloc");
  if (walk == nullptr) return next(p, n);
  if (n == 0) {
    engine::record_free(0, p);
    return next(p, 0);
  }
  const engine::ReallocTicket ticket = engine::record_realloc_begin(0, p);
  void* const q = next(p, n);
  engine::record_realloc_end(0, ticket, p, q, n, *walk);
  return q;
}

}  // namespace heapreel::hooks::foreign_block
