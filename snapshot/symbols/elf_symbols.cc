#include "snapshot/symbols/elf_symbols.h"

#include <gelf.h>
#include <libelf.h>

#include <algorithm>
#include <limits>

#include "snapshot/symbols/elf_file.h"

namespace heapreel {
namespace {

Elf_Scn* find_symbol_section(Elf* elf, GElf_Shdr& header) {
  for (const uint32_t type : {SHT_SYMTAB, SHT_DYNSYM}) {
    for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
      if (gelf_getshdr(section, &header) != nullptr && header.sh_type == type && header.sh_entsize != 0) return section;
    }
  }
  return nullptr;
}

uint8_t rank_of(unsigned char info) {
  switch (GELF_ST_BIND(info)) {
    case STB_GLOBAL:
      return 0;
    case STB_WEAK:
      return 1;
    default:
      return 2;
  }
}

}  // namespace

ElfSymbols::ElfSymbols(std::span<const ElfFile* const> files) {
  for (const ElfFile* file : files) add(*file);
  keep_one_per_address();
}

void ElfSymbols::add(const ElfFile& file) {
  GElf_Shdr header;
  Elf_Scn* section = find_symbol_section(file.handle(), header);
  Elf_Data* data = section != nullptr ? elf_getdata(section, nullptr) : nullptr;
  if (data == nullptr) return;
  const size_t count = std::min<uint64_t>(data->d_size / header.sh_entsize, std::numeric_limits<int>::max());
  for (size_t i = 0; i < count; i++) {
    GElf_Sym symbol;
    if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) break;
    const int type = GELF_ST_TYPE(symbol.st_info);
    if (symbol.st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_GNU_IFUNC)) continue;
    const char* name = elf_strptr(file.handle(), header.sh_link, symbol.st_name);
    if (name == nullptr || *name == '\0' || names_.size() > std::numeric_limits<uint32_t>::max() / 2) continue;
    symbols_.push_back({symbol.st_value, symbol.st_value + symbol.st_size, static_cast<uint32_t>(names_.size()),
                        rank_of(symbol.st_info)});
    names_ += name;
    names_ += '\0';
  }
}

// Keeps one symbol per address, and ends each where the next begins. Hand-written assembly has symbols
// without a size: they too reach to the next one, but not past the segment they stand in, which `find`'s
// callers have checked.
void ElfSymbols::keep_one_per_address() {
  std::ranges::sort(symbols_, [](const Symbol& a, const Symbol& b) {
    if (a.start != b.start) return a.start < b.start;
    if ((a.end == a.start) != (b.end == b.start)) return b.end == b.start;  // a size is worth more than a binding
    if (a.rank != b.rank) return a.rank < b.rank;
    return a.name < b.name;
  });
  const auto same = [](const Symbol& a, const Symbol& b) { return a.start == b.start; };
  symbols_.erase(std::unique(symbols_.begin(), symbols_.end(), same), symbols_.end());
  for (size_t i = 0; i < symbols_.size(); i++) {
    Symbol& symbol = symbols_[i];
    const uint64_t next = i + 1 < symbols_.size() ? symbols_[i + 1].start : std::numeric_limits<uint64_t>::max();
    symbol.end = symbol.end > symbol.start ? std::min(symbol.end, next) : next;
  }
}

const char* ElfSymbols::find(uint64_t vaddr) const {
  auto after = std::ranges::upper_bound(symbols_, vaddr, {}, &Symbol::start);
  if (after == symbols_.begin()) return nullptr;
  const Symbol& symbol = *std::prev(after);
  return vaddr < symbol.end ? names_.data() + symbol.name : nullptr;
}

}  // namespace heapreel
