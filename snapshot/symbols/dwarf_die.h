// Walks the tree of debugging entries (DIEs) safely. libdw's headers are included only here.
#pragma once

#include <dwarf.h>
#include <elfutils/libdw.h>

#include <cstdint>
#include <string>

namespace heapreel {

// Guards a walk over entries in the order of the file. Damaged links may lead back or round in circles: so every entry
// that does not come after the one before is refused, which bounds a walk by the size of its section.
class DieOrder {
 public:
  // Entries that are nested deeper count as damaged: compilers nest far fewer, and the stack has room for far more.
  static constexpr unsigned kMaxDepth = 1000;

  explicit DieOrder(const Dwarf_Die& root) : last_(root.addr) {}

  // Calls `visit` for the children of `parent` in their order, and stops at one that is out of order.
  template <class Visit>
  void for_each_child(Dwarf_Die parent, Visit visit) {
    Dwarf_Die child;
    for (int status = dwarf_child(&parent, &child); status == 0; status = dwarf_siblingof(&child, &child)) {
      if (child.addr <= last_) {
        damaged_ = true;
        return;
      }
      last_ = child.addr;
      visit(child);
    }
  }

  void mark_damaged() { damaged_ = true; }
  bool damaged() const { return damaged_; }

 private:
  const void* last_;
  bool damaged_ = false;
};

// Calls `visit(start, end)` for every address range of `die`. False when it has none.
template <class Visit>
bool for_each_range(Dwarf_Die& die, Visit visit) {
  Dwarf_Addr base, start, end;
  bool any = false;
  for (ptrdiff_t at = 0; (at = dwarf_ranges(&die, at, &base, &start, &end)) > 0;) {
    any = true;
    visit(start, end);
  }
  return any;
}

// The attribute of `die`, or of the declaration or abstract entry it refers to; `fallback` when absent or
// damaged.
const char* die_string(Dwarf_Die& die, unsigned attribute, const char* fallback);
uint32_t die_number(Dwarf_Die& die, unsigned attribute);

}  // namespace heapreel
