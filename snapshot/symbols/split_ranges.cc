#include "snapshot/symbols/split_ranges.h"

namespace heapreel {

uint64_t SplitRanges::address(uint64_t index) const {
  return index < addresses.size() / 8 ? DwarfCursor(addresses.subspan(index * 8)).u64() : 0;
}

std::optional<uint64_t> SplitRanges::listed_offset(uint64_t index) const {
  DwarfCursor in(ranges);
  const bool is_64_bit = in.u32() == 0xffff'ffff;
  if (is_64_bit) in.skip(8);
  in.skip(4);  // version, and sizes of an address and of a segment selector
  const uint32_t entries = in.u32();
  const size_t offset_size = is_64_bit ? 8 : 4;
  const uint64_t base = static_cast<uint64_t>(in.position() - ranges.data());
  if (!in.ok() || index >= entries || index >= in.left() / offset_size) return std::nullopt;
  in.skip(index * offset_size);
  return base + in.fixed(offset_size);
}

std::vector<std::pair<uint64_t, uint64_t>> SplitRanges::of(Dwarf_Die& die) const {
  std::vector<std::pair<uint64_t, uint64_t>> result;
  Dwarf_Attribute found;
  Dwarf_Word offset = 0;
  if (dwarf_formudata(dwarf_attr(&die, DW_AT_ranges, &found), &offset) != 0) return result;
  if (dwarf_whatform(&found) == DW_FORM_rnglistx) {
    const std::optional<uint64_t> listed = listed_offset(offset);
    if (!listed) return result;
    offset = *listed;
  }
  if (offset >= ranges.size()) return result;
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
