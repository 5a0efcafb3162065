#include "snapshot/symbols/dwarf_function_walk.h"

#include <algorithm>

namespace heapreel {

DwarfFunctionWalk::Lookups DwarfFunctionWalk::inside(Dwarf_Die& die, const Lookups& lookups,
                                                     bool rangeless_has_all) const {
  Lookups found;
  const auto add = [&](uint64_t start, uint64_t end) {
    auto at = std::ranges::lower_bound(lookups, start, {}, &DwarfLookup::vaddr);
    for (; at != lookups.end() && (*at)->vaddr < end; ++at) found.push_back(*at);
  };
  bool has_ranges = true;
  if (split_ != nullptr && dwarf_hasattr(&die, DW_AT_ranges) != 0) {
    for (const auto& [start, end] : split_->of(die)) add(start, end);
  } else {
    has_ranges = for_each_range(die, add);
  }
  if (!has_ranges && rangeless_has_all) return lookups;
  std::ranges::sort(found, {}, &DwarfLookup::vaddr);  // ranges come in any order
  return found;
}

bool DwarfFunctionWalk::may_hold_functions(int tag, Reach reach) {
  switch (tag) {
    case DW_TAG_namespace:
    case DW_TAG_module:
      return true;
    case DW_TAG_class_type:
    case DW_TAG_structure_type:
    case DW_TAG_union_type:
    case DW_TAG_subprogram:
    case DW_TAG_lexical_block:
      return reach == Reach::kEverywhere;
    default:
      return false;
  }
}

bool DwarfFunctionWalk::run(Dwarf_Die unit) {
  bool intact = find_functions(unit, Reach::kNamespaces);
  const bool all_found = std::ranges::none_of(lookups_, [](const auto* lookup) { return lookup->scopes.empty(); });
  return all_found ? intact : find_functions(unit, Reach::kEverywhere) && intact;
}

bool DwarfFunctionWalk::find_functions(Dwarf_Die unit, Reach reach) {
  functions_.clear();
  DieOrder order(unit);
  visit_scope(order, unit, reach, 0);
  bool intact = !order.damaged();
  for (Function& function : functions_) {
    DieOrder body_order(function.die);
    visit_body(body_order, function.die, function.lookups, 1, 0);
    intact = intact && !body_order.damaged();
  }
  return intact;
}

void DwarfFunctionWalk::visit_scope(DieOrder& order, Dwarf_Die scope, Reach reach, unsigned depth) {
  if (depth > DieOrder::kMaxDepth) return order.mark_damaged();
  order.for_each_child(scope, [&](Dwarf_Die& child) {
    const int tag = dwarf_tag(&child);
    if (tag == DW_TAG_subprogram) {
      Lookups found = inside(child, lookups_, false);
      std::erase_if(found, [](const auto* lookup) { return !lookup->scopes.empty(); });
      if (!found.empty()) {
        const DwarfScope scope{&names_.of(child), 0, 0};
        for (DwarfLookup* lookup : found) lookup->scopes.push_back(scope);
        functions_.push_back({child, std::move(found)});
      }
    }
    if (!may_hold_functions(tag, reach)) return;
    if (dwarf_haschildren(&child) > 0) visit_scope(order, child, reach, depth + 1);
  });
}

// `calls` is how many scopes each of `lookups` has so far. A lookup with more scopes was claimed by a sibling whose
// addresses overlap.
void DwarfFunctionWalk::visit_body(DieOrder& order, Dwarf_Die body, const Lookups& lookups, size_t calls,
                                   unsigned depth) {
  if (depth > DieOrder::kMaxDepth) return order.mark_damaged();
  order.for_each_child(body, [&](Dwarf_Die& child) {
    const int tag = dwarf_tag(&child);
    const bool block = tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
    if (!block && tag != DW_TAG_inlined_subroutine) return;
    Lookups found = inside(child, lookups, block);
    std::erase_if(found, [&](const auto* lookup) { return lookup->scopes.size() != calls; });
    if (found.empty()) return;
    if (!block) {
      const DwarfScope call{&names_.of(child), die_number(child, DW_AT_call_file), die_number(child, DW_AT_call_line)};
      for (DwarfLookup* lookup : found) lookup->scopes.push_back(call);
    }
    visit_body(order, child, found, block ? calls : calls + 1, depth + 1);
  });
}

}  // namespace heapreel
