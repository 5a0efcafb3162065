// Any bytes as the segment that holds a module's unwind tables.
//
// The input: u16 where .eh_frame_hdr begins, u16 where .eh_frame does, the segment. When the first number is 0xffff, the
// segment is put together instead, with lengths that agree: one function with its sorted table, from the numbers of its
// header and any byte code. Of every entry that can be read the first, a middle and the last address are unwound, and
// some that no entry names are looked up.
#include <cstring>
#include <memory>
#include <vector>

#include "engine/unwind/cfi_index.h"
#include "engine/unwind/cfi_program.h"
#include "engine/unwind/unwind_rule.h"
#include "engine/unwind/unwind_step.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace heapreel::engine;
using heapreel::testing::FuzzImage;
using heapreel::testing::FuzzInput;
using heapreel::testing::require;

constexpr size_t kMostEntries = 64;

void unwind(const CfiEntry& entry, uintptr_t address) {
  static const auto machine = std::make_unique<CfiMachine>();
  static std::vector<uintptr_t> stack(64);
  if (!machine->run(entry, address)) return;
  compile_rule(machine->row(), entry);
  UnwindRegisters registers;
  const auto low = reinterpret_cast<uintptr_t>(stack.data());
  for (uint32_t number = 0; number < dwarf_register::kCount; ++number) registers.set(number, low + 8 * number);
  unwind_step(machine->row(), entry, {low, low + stack.size() * sizeof stack[0]}, registers);
}

void look_up(const CfiTables& tables, uintptr_t address) {
  CfiEntry entry;
  if (find_cfi_entry(tables, address, entry) != CfiSearch::kFound) return;
  require(address >= entry.begin && address < entry.end, "an entry that is found covers the address");
  unwind(entry, address);
}

constexpr uint16_t kBuilt = 0xffff;
constexpr uint16_t kIndexBytes = 20;  // of .eh_frame_hdr with one row
constexpr uint8_t kRelativeToField = 0x1b, kFourBytes = 0x03, kRelativeToIndex = 0x3b;

void add_record(FuzzImage& out, const FuzzImage& body) {
  out.number(body.size(), 4);
  out.raw(body.bytes());
}

// .eh_frame_hdr, a common entry, one function's entry; the function begins where the segment does.
std::string built_segment(FuzzInput& in) {
  const uint8_t shape = in.u8();
  FuzzImage common;
  common.number(0, 4);
  common.number((shape & 1) != 0 ? 3 : 1, 1);
  const bool augmented = (shape & 2) == 0;
  if (augmented) common.raw(std::string((shape & 4) != 0 ? "zRS" : "zR") + '\0');
  if (!augmented) common.number(0, 1);
  common.uleb(in.u8());              // units of code
  common.number(in.u8() & 0x7f, 1);  // units of the stack, signed
  common.number(in.u8() & 0x7f, 1);  // register of the return address
  if (augmented) common.uleb(1);
  if (augmented) common.number(kRelativeToField, 1);
  common.raw(in.bytes(in.u8() % 32));

  FuzzImage frames;
  add_record(frames, common);
  const size_t function_at = kIndexBytes + frames.size();
  FuzzImage function;
  function.number(frames.size() + 4, 4);
  if (augmented) {
    function.number(0 - (function_at + 8), 4);
    function.number(in.u16(), 4);
    function.uleb(0);
  } else {
    function.number(0, 8);
    function.number(in.u16(), 8);
  }
  function.raw(in.bytes(in.left()));
  add_record(frames, function);
  frames.number(0, 4);

  FuzzImage segment;
  segment.number(1, 1);
  segment.number(kRelativeToField, 1);
  segment.number(kFourBytes, 1);
  segment.number(kRelativeToIndex, 1);
  segment.number(kIndexBytes - 4, 4);
  segment.number(1, 4);
  segment.number(0, 4);
  segment.number(function_at, 4);
  segment.raw(frames.bytes());
  return segment.bytes();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  uint16_t places[2];
  if (size < sizeof places) return 0;
  std::memcpy(places, data, sizeof places);
  data += sizeof places;
  size -= sizeof places;
  std::string built;
  if (places[0] == kBuilt) {
    FuzzInput in({data, size});
    built = built_segment(in);
    data = reinterpret_cast<const uint8_t*>(built.data());
    size = built.size();
    places[0] = 0;
    places[1] = kIndexBytes;
  }
  if (places[0] > size || places[1] > size) return 0;

  // Of exact size, so that AddressSanitizer sees every read past the end.
  const auto bytes = std::make_unique<uint8_t[]>(size);
  std::memcpy(bytes.get(), data, size);
  CfiTables tables;
  tables.frames = {bytes.get(), bytes.get() + size};
  tables.frames_begin = bytes.get() + places[1];
  tables.index = {bytes.get() + places[0], bytes.get() + size};
  const uint8_t* const named = eh_frame_of_index(tables.index);
  require(built.empty() || named == tables.frames_begin, "a sound index names the tables");

  const uint8_t* at = tables.frames_begin;
  CfiBytes record;
  for (size_t i = 0; i < kMostEntries && tables.frames.contains(at) && read_cfi_record(at, tables.frames, record);
       ++i) {
    CfiEntry entry;
    if (read_cfi_entry(at, tables.frames, entry) && entry.begin < entry.end) {
      for (const uintptr_t address : {entry.begin, entry.begin + (entry.end - entry.begin) / 2, entry.end - 1}) {
        unwind(entry, address);
        look_up(tables, address);
      }
    }
    at = record.end;
  }
  for (const uintptr_t address : {uintptr_t{0}, reinterpret_cast<uintptr_t>(bytes.get()), UINTPTR_MAX}) {
    look_up(tables, address);
  }
  return 0;
}
