#include "snapshot/symbols/dwarf_unit_index.h"

#include <algorithm>
#include <set>

#include "snapshot/symbols/dwarf_die.h"

namespace heapreel {

DwarfUnitIndex::DwarfUnitIndex(Dwarf* dwarf, std::span<const AddressRange> code) {
  const auto is_code = [&](uint64_t address) {
    return address != 0 && std::ranges::any_of(code, [&](const AddressRange& range) {
             return range.start <= address && address < range.end;
           });
  };
  std::vector<UnitRange> ranges;
  Dwarf_CU* unit = nullptr;
  Dwarf_Die die;
  uint8_t type = 0;
  while (dwarf_get_units(dwarf, unit, &unit, nullptr, &type, &die, nullptr) == 0) {
    if (type != DW_UT_compile && type != DW_UT_skeleton) continue;
    const uint64_t offset = dwarf_dieoffset(&die);
    for_each_range(die, [&](uint64_t start, uint64_t end) {
      if (start < end && is_code(start)) ranges.push_back({start, end, offset});
    });
  }
  ranges_ = disjoint(ranges);
}

std::vector<DwarfUnitIndex::UnitRange> DwarfUnitIndex::disjoint(const std::vector<UnitRange>& ranges) {
  struct Edge {
    uint64_t address;
    uint64_t unit;
    bool begins;
  };
  std::vector<Edge> edges;
  for (const UnitRange& range : ranges) {
    edges.push_back({range.start, range.unit, true});
    edges.push_back({range.end, range.unit, false});
  }
  std::ranges::sort(edges, {}, &Edge::address);
  std::vector<UnitRange> result;
  std::multiset<uint64_t> covering;  // units at `address`
  uint64_t address = 0;
  for (const Edge& edge : edges) {
    if (!covering.empty() && address < edge.address) {
      const uint64_t unit = *covering.begin();
      if (!result.empty() && result.back().end == address && result.back().unit == unit) {
        result.back().end = edge.address;
      } else {
        result.push_back({address, edge.address, unit});
      }
    }
    address = edge.address;
    if (edge.begins) {
      covering.insert(edge.unit);
    } else {
      covering.erase(covering.find(edge.unit));
    }
  }
  return result;
}

std::optional<uint64_t> DwarfUnitIndex::find(uint64_t vaddr) const {
  const auto after = std::ranges::upper_bound(ranges_, vaddr, {}, &UnitRange::start);
  if (after == ranges_.begin() || vaddr >= std::prev(after)->end) return std::nullopt;
  return std::prev(after)->unit;
}

}  // namespace heapreel
