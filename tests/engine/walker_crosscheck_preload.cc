// A preload library that walks the stack of every malloc, calloc and realloc of a program twice, with our
// walker and with libunwind's cached unw_backtrace, and counts where they differ. The counts are written at
// the end of the process to the file named by WALKER_CROSSCHECK_REPORT (with the process id appended), one
// "name value" a line.
//
// WALKER_CROSSCHECK_EVERY=n checks every n-th call; WALKER_CROSSCHECK_PRINT=n prints the first n walks that
// differ or are approximate.
#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "engine/frame_pc.h"
#include "engine/module_table.h"
#include "engine/stack_hash.h"
#include "engine/stack_walker.h"

extern "C" {
void* __libc_malloc(size_t);
void* __libc_calloc(size_t, size_t);
void* __libc_realloc(void*, size_t);
}

namespace heapreel::engine {
namespace {

constexpr uint32_t kLimit = 1024;

// Sync edges: none. Statistics of finished checks, read at exit; every access is relaxed for that reason.
struct Counts {
  std::atomic<uint64_t> calls, captures, frames, mismatches, approximate, unfinished, hash_errors, max_depth;
};
constinit Counts g_counts{};
constinit std::atomic<int64_t> g_prints{0};
constinit std::atomic<uint64_t> g_every{1};

struct Buffers {
  StackWalker walker;
  uintptr_t ours[kLimit];
  void* theirs[kLimit + 64];
};

[[gnu::tls_model("initial-exec")]] thread_local Buffers* t_buffers = nullptr;
[[gnu::tls_model("initial-exec")]] thread_local bool t_inside = false;

void print_difference(const Buffers& buffers, const WalkResult& result, const void* const* theirs, int count) {
  const auto print_frame = [](const char* who, uintptr_t pc) {
    dl_find_object found;
    const bool in_module = _dl_find_object(reinterpret_cast<void*>(pc), &found) == 0;
    const char* const name = in_module ? found.dlfo_link_map->l_name : "?";
    const uintptr_t offset = in_module ? pc - found.dlfo_link_map->l_addr : pc;
    dprintf(2, "  %s %lx %s+%lx\n", who, pc, name, offset);
  };
  dprintf(2, "difference: ours %u theirs %d bottom %d approximate %d\n", result.depth, count, result.reached_bottom,
          result.approximate);
  for (uint32_t i = 0; i < result.depth; ++i) print_frame("ours", buffers.ours[i]);
  for (int i = 0; i < count; ++i) print_frame("theirs", reinterpret_cast<uintptr_t>(theirs[i]));
}

[[gnu::noinline]] void check(const WalkStart& start) {
  const uint64_t call = g_counts.calls.fetch_add(1, std::memory_order_relaxed);
  if (t_inside || call % g_every.load(std::memory_order_relaxed) != 0) return;
  t_inside = true;
  if (t_buffers == nullptr) {
    t_buffers = static_cast<Buffers*>(
        mmap(nullptr, sizeof(Buffers), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  }
  Buffers& buffers = *t_buffers;
  const WalkResult result = buffers.walker.walk(start, kLimit, buffers.ours);
  int count = unw_backtrace(buffers.theirs, kLimit + 64);
  const void* const* theirs = buffers.theirs;
  while (count > 0 && reinterpret_cast<uintptr_t>(*theirs) != start.pc) {
    ++theirs;
    --count;
  }
  while (count > 0 && theirs[count - 1] == nullptr) --count;
  bool equal = count == static_cast<int>(result.depth);
  for (uint32_t i = 0; equal && i < result.depth; ++i) {
    equal = frame_pc::address(buffers.ours[i]) == reinterpret_cast<uintptr_t>(theirs[i]);
  }
  g_counts.captures.fetch_add(1, std::memory_order_relaxed);
  g_counts.frames.fetch_add(result.depth, std::memory_order_relaxed);
  g_counts.approximate.fetch_add(result.approximate, std::memory_order_relaxed);
  g_counts.unfinished.fetch_add(!result.reached_bottom, std::memory_order_relaxed);
  g_counts.hash_errors.fetch_add(result.hash != stack_hash::of(buffers.ours, result.depth), std::memory_order_relaxed);
  if (result.depth > g_counts.max_depth.load(std::memory_order_relaxed)) {
    g_counts.max_depth.store(result.depth, std::memory_order_relaxed);
  }
  if (!equal || result.approximate) {
    g_counts.mismatches.fetch_add(!equal, std::memory_order_relaxed);
    if (g_prints.fetch_sub(1, std::memory_order_relaxed) > 0) print_difference(buffers, result, theirs, count);
  }
  t_inside = false;
}

[[gnu::constructor]] void configure() {
  if (const char* every = getenv("WALKER_CROSSCHECK_EVERY")) {
    g_every.store(strtoull(every, nullptr, 10), std::memory_order_relaxed);
  }
  if (const char* prints = getenv("WALKER_CROSSCHECK_PRINT")) {
    g_prints.store(strtoll(prints, nullptr, 10), std::memory_order_relaxed);
  }
  void* const memory = mmap(nullptr, sizeof(ModuleTable), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ModuleTable::install(ModuleTable::at(memory));
}

[[gnu::destructor]] void report() {
  const char* const prefix = getenv("WALKER_CROSSCHECK_REPORT");
  if (prefix == nullptr) return;
  char path[4096];
  snprintf(path, sizeof path, "%s.%d", prefix, getpid());
  const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  const auto write_count = [file](const char* name, const std::atomic<uint64_t>& count) {
    dprintf(file, "%s %lu\n", name, count.load(std::memory_order_relaxed));
  };
  char program[4096] = {};
  if (readlink("/proc/self/exe", program, sizeof program - 1) > 0) dprintf(file, "program %s\n", program);
  write_count("calls", g_counts.calls);
  write_count("captures", g_counts.captures);
  write_count("frames", g_counts.frames);
  write_count("mismatches", g_counts.mismatches);
  write_count("approximate", g_counts.approximate);
  write_count("unfinished", g_counts.unfinished);
  write_count("hash_errors", g_counts.hash_errors);
  write_count("max_depth", g_counts.max_depth);
  dprintf(file, "modules %u\n", ModuleTable::installed()->count());
  close(file);
}

}  // namespace
}  // namespace heapreel::engine

#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED void* malloc(size_t size) {
  heapreel::engine::check(HEAPREEL_WALK_START());
  return __libc_malloc(size);
}
EXPORTED void* calloc(size_t count, size_t size) {
  heapreel::engine::check(HEAPREEL_WALK_START());
  return __libc_calloc(count, size);
}
EXPORTED void* realloc(void* block, size_t size) {
  heapreel::engine::check(HEAPREEL_WALK_START());
  return __libc_realloc(block, size);
}

// The judge's cached rules survive an unload; ours must not, so the same events are given to the walker.
EXPORTED int dlclose(void* handle) {
  static const auto next = reinterpret_cast<int (*)(void*)>(dlsym(RTLD_NEXT, "dlclose"));
  const int result = next(handle);
  heapreel::engine::ModuleTable::bump_generation();
  return result;
}
