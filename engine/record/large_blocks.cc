#include "engine/record/large_blocks.h"

#include "engine/memory/arena.h"

namespace heapreel::engine {

LargeBlocks::Cell* LargeBlocks::make_table(uint32_t index) {
  auto* fresh = static_cast<Cell*>(Arena::reserve(cells_of(index) * sizeof(Cell)));
  if (fresh == nullptr) return nullptr;
  Cell* seen = nullptr;
  // [large.table] release; acquire when another thread was first: its table is used, ours stays empty
  if (!tables_[index].compare_exchange_strong(seen, fresh, std::memory_order_acq_rel, std::memory_order_acquire))
    return seen;
  Arena::account(static_cast<ptrdiff_t>(cells_of(index) * sizeof(Cell)));
  return fresh;
}

LargeBlocks::Cell* LargeBlocks::find(uintptr_t address) const {
  if (address == 0) return nullptr;
  for (uint32_t index = 0; index < kTables; ++index) {
    Cell* cells = table(index);
    if (cells == nullptr) return nullptr;
    Cell* const first = window(cells, index, address);
    for (Cell* cell = first; cell < first + kWindow; ++cell) {
      // relaxed: only this address's owner puts it there or takes it away
      if (cell->address.load(std::memory_order_relaxed) == address) return cell;
    }
  }
  return nullptr;
}

bool LargeBlocks::put(uintptr_t address, BlockId id, BlockId* before) {
  *before = 0;
  if (Cell* known = find(address); known != nullptr) {
    // relaxed: between malloc and free of the address only its owner touches its cell
    *before = known->id.exchange(id, std::memory_order_relaxed);
    return true;
  }
  for (uint32_t index = 0; index < kTables; ++index) {
    Cell* cells = table(index);
    if (cells == nullptr) cells = make_table(index);
    if (cells == nullptr) return false;
    Cell* const first = window(cells, index, address);
    for (Cell* cell = first; cell < first + kWindow; ++cell) {
      uintptr_t free = 0;
      // [large.cell] acquire; relaxed on failure: another block's
      if (!cell->address.compare_exchange_strong(free, address, std::memory_order_acquire, std::memory_order_relaxed))
        continue;
      // relaxed: as above
      cell->id.store(id, std::memory_order_relaxed);
      return true;
    }
  }
  return false;
}

BlockId LargeBlocks::remove(uintptr_t address) {
  Cell* cell = find(address);
  if (cell == nullptr) return 0;
  // relaxed: between malloc and free of the address only its owner touches its cell
  const BlockId id = cell->id.exchange(0, std::memory_order_relaxed);
  // [large.cell] release
  cell->address.store(0, std::memory_order_release);
  return id;
}

size_t LargeBlocks::bytes() const {
  size_t bytes = 0;
  for (uint32_t index = 0; index < kTables; ++index) {
    if (table(index) != nullptr) bytes += cells_of(index) * sizeof(Cell);
  }
  return bytes;
}

bool LargeBlocks::clear() {
  for (uint32_t index = 0; index < kTables; ++index) {
    Cell* cells = table(index);
    if (cells == nullptr) return true;
    if (!Arena::holds(cells, cells_of(index))) return false;
    Arena::release(cells, cells_of(index) * sizeof(Cell));
  }
  return true;
}

}  // namespace heapreel::engine
