// libunwind as the judge of our walks.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <vector>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "engine/unwind/frame_pc.h"
#include "engine/unwind/stack_walker.h"

namespace heapreel::engine {

// Its slow, uncached walk: the cached one keeps rules of libraries that are gone.
[[gnu::noinline]] inline std::vector<uintptr_t> oracle_backtrace() {
  unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_NONE);
  std::vector<uintptr_t> pcs;
  unw_context_t context;
  unw_cursor_t cursor;
  unw_getcontext(&context);
  unw_init_local(&cursor, &context);
  while (pcs.size() < 4096 && unw_step(&cursor) > 0) {
    unw_word_t pc = 0;
    unw_get_reg(&cursor, UNW_REG_IP, &pc);
    if (pc == 0) break;
    pcs.push_back(pc);
  }
  // On aarch64 it does not see that makecontext's first frame is the last: it finds it twice.
  if (pcs.size() > 1 && pcs.back() == pcs[pcs.size() - 2]) pcs.pop_back();
  return pcs;
}

// A walker in zeroed pages of its own, as the engine supplies it.
class WalkerMemory {
 public:
  WalkerMemory()
      : walker_(static_cast<StackWalker*>(
            mmap(nullptr, sizeof(StackWalker), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {}
  ~WalkerMemory() { munmap(walker_, sizeof(StackWalker)); }
  WalkerMemory(const WalkerMemory&) = delete;
  WalkerMemory& operator=(const WalkerMemory&) = delete;
  StackWalker* operator->() const { return walker_; }

 private:
  StackWalker* walker_;
};

struct Capture {
  WalkResult result;
  std::vector<uintptr_t> stored;
  std::vector<uintptr_t> expected;  // the oracle's, from the same frame on

  std::vector<uintptr_t> addresses() const {
    std::vector<uintptr_t> plain(stored.size());
    std::transform(stored.begin(), stored.end(), plain.begin(), frame_pc::address);
    return plain;
  }
};

inline thread_local WalkerMemory* t_walker = nullptr;  // tests that need another walker set it

// The stack of the caller, by us and by libunwind.
[[gnu::noinline]] inline Capture capture(uint32_t limit = StackWalker::kMaxLimit) {
  static thread_local WalkerMemory own;
  WalkerMemory& walker = t_walker != nullptr ? *t_walker : own;
  Capture capture;
  capture.stored.resize(limit);
  const WalkStart start = HEAPREEL_WALK_START();
  capture.result = walker->walk(start, limit, capture.stored.data());
  capture.stored.resize(capture.result.depth);
  capture.expected = oracle_backtrace();
  const auto first = std::find(capture.expected.begin(), capture.expected.end(), start.pc);
  capture.expected.erase(capture.expected.begin(), first);
  return capture;
}

inline void expect_exact(const Capture& capture) {
  EXPECT_TRUE(capture.result.reached_bottom);
  EXPECT_FALSE(capture.result.approximate);
  EXPECT_EQ(capture.addresses(), capture.expected);
}

}  // namespace heapreel::engine
