#include "snapshot/symbols/dwarf_scopes.h"

namespace heapreel {
namespace {

bool is_scope(int tag) {
  switch (tag) {
    case DW_TAG_namespace:
    case DW_TAG_module:
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_subprogram:
      return true;
    default:
      return false;
  }
}

bool may_hold_scopes(int tag) {
  return is_scope(tag) || tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine ||
         tag == DW_TAG_imported_unit;
}

}  // namespace

void DwarfScopes::read(Unit& unit, DieOrder& order, const Dwarf_Die& parent, uint32_t number, unsigned depth) {
  if (depth > DieOrder::kMaxDepth) return order.mark_damaged();
  order.for_each_child(parent, [&](Dwarf_Die& child) {
    const int tag = dwarf_tag(&child);
    if (!may_hold_scopes(tag)) return;
    uint32_t own = number;
    if (is_scope(tag)) {
      own = static_cast<uint32_t>(unit.scopes.size());
      unit.scopes.push_back({child, number});
      unit.by_place.emplace(child.addr, own);
    }
    if (dwarf_haschildren(&child) > 0) read(unit, order, child, own, depth + 1);
  });
}

std::vector<Dwarf_Die> DwarfScopes::around(const Dwarf_Die& die) {
  std::vector<Dwarf_Die> result;
  Dwarf_Die entry = die;
  Dwarf_Die root;
  if (dwarf_diecu(&entry, &root, nullptr, nullptr) == nullptr) return result;
  const auto [unit, is_new] = units_.try_emplace(root.addr);
  if (is_new) {
    DieOrder order(root);
    read(unit->second, order, root, kNone, 0);
  }
  const auto found = unit->second.by_place.find(die.addr);
  if (found == unit->second.by_place.end()) return result;
  for (uint32_t number = unit->second.scopes[found->second].parent; number != kNone && result.size() < kMost;) {
    result.push_back(unit->second.scopes[number].die);
    number = unit->second.scopes[number].parent;
  }
  return result;
}

}  // namespace heapreel
