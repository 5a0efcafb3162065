#include "tools/command/run/sanitizer_check.h"

#include <elf.h>

#include <algorithm>
#include <fstream>
#include <string_view>
#include <vector>

namespace heapreel::tools {
namespace {

constexpr uint64_t kMostSymbolBytes = uint64_t{1} << 30;  // larger tables are damaged ones

// Every instrumented program calls one of these, or its static run-time library defines it.
constexpr std::string_view kNeeded[] = {"__asan_init", "__tsan_init", "__msan_init", "__hwasan_init", "__lsan_init"};
// The hooks that static run-time libraries look for in the program, of the sanitizers that have a malloc.
constexpr std::string_view kLookedFor[] = {"__sanitizer_malloc_hook", "__sanitizer_print_memory_profile"};

template <class Item>
std::vector<Item> read_items(std::ifstream& file, uint64_t offset, uint64_t bytes) {
  if (bytes > kMostSymbolBytes) return {};
  std::vector<Item> items(bytes / sizeof(Item));
  const auto wanted = static_cast<std::streamsize>(items.size() * sizeof(Item));
  file.clear();
  file.seekg(static_cast<std::streamoff>(offset));
  if (!file.read(reinterpret_cast<char*>(items.data()), wanted)) items.clear();
  return items;
}

bool tells_of_sanitizer(const Elf64_Sym& symbol, std::string_view name) {
  // A weak reference asks for a sanitizer without bringing it.
  const bool is_there = symbol.st_shndx != SHN_UNDEF || ELF64_ST_BIND(symbol.st_info) != STB_WEAK;
  return (is_there && std::ranges::find(kNeeded, name) != std::end(kNeeded)) ||
         std::ranges::find(kLookedFor, name) != std::end(kLookedFor);
}

}  // namespace

bool is_built_with_sanitizer(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<Elf64_Ehdr> header = read_items<Elf64_Ehdr>(file, 0, sizeof(Elf64_Ehdr));
  if (header.empty() || header[0].e_shentsize != sizeof(Elf64_Shdr)) return false;
  const std::vector<Elf64_Shdr> sections =
      read_items<Elf64_Shdr>(file, header[0].e_shoff, uint64_t{header[0].e_shnum} * sizeof(Elf64_Shdr));
  const auto table = std::ranges::find(sections, uint32_t{SHT_DYNSYM}, &Elf64_Shdr::sh_type);
  if (table == sections.end() || table->sh_link >= sections.size()) return false;
  const Elf64_Shdr& names_at = sections[table->sh_link];
  std::vector<char> names = read_items<char>(file, names_at.sh_offset, names_at.sh_size);
  names.push_back('\0');
  const std::vector<Elf64_Sym> symbols = read_items<Elf64_Sym>(file, table->sh_offset, table->sh_size);
  return std::ranges::any_of(symbols, [&names](const Elf64_Sym& symbol) {
    return symbol.st_name < names.size() && tells_of_sanitizer(symbol, names.data() + symbol.st_name);
  });
}

}  // namespace heapreel::tools
