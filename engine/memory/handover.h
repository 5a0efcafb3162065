// A stack of values that one thread or process gives away and another one takes: leases of block numbers, free
// segments, places for maps. It lies in shared memory and has no locks. A wild write of the program may damage it, so
// that every place in it is a number that is compared with a bound before it is used. Such a write can lose values, but
// nobody follows a pointer because of it, loops, or touches memory outside of the table.
//
// Zeroed memory is an empty stack. It is never constructed, because that would touch all of it. Any thread of any
// process.
//
// It has two lists of cells: those that hold a value, and those that do not. The upper half of a list's word counts how
// often the list was changed, so that a thread notices when a cell was taken and put back meanwhile.
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
  // False when there is no room: then the value still belongs to the caller.
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

  // Takes the value that was put last. False when there is none.
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
      // relaxed: another thread may have taken the cell meanwhile; then the exchange fails, because the list was
      // changed
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
