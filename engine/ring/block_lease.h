// Threads lease BlockIds by the page: a lease is one record page with its free slots.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/ring/event.h"

namespace heapreel::engine {

inline constexpr uint32_t kBlocksPerPage = 128;
inline constexpr int kPageShift = 7;

struct BlockLease {
  uint32_t generation = 0;
  uint32_t page = 0;
  uint64_t free[2] = {0, 0};
};

// The lease that a thread is using up. The thread may leave any of these functions in the middle and come back (a
// signal handler that jumps). That may lose ids, but none is given out twice, because `free_` is empty while `base_`
// changes.
class LeasedBlocks {
 public:
  // 0 when the lease is used up: renew() it.
  BlockId take() {
    if (free_ == 0) [[unlikely]] {
      if (later_ == 0) return 0;
      go_on_at(base_ + 64, later_, 0);
    }
    return take_one();
  }

  // Whether take_one() may be called. When not, take() may still find one.
  bool has_one() const { return free_ != 0; }
  BlockId take_one() {
    // Not std::countr_zero: it spends four instructions on 0.
    const BlockId id = base_ + static_cast<BlockId>(__builtin_ctzll(free_));
    free_ &= free_ - 1;
    return id;
  }

  // `id`, taken just now, was not used.
  void give_back(BlockId id) { free_ |= uint64_t{1} << (id - base_); }

  void renew(const BlockLease& lease) { go_on_at(lease.page << kPageShift, lease.free[0], lease.free[1]); }
  void drop() { free_ = later_ = 0; }

 private:
  void go_on_at(BlockId base, uint64_t free, uint64_t later) {
    drop();
    in_this_order();
    base_ = base;
    in_this_order();
    free_ = free;
    in_this_order();
    later_ = later;
  }
  // seq_cst: for the compiler and this thread's signal handlers only
  static void in_this_order() { std::atomic_signal_fence(std::memory_order_seq_cst); }

  BlockId base_ = 0;
  uint64_t free_ = 0;   // slots base_ .. base_ + 63
  uint64_t later_ = 0;  // slots base_ + 64 .., not begun
};

}  // namespace heapreel::engine
