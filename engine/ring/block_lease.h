// BlockIds are leased to threads page-wise: a lease is one record page with the slots of it that are free.
#pragma once

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

// The lease a thread is using up.
class LeasedBlocks {
 public:
  // 0 when the lease is used up: renew() it.
  BlockId take() {
    if (free_ == 0) [[unlikely]] {
      if (later_ == 0) return 0;
      free_ = later_;
      later_ = 0;
      base_ += 64;
    }
    return take_one();
  }

  // Whether take_one() may be called; when not, take() may still find some.
  bool has_one() const { return free_ != 0; }
  BlockId take_one() {
    // Not std::countr_zero: it spends four instructions on 0.
    const BlockId id = base_ + static_cast<BlockId>(__builtin_ctzll(free_));
    free_ &= free_ - 1;
    return id;
  }

  // `id`, taken just now, was not used.
  void give_back(BlockId id) { free_ |= uint64_t{1} << (id - base_); }

  void renew(const BlockLease& lease) {
    base_ = lease.page << kPageShift;
    free_ = lease.free[0];
    later_ = lease.free[1];
  }
  void drop() { free_ = later_ = 0; }

 private:
  BlockId base_ = 0;
  uint64_t free_ = 0;   // slots base_ .. base_ + 63
  uint64_t later_ = 0;  // slots base_ + 64 .., not begun
};

}  // namespace heapreel::engine
