// Values that one process or thread has no use for and another one has: leases of block numbers, free segments, places
// for maps. A stack without locks in shared memory. What stands there may be damaged by a program's wild write, so that
// every place is a number that is compared with the bound before it is used: such a write costs values, and makes
// nobody follow a pointer, loop, or touch memory outside of the table.
//
// Zeroed memory is an empty one; it is never constructed, which would touch all of it. Any thread of any process.
//
// Two lists of cells, those that hold a value and those that do not. The upper half of a list's word counts how often it
// was changed, so that a cell which was taken and put back meanwhile is noticed.
//
// Sync edges:
//   [handover.list]  full_, empty_: release in add -> acquire in take_from. Carries the cell; the exchanges in between
//                    continue the release.
#pragma once

#include <atomic>
#include <cstdint>

namespace heapreel::engine {

template <class T, uint32_t kMost>
class Handover {
 public:
  // False when there is no room: the value is still the caller's.
  bool put(const T& value) {
    uint32_t cell = take_from(empty_);
    if (cell == 0) cell = fresh_cell();
    if (cell == 0) return false;
    cells_[cell - 1].value = value;
    // relaxed: a level; it may run ahead of the list by one
    count_.fetch_add(1, std::memory_order_relaxed);
    add(full_, cell);
    return true;
  }

  // The value that was put there last; false when there is none.
  bool take(T& value) {
    const uint32_t cell = take_from(full_);
    if (cell == 0) return false;
    // relaxed: as above
    count_.fetch_sub(1, std::memory_order_relaxed);
    value = cells_[cell - 1].value;
    add(empty_, cell);
    return true;
  }

  uint32_t count() const {
    // relaxed: a level
    const uint32_t count = count_.load(std::memory_order_relaxed);
    return count <= kMost ? count : 0;  // a taker may be ahead of it
  }

 private:
  struct Cell {
    std::atomic<uint32_t> next;  // number of a cell, from 1; 0: the list ends
    T value;
  };

  // 0 when the list is empty.
  uint32_t take_from(std::atomic<uint64_t>& list) {
    // [handover.list] acquire
    uint64_t seen = list.load(std::memory_order_acquire);
    for (;;) {
      const auto first = static_cast<uint32_t>(seen);
      if (first == 0 || first > kMost) return 0;
      // relaxed: another thread may have taken the cell meanwhile; then the exchange fails, because the list was changed
      const uint32_t next = cells_[first - 1].next.load(std::memory_order_relaxed);
      const uint64_t rest = ((seen >> 32) + 1) << 32 | next;
      // [handover.list] acq_rel; acquire on failure, too
      if (list.compare_exchange_weak(seen, rest, std::memory_order_acq_rel, std::memory_order_acquire)) return first;
    }
  }

  void add(std::atomic<uint64_t>& list, uint32_t cell) {
    // relaxed: what follows from it is checked by the exchange
    uint64_t seen = list.load(std::memory_order_relaxed);
    uint64_t longer = 0;
    do {
      // relaxed: published by the exchange
      cells_[cell - 1].next.store(static_cast<uint32_t>(seen), std::memory_order_relaxed);
      longer = ((seen >> 32) + 1) << 32 | cell;
      // [handover.list] acq_rel; relaxed on failure: tried again
    } while (!list.compare_exchange_weak(seen, longer, std::memory_order_acq_rel, std::memory_order_relaxed));
  }

  uint32_t fresh_cell() {
    // relaxed: hands out cells
    const uint32_t made = made_.load(std::memory_order_relaxed);
    if (made >= kMost) return 0;
    // relaxed: as above
    const uint32_t cell = made_.fetch_add(1, std::memory_order_relaxed);
    return cell < kMost ? cell + 1 : 0;
  }

  std::atomic<uint64_t> full_;   // how often changed | first cell
  std::atomic<uint64_t> empty_;  // the same
  std::atomic<uint32_t> count_;  // of values
  std::atomic<uint32_t> made_;   // cells ever used
  Cell cells_[kMost];
};

}  // namespace heapreel::engine
