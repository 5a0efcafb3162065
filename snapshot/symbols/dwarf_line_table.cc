#include "snapshot/symbols/dwarf_line_table.h"

#include <algorithm>

#include "snapshot/symbols/dwarf_die.h"
#include "snapshot/symbols/symbol_path.h"

namespace heapreel {
namespace {

struct EntryValue {
  std::string_view text;
  uint64_t number = 0;
};

EntryValue read_form(DwarfCursor& in, uint64_t form, const DwarfLineSections& sections, size_t offset_size,
                     bool& known) {
  switch (form) {
    case DW_FORM_string:
      return {in.string()};
    case DW_FORM_line_strp:
      return {string_at(sections.line_strings, in.fixed(offset_size))};
    case DW_FORM_strp:
      return {string_at(sections.strings, in.fixed(offset_size))};
    case DW_FORM_udata:
      return {{}, in.uleb()};
    case DW_FORM_data1:
      return {{}, in.u8()};
    case DW_FORM_data2:
      return {{}, in.u16()};
    case DW_FORM_data4:
      return {{}, in.u32()};
    case DW_FORM_data8:
      return {{}, in.u64()};
    case DW_FORM_data16:
      in.skip(16);
      return {};
    case DW_FORM_block:
      in.skip(in.uleb());
      return {};
    default:
      known = false;
      return {};
  }
}

}  // namespace

std::optional<DwarfLineTable> DwarfLineTable::read(const DwarfLineSections& sections, uint64_t offset,
                                                   std::string directory) {
  if (offset >= sections.lines.size()) return std::nullopt;
  DwarfCursor in(sections.lines.subspan(offset));
  uint64_t length = in.u32();
  const bool is_64_bit = length == 0xffff'ffff;
  if (is_64_bit) length = in.u64();
  DwarfLineTable table;
  table.directory_ = std::move(directory);
  if (!table.read_header(in.take(length), sections, is_64_bit ? 8 : 4)) return std::nullopt;
  return table;
}

bool DwarfLineTable::read_header(DwarfCursor in, const DwarfLineSections& sections, size_t offset_size) {
  version_ = in.u16();
  if (version_ < 2 || version_ > 5) return false;
  if (version_ == 5) in.skip(2);  // sizes of an address, which the program tells as well, and of a segment selector
  DwarfCursor header = in.take(in.fixed(offset_size));
  program_ = {in.position(), in.left()};

  instruction_length_ = header.u8();
  const uint8_t operations = version_ >= 4 ? header.u8() : 1;
  header.skip(1);  // whether rows begin as statements
  line_base_ = static_cast<int8_t>(header.u8());
  line_range_ = header.u8();
  opcode_base_ = header.u8();
  // Only VLIW machines have several operations in an instruction.
  if (operations != 1 || line_range_ == 0 || opcode_base_ == 0) return false;
  opcode_lengths_ = {header.position(), std::min<size_t>(header.left(), opcode_base_ - 1u)};
  header.skip(opcode_base_ - 1u);
  if (version_ == 5) {
    read_entry_table(header, sections, offset_size, false);
    read_entry_table(header, sections, offset_size, true);
  } else {
    read_names(header);
  }
  return in.ok() && header.ok();
}

// Up to version 4. Numbers begin at 1; directory 0 is the unit's.
void DwarfLineTable::read_names(DwarfCursor& in) {
  directories_.emplace_back();
  for (std::string_view name = in.string(); !name.empty(); name = in.string()) directories_.push_back(name);
  files_.emplace_back();
  for (std::string_view name = in.string(); !name.empty(); name = in.string()) {
    files_.push_back({name, in.uleb()});
    in.uleb();  // time and size of the file
    in.uleb();
  }
}

// Version 5. Numbers begin at 0.
void DwarfLineTable::read_entry_table(DwarfCursor& in, const DwarfLineSections& sections, size_t offset_size,
                                      bool files) {
  std::vector<EntryFormat> formats(in.u8());
  for (EntryFormat& format : formats) format = {in.uleb(), in.uleb()};
  if (formats.empty()) in.skip(in.uleb() == 0 ? 0 : in.left() + 1);  // entries of nothing: damaged
  bool known = true;
  for (uint64_t count = formats.empty() ? 0 : in.uleb(); count > 0 && in.ok() && known; --count) {
    File file{};
    for (const EntryFormat& format : formats) {
      const EntryValue value = read_form(in, format.form, sections, offset_size, known);
      if (format.content == DW_LNCT_path) file.name = value.text;
      if (format.content == DW_LNCT_directory_index) file.directory = value.number;
    }
    if (files) {
      files_.push_back(std::move(file));
    } else {
      directories_.push_back(file.name);
    }
  }
  if (!known) in.skip(in.left() + 1);
}

const std::string& DwarfLineTable::file_name(uint32_t index) {
  static const std::string kNone;
  if (index >= files_.size() || files_[index].name.empty()) return kNone;
  File& file = files_[index];
  if (!file.path) {
    const std::string_view folder = file.directory < directories_.size() ? directories_[file.directory] : "";
    // The unit's folder; from version 5 on the table has it too, as its first. A damaged table has none.
    const bool has_own_root = directory_.empty() && version_ == 5 && !directories_.empty();
    const std::string root = has_own_root ? std::string(directories_.front()) : directory_;
    file.path = normalise_source_path(file.name, normalise_source_path(folder, root));
  }
  return *file.path;
}

}  // namespace heapreel
