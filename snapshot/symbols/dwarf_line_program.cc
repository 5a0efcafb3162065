// The byte code of a line table: a state machine that advances address and line.
#include <algorithm>

#include "snapshot/symbols/dwarf_die.h"
#include "snapshot/symbols/dwarf_line_table.h"

namespace heapreel {
namespace {

// Addresses that are waiting for their row. Within a sequence addresses ascend, and a row reaches to the next one.
class RowSearch {
 public:
  RowSearch(std::span<const uint64_t> vaddrs, std::span<std::optional<DwarfLineRow>> rows)
      : vaddrs_(vaddrs), rows_(rows) {}

  void add_row(uint64_t address, DwarfLineRow row) {
    if (in_sequence_ && address != address_) cover_up_to(address);
    if (!in_sequence_ || address < address_) {
      next_ = static_cast<size_t>(std::ranges::lower_bound(vaddrs_, address) - vaddrs_.begin());
      // Linkers leave sequences of discarded functions at zero, where they would cover others.
      if (!in_sequence_ && address == 0) next_ = vaddrs_.size();
    }
    in_sequence_ = true;
    address_ = address;
    row_ = row;
  }
  void end_sequence(uint64_t address) {
    if (in_sequence_) cover_up_to(address);
    in_sequence_ = false;
  }

 private:
  void cover_up_to(uint64_t end) {
    for (; next_ < vaddrs_.size() && vaddrs_[next_] < end; ++next_) {
      if (!rows_[next_]) rows_[next_] = row_;
    }
  }

  std::span<const uint64_t> vaddrs_;
  std::span<std::optional<DwarfLineRow>> rows_;
  size_t next_ = 0;
  bool in_sequence_ = false;
  uint64_t address_ = 0;
  DwarfLineRow row_{};
};

}  // namespace

bool DwarfLineTable::find_rows(std::span<const uint64_t> vaddrs, std::span<std::optional<DwarfLineRow>> rows) const {
  RowSearch search(vaddrs, rows);
  uint64_t address = 0;
  DwarfLineRow row{1, 1};
  const uint64_t constant_advance = uint64_t{(255u - opcode_base_) / line_range_} * instruction_length_;
  DwarfCursor in(program_);
  while (!in.at_end()) {
    const uint8_t opcode = in.u8();
    if (opcode >= opcode_base_) {
      const unsigned step = opcode - opcode_base_;
      address += uint64_t{step / line_range_} * instruction_length_;
      row.line += static_cast<uint32_t>(line_base_ + static_cast<int>(step % line_range_));
      search.add_row(address, row);
      continue;
    }
    switch (opcode) {
      case 0: {
        const uint64_t length = in.uleb();
        DwarfCursor extended = in.take(length);
        const uint8_t kind = extended.u8();
        if (kind == DW_LNE_end_sequence) {
          search.end_sequence(address);
          address = 0;
          row = {1, 1};
        } else if (kind == DW_LNE_set_address) {
          address = extended.fixed(extended.left());
        }
        break;
      }
      case DW_LNS_copy:
        search.add_row(address, row);
        break;
      case DW_LNS_advance_pc:
        address += in.uleb() * instruction_length_;
        break;
      case DW_LNS_advance_line:
        row.line += static_cast<uint32_t>(in.sleb());
        break;
      case DW_LNS_set_file:
        row.file = static_cast<uint32_t>(in.uleb());
        break;
      case DW_LNS_const_add_pc:
        address += constant_advance;
        break;
      case DW_LNS_fixed_advance_pc:
        address += in.u16();
        break;
      default:  // opcodes about columns, statements and prologues, or newer than this reader
        for (uint8_t operands = opcode_lengths_[opcode - 1u]; operands > 0; --operands) in.uleb();
    }
  }
  return in.ok();
}

}  // namespace heapreel
