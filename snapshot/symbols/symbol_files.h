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
  // The files whose symbol tables together name most: one with a whole table, or what a stripped module has left.
  std::vector<const ElfFile*> symbols() const;
  const std::vector<AddressRange>& code() const { return image != nullptr ? image->code() : debug->code(); }
  // Path, size and change time of each file: equal exactly when a second look would find the same.
  std::string identity() const;
};

// A file is used only when its build-id is the recorded one, or, lacking a recorded one, unchecked for the
// module and by build-id or CRC of the module's file for its debug file. Everything turned down is told to
// `warn`.
SymbolFiles find_symbol_files(const ModuleImage& module, const SymbolizerOptions& options,
                              const std::function<void(const std::string&)>& warn);

}  // namespace heapreel
