#include "snapshot/dwarf_unit_index.h"

#include <algorithm>

#include "snapshot/dwarf_die.h"

namespace heapreel {

DwarfUnitIndex::DwarfUnitIndex(Dwarf* dwarf, std::span<const AddressRange> code) {
  const auto is_code = [&](uint64_t address) {
    return address != 0 && std::ranges::any_of(code, [&](const AddressRange& range) {
             return range.start <= address && address < range.end;
           });
  };
  Dwarf_CU* unit = nullptr;
  Dwarf_Die die;
  uint8_t type = 0;
  while (dwarf_get_units(dwarf, unit, &unit, nullptr, &type, &die, nullptr) == 0) {
    if (type != DW_UT_compile && type != DW_UT_skeleton) continue;
    const uint64_t offset = dwarf_dieoffset(&die);
    for_each_range(die, [&](uint64_t start, uint64_t end) {
      if (start < end && is_code(start)) ranges_.push_back({start, end, end, offset});
    });
  }
  std::ranges::sort(ranges_, {}, &UnitRange::start);
  for (size_t i = 1; i < ranges_.size(); i++) ranges_[i].reach = std::max(ranges_[i].end, ranges_[i - 1].reach);
}

std::optional<uint64_t> DwarfUnitIndex::find(uint64_t vaddr) const {
  auto at = std::ranges::upper_bound(ranges_, vaddr, {}, &UnitRange::start);
  while (at != ranges_.begin()) {
    --at;
    if (vaddr < at->end) return at->unit;
    if (vaddr >= at->reach) break;
  }
  return std::nullopt;
}

}  // namespace heapreel
