// From an address to a BlockId, for the large blocks of domain 0, which are few: a hash table without locks. Its size
// follows from how many such blocks live at once, and not from where they lie.
//
// An address may be in any of a few neighbouring cells, in each of a few tables, of which each is larger than the one
// before. A search looks at all of these, so that a cell is free again as soon as its block is gone, and nothing is
// ever moved.
//
// Between malloc(p) and free(p) only the block's owner touches the cell of p.
//
// Sync edges:
//   [large.cell]   Cell::address: release in remove -> acquire in put. Carries the id, which is 0 then.
//   [large.table]  tables_: release in put -> acquire in table. Carries the zeroed cells.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "engine/ring/event.h"

namespace heapreel::engine {

class LargeBlocks {
 public:
  // Sets the id of `address`, which is not 0. `before` becomes the id that was there, or 0. False when memory is spent.
  bool put(uintptr_t address, BlockId id, BlockId* before);
  // Removes `address` and returns the id that was there, or 0.
  BlockId remove(uintptr_t address);
  // Removes every block that begins in [begin, end) and calls visit(address, id) for each. Looks at all tables.
  template <class Visit>
  void remove_range(uintptr_t begin, uintptr_t end, Visit&& visit);
  // Calls `visit(address)` for every block that begins in [begin, end). It may miss blocks that come or go meanwhile.
  template <class Visit>
  void for_each(uintptr_t begin, uintptr_t end, Visit&& visit) const;
  // Bytes of its tables, all of which count in the arena's account.
  size_t bytes() const;
  // Forgets every block and keeps the address space. Only when no hook can be using the table. False when a table lies
  // outside of the arena: then the rest is left as it is.
  bool clear();

 private:
  struct Cell {
    std::atomic<uintptr_t> address;  // 0: free
    std::atomic<BlockId> id;
    uint32_t unused;
  };
  static constexpr uint32_t kWindow = 8;  // cells that an address may be in: two cache lines
  static constexpr uint32_t kTables = 8;
  static constexpr uint32_t kFirstCells = 256;
  static constexpr uint32_t kGrowthBits = 2;

  static constexpr size_t cells_of(uint32_t table) { return size_t{kFirstCells} << (table * kGrowthBits); }
  // The first of the cells where the address may be.
  static Cell* window(Cell* cells, uint32_t table, uintptr_t address) {
    const uint64_t hash = (address >> 4) * 0x9e3779b97f4a7c15;
    return cells + (hash >> 20) % (cells_of(table) / kWindow) * kWindow;
  }
  Cell* table(uint32_t index) const {
    // [large.table] acquire
    return tables_[index].load(std::memory_order_acquire);
  }
  Cell* make_table(uint32_t index);
  // The cell that holds the address; null when none does, and when the address is 0.
  Cell* find(uintptr_t address) const;

  std::atomic<Cell*> tables_[kTables] = {};
};

template <class Visit>
void LargeBlocks::for_each(uintptr_t begin, uintptr_t end, Visit&& visit) const {
  for (uint32_t index = 0; index < kTables; ++index) {
    const Cell* cells = table(index);
    if (cells == nullptr) return;
    for (size_t at = 0; at < cells_of(index); ++at) {
      // relaxed: only compared
      const uintptr_t address = cells[at].address.load(std::memory_order_relaxed);
      if (address != 0 && address >= begin && address < end) visit(address);
    }
  }
}

// The addresses in the range belong to the caller, which gives up its blocks.
template <class Visit>
void LargeBlocks::remove_range(uintptr_t begin, uintptr_t end, Visit&& visit) {
  for_each(begin, end, [this, &visit](uintptr_t address) {
    if (const BlockId id = remove(address); id != 0) visit(address, id);
  });
}

}  // namespace heapreel::engine
