// Any bytes as the segment that holds a module's unwind tables.
//
// The input: u16 where .eh_frame_hdr begins, u16 where .eh_frame does, the segment. Of every entry that can be read
// the first, a middle and the last address are unwound, and some that no entry names are looked up.
#include <cstring>
#include <memory>
#include <vector>

#include "engine/unwind/cfi_index.h"
#include "engine/unwind/cfi_program.h"
#include "engine/unwind/unwind_rule.h"
#include "engine/unwind/unwind_step.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace heapreel::engine;
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  uint16_t places[2];
  if (size < sizeof places) return 0;
  std::memcpy(places, data, sizeof places);
  data += sizeof places;
  size -= sizeof places;
  if (places[0] > size || places[1] > size) return 0;

  // Of exact size, so that AddressSanitizer sees every read past the end.
  const auto bytes = std::make_unique<uint8_t[]>(size);
  std::memcpy(bytes.get(), data, size);
  CfiTables tables;
  tables.frames = {bytes.get(), bytes.get() + size};
  tables.frames_begin = bytes.get() + places[1];
  tables.index = {bytes.get() + places[0], bytes.get() + size};
  eh_frame_of_index(tables.index);

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
