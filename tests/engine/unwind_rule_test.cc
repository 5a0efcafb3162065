// The rules we compile, against elfutils' reading of the same tables, on every row of real modules.
#include "engine/unwind_rule.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gtest/gtest.h>
#include <libelf.h>

#include <cstdlib>
#include <memory>
#include <optional>

#include "engine/cfi_program.h"
#include "engine/unwind_signal_frame_x86_64.h"
#include "mapped_elf.h"

namespace heapreel::engine {
namespace {

using Kind = UnwindRule::Kind;

constexpr int kRbp = 6;
constexpr int kRsp = 7;
constexpr int kReturnAddress = 16;

struct Location {
  Dwarf_Op memory[3];
  Dwarf_Op* ops = nullptr;
  size_t count = 0;

  bool is_undefined() const { return count == 0 && ops != nullptr; }
  bool is_unchanged() const { return count == 0 && ops == nullptr; }
  // Saved at CFA + offset.
  std::optional<int64_t> saved_at() const {
    if (count == 1 && ops[0].atom == DW_OP_call_frame_cfa) return 0;
    if (count == 2 && ops[0].atom == DW_OP_call_frame_cfa && ops[1].atom == DW_OP_plus_uconst) {
      return static_cast<int64_t>(ops[1].number);
    }
    return std::nullopt;
  }
  bool is_cfa() const { return count == 2 && ops[0].atom == DW_OP_call_frame_cfa && ops[1].atom == DW_OP_stack_value; }
  // Saved at a register plus an offset.
  std::optional<int64_t> saved_at_register(int number) const {
    const size_t at = count != 0 && ops[0].atom == DW_OP_call_frame_cfa ? 1 : 0;
    if (count == at + 1 && ops[at].atom == DW_OP_breg0 + number) return static_cast<int64_t>(ops[at].number);
    return std::nullopt;
  }
};

Location location_of(Dwarf_Frame* frame, int number) {
  Location location;
  EXPECT_EQ(dwarf_frame_register(frame, number, location.memory, &location.ops, &location.count), 0);
  return location;
}

UnwindRule rule_by_elfutils(Dwarf_Frame* frame, bool signal) {
  const Location pc = location_of(frame, kReturnAddress);
  const Location sp = location_of(frame, kRsp);
  const Location bp = location_of(frame, kRbp);
  Dwarf_Op* cfa = nullptr;
  size_t count = 0;
  if (pc.is_undefined()) return UnwindRule(Kind::kBottom);
  EXPECT_EQ(dwarf_frame_cfa(frame, &cfa, &count), 0);

  const bool dereferenced = count == 2 && cfa[1].atom == DW_OP_deref;
  if (signal) {
    const bool usual = dereferenced && cfa[0].atom == DW_OP_breg0 + kRsp &&
                       static_cast<int>(cfa[0].number) == signal_frame::kSpOffset &&
                       pc.saved_at_register(kRsp) == signal_frame::kPcOffset &&
                       sp.saved_at_register(kRsp) == signal_frame::kSpOffset &&
                       bp.saved_at_register(kRsp) == signal_frame::kBpOffset;
    return UnwindRule(usual ? Kind::kSignal : Kind::kComplex);
  }
  if (pc.saved_at() != -8 || !(sp.is_unchanged() || sp.is_cfa())) return UnwindRule(Kind::kComplex);
  if (dereferenced && cfa[0].atom == DW_OP_breg0 + kRbp) {
    const auto saved = bp.saved_at_register(kRbp);
    if (!saved) return UnwindRule(Kind::kComplex);
    return UnwindRule(Kind::kRealigned, static_cast<int32_t>(cfa[0].number), static_cast<int32_t>(*saved));
  }
  int64_t saved = 0;
  if (!bp.is_unchanged()) {
    if (!bp.saved_at() || *bp.saved_at() > -16) return UnwindRule(Kind::kComplex);
    saved = *bp.saved_at();
  }
  if (count != 1 || cfa[0].atom != DW_OP_bregx) return UnwindRule(Kind::kComplex);
  const auto offset = static_cast<int64_t>(cfa[0].number2);
  const auto rule = [&](Kind kind) {
    return UnwindRule(kind, static_cast<int32_t>(offset), static_cast<int32_t>(saved));
  };
  if (cfa[0].number == kRsp && offset >= 8 && offset + saved >= -128) return rule(Kind::kStackPointer);
  if (cfa[0].number == kRbp) {
    return rule(offset == 16 && saved == -16 ? Kind::kFramePointer : Kind::kBasePointer);
  }
  return UnwindRule(Kind::kComplex);
}

class EveryRowOf : public testing::TestWithParam<const char*> {};

TEST_P(EveryRowOf, compiles_to_what_elfutils_says) {
  const MappedElf elf(GetParam());
  if (!elf.ok()) GTEST_SKIP() << GetParam() << " is not on this machine";
  elf_version(EV_CURRENT);
  const std::unique_ptr<Elf, decltype(&elf_end)> file(elf_begin(elf.file(), ELF_C_READ_MMAP, nullptr), &elf_end);
  const std::unique_ptr<Dwarf_CFI, decltype(&dwarf_cfi_end)> cfi(dwarf_getcfi_elf(file.get()), &dwarf_cfi_end);
  ASSERT_NE(cfi, nullptr);
  const uintptr_t bias = elf.image().load_bias();
  const auto machine = std::make_unique<CfiMachine>();

  size_t rows = 0;
  size_t complex_rows = 0;
  size_t mismatches = 0;
  const auto check = [&](const CfiEntry& listed, uintptr_t address, const UnwindRule& expected) {
    CfiEntry entry;
    const CfiSearch search = find_cfi_entry(elf.image().tables(), address, entry);
    const bool found = search == CfiSearch::kFound && entry.begin == listed.begin;
    const bool ran = found && machine->run(entry, address);
    if (!ran || !(compile_rule(machine->row(), entry) == expected)) {
      if (++mismatches <= 5) ADD_FAILURE() << GetParam() << " at " << std::hex << address - bias;
    }
    ++rows;
  };
  for_each_cfi_entry(elf.image().tables(), [&](const CfiEntry& entry) {
    for (uintptr_t address = entry.begin; address < entry.end;) {
      Dwarf_Frame* frame = nullptr;
      ASSERT_EQ(dwarf_cfi_addrframe(cfi.get(), address - bias, &frame), 0) << std::hex << address - bias;
      Dwarf_Addr start = 0;
      Dwarf_Addr end = 0;
      bool signal = false;
      dwarf_frame_info(frame, &start, &end, &signal);
      const UnwindRule expected = rule_by_elfutils(frame, signal);
      complex_rows += expected.kind() == Kind::kComplex;
      check(entry, address, expected);
      const uintptr_t next = std::min<uintptr_t>(entry.end, bias + end);
      if (next - 1 != address) check(entry, next - 1, expected);
      std::free(frame);
      if (next <= address) break;
      address = next;
    }
  });
  EXPECT_EQ(mismatches, 0u);
  EXPECT_GT(rows, 0u);
  RecordProperty("addresses", std::to_string(rows));
  std::printf("%s: %zu addresses, %zu with rows too complex for a rule\n", GetParam(), rows, complex_rows);
}

INSTANTIATE_TEST_SUITE_P(UnwindRule, EveryRowOf,
                         testing::Values("/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2",
                                         "/lib/x86_64-linux-gnu/libm.so.6", "/lib/x86_64-linux-gnu/libgcc_s.so.1",
                                         "/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
                                         "/usr/lib/x86_64-linux-gnu/libcrypto.so.3", "/usr/bin/python3",
                                         "/usr/bin/node", "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus",
                                         "/usr/lib/x86_64-linux-gnu/libLLVM-14.so.1", "/usr/bin/gdb"));

}  // namespace
}  // namespace heapreel::engine
