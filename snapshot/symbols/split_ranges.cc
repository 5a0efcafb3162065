#include "snapshot/symbols/split_ranges.h"

namespace heapreel {

uint64_t SplitRanges::address(uint64_t index) const {
  return index < addresses.size() / 8 ? DwarfCursor(addresses.subspan(index * 8)).u64() : 0;
}

std::vector<std::pair<uint64_t, uint64_t>> SplitRanges::of(Dwarf_Die& die) const {
  std::vector<std::pair<uint64_t, uint64_t>> result;
  Dwarf_Attribute found;
  Dwarf_Word offset = 0;
  if (dwarf_formudata(dwarf_attr(&die, DW_AT_ranges, &found), &offset) != 0 || offset >= ranges.size()) return result;
  DwarfCursor in(ranges.subspan(offset));
  uint64_t from = base;
  while (!in.at_end()) {
    uint64_t start = 0, end = 0;
    if (has_opcodes) {
      switch (in.u8()) {
        case DW_RLE_base_addressx:
          from = address(in.uleb());
          continue;
        case DW_RLE_base_address:
          from = in.u64();
          continue;
        case DW_RLE_startx_endx:
          start = address(in.uleb());
          end = address(in.uleb());
          break;
        case DW_RLE_startx_length:
          start = address(in.uleb());
          end = start + in.uleb();
          break;
        case DW_RLE_offset_pair:
          start = from + in.uleb();
          end = from + in.uleb();
          break;
        case DW_RLE_start_end:
          start = in.u64();
          end = in.u64();
          break;
        case DW_RLE_start_length:
          start = in.u64();
          end = start + in.uleb();
          break;
        default:  // DW_RLE_end_of_list, or damage
          return result;
      }
    } else {
      start = in.u64();
      end = in.u64();
      if (start == 0 && end == 0) return result;
      if (start == ~uint64_t{0}) {
        from = end;
        continue;
      }
      start += from;
      end += from;
    }
    if (!in.ok()) return result;
    result.emplace_back(start, end);
  }
  return result;
}

}  // namespace heapreel
