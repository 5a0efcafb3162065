// What a program maps itself, past every allocator: mmap, munmap, mremap, brk and sbrk, recorded in domains of their own
// where `heapreel run --map-domain` asks for it. Otherwise a call goes straight on to the C library.
//
// A bare system call is not seen, nor what the C library maps for itself (its malloc, the stacks of threads, libraries that
// are loaded). What mimalloc maps, and the tracer, is passed over: mimalloc's blocks are in the record.
//
// These run before main, within dlopen, in signal handlers and in vfork children: no loader's lock, no allocation. Only the
// report of a call is made under a lock (mappings.h).
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "engine/record/mappings.h"
#include "engine/tracer/tracer.h"
#include "hooks/base/export.h"
#include "hooks/base/loaded_modules.h"
#include "hooks/base/next_definition.h"

namespace heapreel::hooks {
namespace {

using engine::DomainIndex;
using engine::MappingHold;
using engine::WalkStart;

constinit std::atomic<void* (*)(void*, size_t, int, int, int, off_t)> next_mmap = nullptr;
constinit std::atomic<int (*)(void*, size_t)> next_munmap = nullptr;
constinit std::atomic<void* (*)(void*, size_t, size_t, int, void*)> next_mremap = nullptr;
constinit std::atomic<int (*)(void*)> next_brk = nullptr;
constinit std::atomic<void* (*)(intptr_t)> next_sbrk = nullptr;

// The code of the tracer and of mimalloc, whose own mappings are no program's.
struct KnownCode {
  ModuleCode own, mimalloc;
};
constinit std::atomic<bool> g_knows_code = false;
constinit KnownCode g_code = {};

bool lies_in(const ModuleCode& code, uintptr_t pc) {
  return pc - code.begin < code.bytes;
}

// Threads that race to find it store the same.
void find_code() {
  if (const link_map* const own = own_module(); own != nullptr) g_code.own = code_of(*own);
  constexpr char kMimalloc[] = "libmimalloc";
  for (const link_map* module = first_module(); module != nullptr; module = module->l_next) {
    if (std::strncmp(file_name(module->l_name), kMimalloc, sizeof kMimalloc - 1) == 0)
      g_code.mimalloc = code_of(*module);
  }
  g_knows_code.store(true, std::memory_order_release);
}

// Before main, while there is one thread.
[[gnu::constructor]] void find_code_early() {
  find_code();
  next_definition(next_mmap, "mmap");
  next_definition(next_munmap, "munmap");
  next_definition(next_mremap, "mremap");
  next_definition(next_brk, "brk");
  next_definition(next_sbrk, "sbrk");
}

bool is_recorded(const void* return_address) {
  if (!engine::records_mappings()) return false;
  if (!g_knows_code.load(std::memory_order_acquire)) return false;
  const auto pc = reinterpret_cast<uintptr_t>(return_address);
  return !lies_in(g_code.own, pc) && !lies_in(g_code.mimalloc, pc);
}

// To be asked for under a MappingHold: a signal handler that maps would otherwise wait for the lock of names that its own
// thread holds. Blocks of any alignment lie in a table by address: there are few, far from one another.
DomainIndex domain_of(int protection) {
  return engine::register_domain(protection == PROT_NONE ? "mmap-reserved" : "mmap", 1);
}
DomainIndex domain_of_break() {
  return engine::register_domain("brk", 1);
}

uintptr_t rounded(size_t bytes) {
  static const size_t kPage = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + kPage - 1) & ~(kPage - 1);
}

// The end of a mapping at `begin`, which the system made or took.
uintptr_t end_of(uintptr_t begin, size_t bytes) {
  return begin + rounded(bytes);
}

uintptr_t number(const void* p) {
  return reinterpret_cast<uintptr_t>(p);
}

void* call_mmap(void* address, size_t bytes, int protection, int flags, int fd, off_t offset) {
  const auto next = next_definition(next_mmap, "mmap");
  if (next != nullptr) return next(address, bytes, protection, flags, fd, offset);
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, bytes, protection, flags, fd, offset));
}

int call_munmap(void* address, size_t bytes) {
  const auto next = next_definition(next_munmap, "munmap");
  return next != nullptr ? next(address, bytes) : static_cast<int>(syscall(SYS_munmap, address, bytes));
}

void* call_mremap(void* address, size_t old_bytes, size_t bytes, int flags, void* wanted) {
  const auto next = next_definition(next_mremap, "mremap");
  if (next != nullptr) return next(address, old_bytes, bytes, flags, wanted);
  return reinterpret_cast<void*>(syscall(SYS_mremap, address, old_bytes, bytes, flags, wanted));
}

// A call that replaces or moves what is mapped may fail when it has unmapped some of that already. And mremap moves a range
// with holes in it, since Linux 6.17. Asks the system, half by half, which pages are there.
void unmap_what_is_gone(MappingHold& hold, uintptr_t begin, uintptr_t end) {
  if (!hold.knows_any(begin, end)) return;
  if (msync(reinterpret_cast<void*>(begin), end - begin, MS_ASYNC) == 0 || errno != ENOMEM) return;
  const uintptr_t middle = begin + rounded((end - begin) / 2);
  if (middle == end) return hold.record_unmap(begin, end);
  unmap_what_is_gone(hold, begin, middle);
  unmap_what_is_gone(hold, middle, end);
}

// For MAP_FIXED: one call of the system makes the new mapping and removes what was mapped there.
void* map_over(void* address, size_t bytes, int protection, int flags, int fd, off_t offset, const WalkStart& caller) {
  MappingHold hold;
  void* const got = call_mmap(address, bytes, protection, flags, fd, offset);
  if (!hold.held()) return got;
  const int saved_errno = errno;
  if (got == MAP_FAILED) {
    unmap_what_is_gone(hold, number(address), end_of(number(address), bytes));
  } else {
    hold.record_map(domain_of(protection), number(got), end_of(number(got), bytes), caller);
  }
  errno = saved_errno;
  return got;
}

void* map(void* address, size_t bytes, int protection, int flags, int fd, off_t offset, const WalkStart& caller,
          const void* return_address) {
  if (!is_recorded(return_address)) return call_mmap(address, bytes, protection, flags, fd, offset);
  if ((flags & MAP_FIXED) != 0) return map_over(address, bytes, protection, flags, fd, offset, caller);
  // It may take long, and nobody else is given these addresses before they are unmapped again.
  void* const got = call_mmap(address, bytes, protection, flags, fd, offset);
  if (got == MAP_FAILED) return got;
  const int saved_errno = errno;
  MappingHold hold;
  if (hold.held()) hold.record_map(domain_of(protection), number(got), end_of(number(got), bytes), caller);
  errno = saved_errno;
  return got;
}

int unmap(void* address, size_t bytes, const void* return_address) {
  if (!is_recorded(return_address)) return call_munmap(address, bytes);
  MappingHold hold;
  const int result = call_munmap(address, bytes);
  if (result == 0 && hold.held()) {
    const int saved_errno = errno;
    hold.record_unmap(number(address), end_of(number(address), bytes));
    errno = saved_errno;
  }
  return result;
}

void* remap(void* address, size_t old_bytes, size_t bytes, int flags, void* wanted, const WalkStart& caller,
            const void* return_address) {
  if (!is_recorded(return_address)) return call_mremap(address, old_bytes, bytes, flags, wanted);
  MappingHold hold;
  void* const got = call_mremap(address, old_bytes, bytes, flags, wanted);
  if (!hold.held()) return got;
  const int saved_errno = errno;
  const DomainIndex domain = domain_of(PROT_READ);
  constexpr int kDontUnmap = 4;  // MREMAP_DONTUNMAP
  const uintptr_t begin = number(got), end = end_of(begin, bytes);
  if (got == MAP_FAILED) {
    if ((flags & MREMAP_FIXED) != 0) unmap_what_is_gone(hold, number(wanted), end_of(number(wanted), bytes));
    unmap_what_is_gone(hold, number(address), end_of(number(address), old_bytes));
  } else if (old_bytes == 0 || (flags & kDontUnmap) != 0) {
    hold.record_map(domain, begin, end, caller);  // what was there stays
  } else {
    hold.record_remap(domain, number(address), end_of(number(address), old_bytes), begin, end, caller);
  }
  if (got != MAP_FAILED && got != address) unmap_what_is_gone(hold, begin, end);
  errno = saved_errno;
  return got;
}

void note_break(MappingHold& hold, uintptr_t before, uintptr_t now, const WalkStart& caller) {
  if (now > before) {
    hold.record_map(domain_of_break(), before, now, caller);
  } else if (now < before) {
    hold.record_unmap(now, before);
  }
}

int set_break(void* end, const WalkStart& caller, const void* return_address) {
  const auto next = next_definition(next_brk, "brk");
  if (next == nullptr) {
    errno = ENOSYS;
    return -1;
  }
  if (!is_recorded(return_address)) return next(end);
  MappingHold hold;
  const auto before = static_cast<uintptr_t>(syscall(SYS_brk, nullptr));
  const int result = next(end);
  if (result == 0 && hold.held()) {
    const int saved_errno = errno;
    note_break(hold, before, number(end), caller);
    errno = saved_errno;
  }
  return result;
}

void* move_break(intptr_t bytes, const WalkStart& caller, const void* return_address) {
  const auto next = next_definition(next_sbrk, "sbrk");
  if (next == nullptr) {
    errno = ENOSYS;
    return reinterpret_cast<void*>(-1);
  }
  if (bytes == 0 || !is_recorded(return_address)) return next(bytes);
  MappingHold hold;
  void* const before = next(bytes);
  if (before != reinterpret_cast<void*>(-1) && hold.held()) {
    const int saved_errno = errno;
    note_break(hold, number(before), number(before) + static_cast<uintptr_t>(bytes), caller);
    errno = saved_errno;
  }
  return before;
}

}  // namespace
}  // namespace heapreel::hooks

// Declared under other names: the C library's headers may have made one name of two, and mremap takes what it takes.
#define HEAPREEL_MAP_HOOK(name) __asm__(#name)

extern "C" {

HEAPREEL_EXPORT void* heapreel_hook_mmap(void* address, size_t bytes, int protection, int flags, int fd, off_t offset)
    HEAPREEL_MAP_HOOK(mmap);
HEAPREEL_EXPORT void* heapreel_hook_mmap64(void* address, size_t bytes, int protection, int flags, int fd, off_t offset)
    HEAPREEL_MAP_HOOK(mmap64);
HEAPREEL_EXPORT int heapreel_hook_munmap(void* address, size_t bytes) HEAPREEL_MAP_HOOK(munmap);
HEAPREEL_EXPORT void* heapreel_hook_mremap(void* address, size_t old_bytes, size_t bytes, int flags, ...)
    HEAPREEL_MAP_HOOK(mremap);
HEAPREEL_EXPORT int heapreel_hook_brk(void* end) HEAPREEL_MAP_HOOK(brk);
HEAPREEL_EXPORT void* heapreel_hook_sbrk(intptr_t bytes) HEAPREEL_MAP_HOOK(sbrk);

void* heapreel_hook_mmap(void* address, size_t bytes, int protection, int flags, int fd, off_t offset) {
  return heapreel::hooks::map(address, bytes, protection, flags, fd, offset, HEAPREEL_WALK_START(),
                              __builtin_return_address(0));
}
void* heapreel_hook_mmap64(void* address, size_t bytes, int protection, int flags, int fd, off_t offset) {
  return heapreel::hooks::map(address, bytes, protection, flags, fd, offset, HEAPREEL_WALK_START(),
                              __builtin_return_address(0));
}
int heapreel_hook_munmap(void* address, size_t bytes) {
  return heapreel::hooks::unmap(address, bytes, __builtin_return_address(0));
}
void* heapreel_hook_mremap(void* address, size_t old_bytes, size_t bytes, int flags, ...) {
  void* wanted = nullptr;
  if ((flags & (MREMAP_FIXED | 4)) != 0) {
    va_list words;
    va_start(words, flags);
    wanted = va_arg(words, void*);
    va_end(words);
  }
  return heapreel::hooks::remap(address, old_bytes, bytes, flags, wanted, HEAPREEL_WALK_START(),
                                __builtin_return_address(0));
}
int heapreel_hook_brk(void* end) {
  return heapreel::hooks::set_break(end, HEAPREEL_WALK_START(), __builtin_return_address(0));
}
void* heapreel_hook_sbrk(intptr_t bytes) {
  return heapreel::hooks::move_break(bytes, HEAPREEL_WALK_START(), __builtin_return_address(0));
}

}  // extern "C"

static_assert(sizeof(off_t) == 8, "one function serves both names");
