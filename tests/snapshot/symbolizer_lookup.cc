// Resolves hexadecimal ELF addresses from standard input against one file, for comparison with other
// symbolizers: per address a line "0x...", then "function TAB file:line" innermost first, then an empty line.
#include <cstdio>
#include <iostream>
#include <string_view>

#include "snapshot/symbols/demangle.h"
#include "snapshot/symbols/elf_file.h"
#include "snapshot/symbols/symbolizer.h"

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: %s ELF [CACHE_DIRECTORY] < ADDRESSES\n       %s --demangle < NAMES\n", argv[0],
                 argv[0]);
    return 2;
  }
  if (argv[1] == std::string_view("--demangle")) {
    for (std::string line; std::getline(std::cin, line);) std::printf("%s\n", heapreel::demangle(line.c_str()).c_str());
    return 0;
  }
  heapreel::ModuleImage module{.path = argv[1], .build_id = {}, .start = 0, .end = UINT64_MAX, .bias = 0};
  std::string error;
  if (const auto file = heapreel::ElfFile::open(module.path, error)) module.build_id = file->build_id();
  std::vector<uint64_t> addresses;
  for (std::string word; std::cin >> word;) addresses.push_back(std::stoull(word, nullptr, 16));

  heapreel::SymbolizerOptions options;
  if (argc == 3) options.cache_directory = argv[2];
  heapreel::Symbolizer symbolizer(std::move(options));
  const auto resolved = symbolizer.resolve(module, addresses);
  for (size_t i = 0; i < addresses.size(); i++) {
    std::printf("0x%llx\n", static_cast<unsigned long long>(addresses[i]));
    for (const heapreel::SourceFrame& frame : resolved[i]) {
      std::printf("%s\t%s:%u\n", frame.function.c_str(), frame.filename.c_str(), frame.lineno);
    }
    std::printf("\n");
  }
  for (const std::string& warning : symbolizer.warnings()) std::fprintf(stderr, "%s\n", warning.c_str());
  return 0;
}
