// One unit's line table, versions 2 to 5, read for some addresses in a single pass.
//
// libdw builds every row of a table in memory, which took most of the time and memory of resolving: 10,000 addresses
// can lie in tables of 30 million rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "snapshot/symbols/dwarf_cursor.h"

namespace heapreel {

struct DwarfLineSections {
  SectionBytes lines;         // .debug_line
  SectionBytes line_strings;  // .debug_line_str
  SectionBytes strings;       // .debug_str
};

struct DwarfLineRow {
  uint32_t file;  // index into the table's files
  uint32_t line;
};

class DwarfLineTable {
 public:
  // The table at `offset`, of a unit that was compiled in `directory`. Nothing when it is damaged, or of a form that
  // is unknown here.
  static std::optional<DwarfLineTable> read(const DwarfLineSections& sections, uint64_t offset, std::string directory);

  // rows[i] is set to the row that covers vaddrs[i], which ascend, and left alone where none does. False when the
  // table is damaged; what precedes the damage is there nevertheless.
  bool find_rows(std::span<const uint64_t> vaddrs, std::span<std::optional<DwarfLineRow>> rows) const;

  // Absolute and normalised; empty when there is no such file.
  const std::string& file_name(uint32_t index);

 private:
  struct File {
    std::string_view name;
    uint64_t directory;
    std::optional<std::string> path{};  // made when it is asked for
  };
  struct EntryFormat {
    uint64_t content;
    uint64_t form;
  };

  bool read_header(DwarfCursor in, const DwarfLineSections& sections, size_t offset_size);
  void read_names(DwarfCursor& in);
  void read_entry_table(DwarfCursor& in, const DwarfLineSections& sections, size_t offset_size, bool files);

  std::string directory_;
  std::vector<std::string_view> directories_;
  std::vector<File> files_;
  uint16_t version_ = 0;
  uint8_t instruction_length_ = 1;
  int8_t line_base_ = 0;
  uint8_t line_range_ = 1;
  uint8_t opcode_base_ = 1;
  SectionBytes opcode_lengths_;
  SectionBytes program_;
};

}  // namespace heapreel
