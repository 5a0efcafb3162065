// The functions of an ELF symbol table, by address: all that is known when there is no debug information.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heapreel {

class ElfFile;

class ElfSymbols {
 public:
  ElfSymbols() = default;
  // Reads .symtab, or .dynsym where the file was stripped, of each file. A damaged table gives fewer symbols, or none.
  explicit ElfSymbols(std::span<const ElfFile* const> files);
  explicit ElfSymbols(const ElfFile& file) : ElfSymbols(std::array{&file}) {}

  // Mangled name of the function at `vaddr`; null when no symbol covers it. Valid as long as this object.
  const char* find(uint64_t vaddr) const;
  bool empty() const { return symbols_.empty(); }
  // Calls visit(mangled name, start, end) for every function, by address; of several at one address for the first.
  template <class Visit>
  void for_each(Visit visit) const {
    for (const Symbol& symbol : symbols_) visit(names_.data() + symbol.name, symbol.start, symbol.end);
  }

 private:
  struct Symbol {
    uint64_t start;
    uint64_t end;
    uint32_t name;  // where it begins in names_
    uint8_t rank;   // among symbols of one address, the lowest is the name people know
  };
  void add(const ElfFile& file);
  void keep_one_per_address();

  std::vector<Symbol> symbols_;  // by start, disjoint
  std::string names_;            // zero-terminated, back to back
};

}  // namespace heapreel
