// Finds the files that can name a module's addresses: the module itself and its separate debug file.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "snapshot/symbols/elf_file.h"
#include "snapshot/symbols/symbolizer.h"

namespace heapreel {

struct SymbolFiles {
  std::unique_ptr<ElfFile> image;   // the module's own file; null when missing, unreadable or another build
  std::unique_ptr<ElfFile> debug;   // its separate debug file; null when there is none, or no need of one
  std::unique_ptr<ElfFile> shared;  // what dwz moved out of the debug information; null when nothing, or not here
  std::unique_ptr<ElfFile> mini;    // the symbol table in the module's .gnu_debugdata; null when none, or no need of it
  std::unique_ptr<ElfFile> package;  // its split units in one file, .dwp; null when there is none

  bool empty() const { return image == nullptr && debug == nullptr; }
  // The file with the debug information, if any.
  ElfFile* dwarf() const;
  // The files whose symbol tables together name the most: one with a whole table, or what a stripped module still has.
  std::vector<const ElfFile*> symbols() const;
  const std::vector<AddressRange>& code() const { return image != nullptr ? image->code() : debug->code(); }
  // Path, size and change time of each file: equal exactly when searching again would find the same files.
  std::string identity() const;
};

// A file is used only when its build-id is the recorded one. Without a recorded one, the module's file is used
// unchecked, and its debug file by the build-id or CRC of the module's file. `warn` is told of every file that is
// refused.
SymbolFiles find_symbol_files(const ModuleImage& module, const SymbolizerOptions& options,
                              const std::function<void(const std::string&)>& warn);

}  // namespace heapreel
