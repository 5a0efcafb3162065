// Any bytes as the file of a module whose symbols are wanted: ELF layout, symbol table, DWARF.
#include <array>
#include <span>

#include "snapshot/symbols/elf_file.h"
#include "snapshot/symbols/elf_symbols.h"
#include "snapshot/symbols/symbolizer.h"
#include "tests/fuzz/memory_file.h"

namespace {

using namespace heapreel;
using heapreel::testing::require;

constexpr uint64_t kBias = 0x10'0000;
constexpr uint64_t kSpan = 0x10'0000;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const testing::MemoryFile file({data, size});
  std::string error;
  const auto elf = ElfFile::open(file.path(), error);
  require((elf == nullptr) == !error.empty(), "a file that cannot be read is told of");

  // Where code says it is, and over the whole range that small programs use.
  std::vector<uint64_t> addresses;
  if (elf != nullptr) {
    const ElfSymbols symbols(*elf);
    for (const AddressRange& range : elf->code()) {
      for (uint64_t i = 0; i < 16; ++i) addresses.push_back(kBias + range.start + (range.end - range.start) / 16 * i);
    }
    for (const uint64_t address : addresses) symbols.find(address - kBias);
  }
  for (uint64_t i = 0; i < 64; ++i) addresses.push_back(kBias + 0x1000 + i * 16);

  SymbolizerOptions options;
  options.debug_directories.clear();
  Symbolizer symbolizer(options);
  ModuleImage module;
  module.path = file.path();
  module.start = kBias;
  module.end = kBias + kSpan;
  module.bias = kBias;
  const auto resolved = symbolizer.resolve(module, addresses);
  require(resolved.size() == addresses.size(), "every address has a result");
  for (const SourceFrames& frames : resolved) require(!frames.empty(), "a result has a frame");
  return 0;
}
