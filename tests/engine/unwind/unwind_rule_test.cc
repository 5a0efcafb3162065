// The rules we compile, against elfutils' reading of the same tables, at the first and the last address of every row of
// real modules.
//
// usage: unwind_rule_test [--all FOLDER...] [MODULE...]
//
// Without arguments: the modules below that are here. --all: every ELF file of this architecture in the folders.
#include "engine/unwind/unwind_rule.h"

#include <gtest/gtest.h>
#include <libelf.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "elfutils_location.h"
#include "engine/unwind/cfi_program.h"
#include "mapped_elf.h"

namespace heapreel::engine {
namespace {

#ifdef HEAPREEL_UNWIND_AARCH64
constexpr uint16_t kMachine = EM_AARCH64;
const std::vector<std::string> kUsual = {
    "/usr/aarch64-linux-gnu/lib/libc.so.6",     "/usr/aarch64-linux-gnu/lib/ld-linux-aarch64.so.1",
    "/usr/aarch64-linux-gnu/lib/libm.so.6",     "/usr/aarch64-linux-gnu/lib/libgcc_s.so.1",
    "/usr/aarch64-linux-gnu/lib/libgomp.so.1",  "/usr/aarch64-linux-gnu/lib/libasan.so.8",
    "/usr/aarch64-linux-gnu/lib/libtsan.so.2",  "/usr/aarch64-linux-gnu/lib/libstdc++.so.6",
    "/usr/aarch64-linux-gnu/lib/libubsan.so.1", "/usr/aarch64-linux-gnu/lib/libatomic.so.1"};
#else
constexpr uint16_t kMachine = EM_X86_64;
const std::vector<std::string> kUsual = {"/lib/x86_64-linux-gnu/libc.so.6",
                                         "/lib64/ld-linux-x86-64.so.2",
                                         "/lib/x86_64-linux-gnu/libm.so.6",
                                         "/lib/x86_64-linux-gnu/libgcc_s.so.1",
                                         "/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
                                         "/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
                                         "/usr/lib/x86_64-linux-gnu/libdw.so.1",
                                         "/usr/bin/python3",
                                         "/usr/bin/node",
                                         "/usr/bin/git",
                                         "/usr/bin/perl",
                                         "/usr/bin/gdb",
                                         "/usr/games/godot3-server",
                                         "/usr/bin/godot3-server",
                                         "/usr/lib/gcc/x86_64-linux-gnu/12/cc1plus",
                                         "/usr/lib/x86_64-linux-gnu/libclang-cpp.so.14",
                                         "/usr/lib/x86_64-linux-gnu/libLLVM-14.so.1"};
#endif

struct Outcome {
  size_t rows = 0;
  size_t complex_rows = 0;
  size_t mismatches = 0;
};

// Compares one address of a listed entry.
void compare(const MappedElf& elf, CfiMachine& machine, uintptr_t begin, uintptr_t address, const UnwindRule& expected,
             const std::string& path, Outcome& outcome) {
  CfiEntry entry;
  const bool found = find_cfi_entry(elf.image().tables(), address, entry) == CfiSearch::kFound && entry.begin == begin;
  const bool equal = found && machine.run(entry, address) && compile_rule(machine.row(), entry) == expected;
  if (!equal && ++outcome.mismatches <= 5) {
    ADD_FAILURE() << path << " at " << std::hex << address - elf.image().load_bias();
  }
  ++outcome.rows;
}

Outcome compare_rows(const MappedElf& elf, Dwarf_CFI* cfi, const std::string& path) {
  const uintptr_t bias = elf.image().load_bias();
  const auto machine = std::make_unique<CfiMachine>();
  Outcome outcome;
  for_each_cfi_entry(elf.image().tables(), [&](const CfiEntry& entry) {
    for (uintptr_t address = entry.begin; address < entry.end;) {
      Dwarf_Frame* frame = nullptr;
      if (dwarf_cfi_addrframe(cfi, address - bias, &frame) != 0) {
        ADD_FAILURE() << path << ": elfutils has no row at " << std::hex << address - bias;
        return;
      }
      Dwarf_Addr start = 0;
      Dwarf_Addr end = 0;
      bool signal = false;
      const int return_address = dwarf_frame_info(frame, &start, &end, &signal);
      const UnwindRule expected = rule_by_elfutils(frame, signal, return_address);
      outcome.complex_rows += expected.kind() == UnwindRule::Kind::kComplex;
      compare(elf, *machine, entry.begin, address, expected, path, outcome);
      const uintptr_t next = std::min<uintptr_t>(entry.end, bias + end);
      if (next - 1 != address) compare(elf, *machine, entry.begin, next - 1, expected, path, outcome);
      std::free(frame);
      if (next <= address) break;
      address = next;
    }
  });
  return outcome;
}

// The modules to compare, and whether they were asked for by name.
std::vector<std::string> g_modules = kUsual;
bool g_usual = true;

TEST(UnwindRule, of_every_row_is_what_elfutils_says) {
  elf_version(EV_CURRENT);
  Outcome all;
  size_t modules = 0;
  for (const std::string& path : g_modules) {
    const MappedElf elf(path);
    if (!elf.ok() || elf.machine() != kMachine) continue;
    const std::unique_ptr<Elf, decltype(&elf_end)> file(elf_begin(elf.file(), ELF_C_READ_MMAP, nullptr), &elf_end);
    const std::unique_ptr<Dwarf_CFI, decltype(&dwarf_cfi_end)> cfi(dwarf_getcfi_elf(file.get()), &dwarf_cfi_end);
    if (cfi == nullptr) continue;  // no .eh_frame
    const Outcome outcome = compare_rows(elf, cfi.get(), path);
    ++modules;
    all.rows += outcome.rows;
    all.complex_rows += outcome.complex_rows;
    all.mismatches += outcome.mismatches;
    if (g_usual) std::printf("%s: %zu addresses, %zu complex rows\n", path.c_str(), outcome.rows, outcome.complex_rows);
  }
  std::printf("%zu modules, %zu addresses, %zu complex rows, %zu mismatches\n", modules, all.rows, all.complex_rows,
              all.mismatches);
  if (modules == 0 && g_usual) GTEST_SKIP() << "none of the usual modules is on this machine";
  EXPECT_EQ(all.mismatches, 0u);
  EXPECT_GT(all.rows, 0u);
}

void add_files_of(const char* folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(
           folder, std::filesystem::directory_options::skip_permission_denied, error)) {
    if (entry.is_regular_file(error) && !entry.is_symlink(error)) g_modules.push_back(entry.path().native());
  }
}

}  // namespace
}  // namespace heapreel::engine

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  using namespace heapreel::engine;
  if (argc > 1) {
    g_modules.clear();
    g_usual = false;
  }
  bool folders = false;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--all") {
      folders = true;
    } else if (folders) {
      add_files_of(argv[i]);
    } else {
      g_modules.emplace_back(argv[i]);
    }
  }
  return RUN_ALL_TESTS();
}
