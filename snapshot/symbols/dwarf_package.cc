#include "snapshot/symbols/dwarf_package.h"

#include <algorithm>

namespace heapreel {
namespace {

// The rest of the section from the offset that an attribute of the skeleton names. Offsets in the split unit count from
// there.
SectionBytes based(SectionBytes section, Dwarf_Die& skeleton, unsigned attribute, unsigned gnu_attribute) {
  Dwarf_Attribute found;
  Dwarf_Word base = 0;
  if (dwarf_attr(&skeleton, attribute, &found) == nullptr) dwarf_attr(&skeleton, gnu_attribute, &found);
  const bool known = dwarf_hasattr(&skeleton, attribute) != 0 || dwarf_hasattr(&skeleton, gnu_attribute) != 0;
  if (known && dwarf_formudata(&found, &base) != 0) return {};
  return base <= section.size() ? section.subspan(base) : SectionBytes();
}

}  // namespace

DwarfPackage::DwarfPackage(ElfFile& file) : elf_(file.handle()) {
  if (!file.decompress_zstd().empty()) return;
  DwarfCursor in(section_bytes(elf_, ".debug_cu_index"));
  version_ = in.u32() & 0xffff;
  const uint32_t columns = in.u32();
  const uint32_t units = in.u32();
  const uint32_t slots = in.u32();
  if (!in.ok() || (version_ != 2 && version_ != 5)) return;
  // One after the other, so that no product of two numbers from the file can wrap.
  if (uint64_t{slots} * 12 > in.left()) return;
  const uint64_t cells = (in.left() - uint64_t{slots} * 12) / 4;
  if (columns > cells || (columns != 0 && (cells / columns == 0 || units > (cells / columns - 1) / 2))) return;
  if (columns == 0 && units != 0) return;
  DwarfCursor ids = in.take(uint64_t{slots} * 8);
  for (uint32_t slot = 0; slot < slots; ++slot) {
    const uint64_t id = ids.u64();
    const uint32_t row = in.u32();  // from 1; 0 where the slot is free
    if (row != 0 && row <= units) row_of_id_[id] = row - 1;
  }
  for (uint32_t column = 0; column < columns; ++column) sections_.push_back(in.u32());
  pieces_.resize(size_t{units} * columns);
  for (Piece& piece : pieces_) piece.offset = in.u32();
  for (Piece& piece : pieces_) piece.size = in.u32();
  ok_ = in.ok();
}

SectionBytes DwarfPackage::part(size_t row, Section section, SectionBytes whole) const {
  const auto column = std::ranges::find(sections_, section);
  if (column == sections_.end()) return {};
  const Piece& piece = pieces_[row * sections_.size() + static_cast<size_t>(column - sections_.begin())];
  if (piece.offset > whole.size() || piece.size > whole.size() - piece.offset) return {};
  return whole.subspan(piece.offset, piece.size);
}

std::unique_ptr<PackagedUnit> DwarfPackage::unit(Dwarf_Die skeleton, uint64_t id, Elf* program) const {
  const auto found = row_of_id_.find(id);
  if (found == row_of_id_.end()) return nullptr;
  const auto cut = [&](Section section, const char* name) {
    return part(found->second, section, section_bytes(elf_, name));
  };
  const SectionBytes strings = section_bytes(elf_, ".debug_str.dwo");
  const SectionBytes addresses =
      based(section_bytes(program, ".debug_addr"), skeleton, DW_AT_addr_base, DW_AT_GNU_addr_base);
  // Before version 5 the ranges stayed in the program.
  const SectionBytes ranges = version_ == 5 ? cut(kRanges, ".debug_rnglists.dwo")
                                            : based(section_bytes(program, ".debug_ranges"), skeleton,
                                                    DW_AT_GNU_ranges_base, DW_AT_GNU_ranges_base);
  const std::vector<NamedSection> sections = {
      {".debug_info", cut(kInfo, ".debug_info.dwo")},
      {".debug_abbrev", cut(kAbbrev, ".debug_abbrev.dwo")},
      {".debug_str_offsets", cut(kStrOffsets, ".debug_str_offsets.dwo")},
      {".debug_str", strings},
      {".debug_addr", addresses},
      {version_ == 5 ? ".debug_rnglists" : ".debug_ranges", ranges},
  };
  auto elf = std::make_unique<ElfSections>(sections);
  Dwarf* dwarf = elf->handle() != nullptr ? dwarf_begin_elf(elf->handle(), DWARF_C_READ, nullptr) : nullptr;
  if (dwarf == nullptr) return nullptr;
  Dwarf_Addr low_pc = 0;
  if (dwarf_lowpc(&skeleton, &low_pc) != 0) low_pc = 0;
  Dwarf_CU* unit = nullptr;
  Dwarf_Die tree;
  if (dwarf_get_units(dwarf, nullptr, &unit, nullptr, nullptr, &tree, nullptr) != 0) {
    dwarf_end(dwarf);
    return nullptr;
  }
  return std::make_unique<PackagedUnit>(
      std::move(elf), dwarf, tree,
      SplitRanges{.ranges = ranges, .addresses = addresses, .base = low_pc, .has_opcodes = version_ == 5},
      cut(kLine, ".debug_line.dwo"), strings);
}

}  // namespace heapreel
