// Any debug information of a program and of its package of split units, in sections that are sound as a file: the index
// of units, the package's index and what both of them lead to.
//
// The input is a list of parts: u8 which section, u16 its size, its bytes. The package's index is built from a header
// of numbers unless its first byte asks for the bytes as they are.
#include <elf.h>

#include <array>
#include <memory>
#include <vector>

#include "snapshot/symbols/dwarf_resolver.h"
#include "snapshot/symbols/elf_file.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"

namespace {

using namespace heapreel;
using heapreel::testing::as_bytes;
using heapreel::testing::FuzzImage;
using heapreel::testing::FuzzInput;
using heapreel::testing::require;

constexpr size_t kProgramSections = 9;
constexpr std::array<const char*, 16> kSections = {
    ".debug_info",        ".debug_abbrev",          ".debug_addr",     ".debug_line",
    ".debug_str",         ".debug_ranges",          ".debug_rnglists", ".debug_line_str",
    ".debug_str_offsets", ".debug_cu_index",        ".debug_info.dwo", ".debug_abbrev.dwo",
    ".debug_str.dwo",     ".debug_str_offsets.dwo", ".debug_line.dwo", ".debug_rnglists.dwo"};
constexpr size_t kIndexSection = 9;
constexpr AddressRange kCode = {0x1000, 0x9000};

std::string package_index(std::span<const uint8_t> bytes) {
  FuzzInput in(bytes);
  FuzzImage index;
  const uint8_t shape = in.u8();
  if ((shape & 1) != 0) {
    index.raw(in.bytes(in.left()));
    return index.bytes();
  }
  const unsigned columns = in.u8() % 12, units = in.u8() % 8, slots = 1u << in.u8() % 5;
  for (const unsigned field : {(shape & 2) != 0 ? 2u : 5u, columns, units, slots}) index.number(field, 4);
  for (unsigned slot = 0; slot < slots; ++slot) index.number(in.u64(), 8);
  for (unsigned slot = 0; slot < slots; ++slot) index.number(in.u8(), 4);
  for (unsigned column = 0; column < columns; ++column) index.number(in.u8(), 4);
  for (unsigned cell = 0; cell < 2 * units * columns; ++cell) index.number(in.u16(), 4);
  return index.bytes();
}

// An ELF file with one segment of code and the sections [first, last).
std::vector<uint8_t> elf_image(const std::array<std::string, kSections.size()>& contents, size_t first, size_t last) {
  std::string names(1, '\0');
  std::string bytes(sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr), '\0');
  std::vector<Elf64_Shdr> headers(1);
  const auto add = [&](const char* name, uint32_t type, const std::string& content) {
    Elf64_Shdr header{};
    header.sh_name = static_cast<Elf64_Word>(names.size());
    header.sh_type = type;
    header.sh_offset = bytes.size();
    header.sh_size = content.size();
    header.sh_addralign = 1;
    names.append(name).push_back('\0');
    if (type == SHT_STRTAB) header.sh_size = names.size();
    bytes += type == SHT_STRTAB ? names : content;
    headers.push_back(header);
  };
  for (size_t i = first; i < last; ++i) {
    if (!contents[i].empty()) add(kSections[i], SHT_PROGBITS, contents[i]);
  }
  add(".shstrtab", SHT_STRTAB, {});
  bytes.resize((bytes.size() + 7) / 8 * 8);

  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_DYN;
  header.e_machine = EM_X86_64;
  header.e_version = EV_CURRENT;
  header.e_ehsize = sizeof header;
  header.e_phoff = sizeof header;
  header.e_phentsize = sizeof(Elf64_Phdr);
  header.e_phnum = 1;
  header.e_shoff = bytes.size();
  header.e_shentsize = sizeof(Elf64_Shdr);
  header.e_shnum = static_cast<Elf64_Half>(headers.size());
  header.e_shstrndx = static_cast<Elf64_Half>(headers.size() - 1);
  Elf64_Phdr segment{};
  segment.p_type = PT_LOAD;
  segment.p_flags = PF_R | PF_X;
  segment.p_vaddr = kCode.start;
  segment.p_memsz = kCode.end - kCode.start;
  std::memcpy(bytes.data(), &header, sizeof header);
  std::memcpy(bytes.data() + sizeof header, &segment, sizeof segment);
  bytes.append(reinterpret_cast<const char*>(headers.data()), headers.size() * sizeof headers[0]);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::array<std::string, kSections.size()> contents;
  for (FuzzInput in({data, size}); in.left() > 0;) {
    const size_t which = in.u8() % kSections.size();
    const auto bytes = in.bytes(in.u16());
    contents[which].assign(bytes.begin(), bytes.end());
    if (which == kIndexSection) contents[which] = package_index(bytes);
  }
  std::string error;
  const auto program = ElfFile::open_in_memory("program", elf_image(contents, 0, kProgramSections), error);
  require(program != nullptr, "the program is sound as a file");
  const auto package =
      ElfFile::open_in_memory("package", elf_image(contents, kProgramSections, kSections.size()), error);
  require(package != nullptr, "the package is sound as a file");

  std::vector<uint64_t> vaddrs;
  for (uint64_t i = 0; i < 64; ++i) vaddrs.push_back(kCode.start + 5 * i);
  size_t last_done = 0;
  const DwarfResolution found =
      resolve_by_dwarf(*program, nullptr, package.get(), std::span(&kCode, 1), vaddrs, [&](size_t done) {
        require(done >= last_done && done <= vaddrs.size(), "progress ascends to the number of addresses");
        last_done = done;
      });
  require(found.frames.size() == vaddrs.size(), "every address has a result");
  for (const std::string& problem : found.problems) require(!problem.empty(), "a problem has a text");
  return 0;
}
