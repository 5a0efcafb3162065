// A line table whose header is put together from fields, so that its lengths and counts agree unless the input says
// otherwise, and any byte code.
//
// The input: u8 shape, the numbers of the header, tables of directories and files, strings, the program.
#include <optional>
#include <vector>

#include "snapshot/symbols/dwarf_die.h"
#include "snapshot/symbols/dwarf_line_table.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace heapreel;
using heapreel::testing::as_bytes;
using heapreel::testing::FuzzImage;
using heapreel::testing::FuzzInput;
using heapreel::testing::require;

struct Shape {
  explicit Shape(uint8_t bits)
      : version(static_cast<uint16_t>(2 + (bits & 3))),
        offset_size(bits & 4 ? 8 : 4),
        wrong_length(bits & 8),
        odd_operations(bits & 16),
        odd_opcode_lengths(bits & 32),
        without_directory(bits & 64) {}
  uint16_t version;
  size_t offset_size;
  bool wrong_length;
  bool odd_operations;
  bool odd_opcode_lengths;
  bool without_directory;
};

void add_string(FuzzInput& in, FuzzImage& out) {
  for (const uint8_t byte : in.bytes(in.u8() % 12)) out.number(byte == 0 ? '/' : byte, 1);
  out.number(0, 1);
}

void add_names(FuzzInput& in, FuzzImage& out) {
  for (unsigned directories = in.u8() % 8; directories > 0; --directories) add_string(in, out);
  out.number(0, 1);
  for (unsigned files = in.u8() % 8; files > 0; --files) {
    add_string(in, out);
    out.uleb(in.u8());
    out.uleb(0);
    out.uleb(0);
  }
  out.number(0, 1);
}

void add_form(FuzzInput& in, FuzzImage& out, uint8_t form, size_t offset_size) {
  switch (form) {
    case DW_FORM_string:
      return add_string(in, out);
    case DW_FORM_line_strp:
    case DW_FORM_strp:
      return out.number(in.u8(), offset_size);
    case DW_FORM_udata:
      return out.uleb(in.u16());
    case DW_FORM_data16:
      out.raw(in.bytes(8));
      return out.number(in.u64(), 8);
    case DW_FORM_block: {
      const auto block = in.bytes(in.u8() % 16);
      out.uleb(block.size());
      return out.raw(block);
    }
    default:
      return out.number(in.u8(), 1);
  }
}

void add_entry_table(FuzzInput& in, FuzzImage& out, size_t offset_size) {
  static constexpr uint8_t kForms[] = {DW_FORM_string, DW_FORM_line_strp, DW_FORM_strp,  DW_FORM_udata,
                                       DW_FORM_data1,  DW_FORM_data16,    DW_FORM_block, 0};
  std::vector<uint8_t> forms(in.u8() % 4);
  out.number(forms.size(), 1);
  for (uint8_t& form : forms) {
    out.uleb(in.u8() % 8);  // what the entry is
    form = kForms[in.u8() % 8];
    out.uleb(form);
  }
  const uint8_t entries = in.u8();
  out.uleb(entries);
  for (unsigned entry = 0; entry < entries % 16u; ++entry) {
    for (const uint8_t form : forms) add_form(in, out, form, offset_size);
  }
}

std::string line_section(FuzzInput& in, const Shape& shape) {
  static constexpr uint8_t kOperands[] = {0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1};
  FuzzImage header;
  header.number(in.u8(), 1);  // bytes of the shortest instruction
  if (shape.version >= 4) header.number(shape.odd_operations ? in.u8() : 1, 1);
  header.number(1, 1);
  header.number(in.u8(), 1);  // line base
  header.number(in.u8(), 1);  // line range
  const uint8_t opcode_base = in.u8();
  header.number(opcode_base, 1);
  for (unsigned opcode = 1; opcode < opcode_base; ++opcode) {
    header.number(shape.odd_opcode_lengths ? in.u8() : opcode <= sizeof kOperands ? kOperands[opcode - 1] : 0, 1);
  }
  if (shape.version == 5) {
    add_entry_table(in, header, shape.offset_size);
    add_entry_table(in, header, shape.offset_size);
  } else {
    add_names(in, header);
  }
  FuzzImage body;
  body.number(shape.version, 2);
  if (shape.version == 5) body.number(8, 2);
  body.number(shape.wrong_length ? in.u16() : header.size(), shape.offset_size);
  body.raw(header.bytes());
  body.raw(in.bytes(in.left()));
  FuzzImage section;
  if (shape.offset_size == 8) section.number(0xffff'ffff, 4);
  section.number(body.size(), shape.offset_size);
  section.raw(body.bytes());
  return section.bytes();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput in({data, size});
  const Shape shape(in.u8());
  const auto line_strings = in.bytes(in.u8() % 32);
  const auto strings = in.bytes(in.u8() % 32);
  const std::string lines = line_section(in, shape);
  auto table = DwarfLineTable::read({as_bytes(lines), line_strings, strings}, 0, shape.without_directory ? "" : "/src");
  if (!table) return 0;

  std::vector<uint64_t> vaddrs;
  for (uint64_t i = 0; i < 48; ++i) vaddrs.push_back(0x1000 + 3 * i);
  vaddrs.push_back(UINT64_MAX - 1);
  vaddrs.push_back(UINT64_MAX);
  std::vector<std::optional<DwarfLineRow>> rows(vaddrs.size());
  const bool intact = table->find_rows(vaddrs, rows);
  for (size_t i = 0; i < vaddrs.size(); i += 7) {
    std::optional<DwarfLineRow> alone[1];
    require(table->find_rows(std::span(&vaddrs[i], 1), alone) == intact, "damage does not depend on what is looked up");
    require(alone[0].has_value() == rows[i].has_value() &&
                (!alone[0] || (alone[0]->file == rows[i]->file && alone[0]->line == rows[i]->line)),
            "an address has the same row alone and among others");
  }
  for (const auto& row : rows) {
    if (row) table->file_name(row->file);
  }
  for (const uint32_t file : {0u, 1u, 2u, 15u, 16u, UINT32_MAX}) {
    const std::string name = table->file_name(file);
    require(name == table->file_name(file), "a file's name stays");
    require(shape.without_directory || name.empty() || name[0] == '/', "a name in a known folder is absolute");
  }
  return 0;
}
