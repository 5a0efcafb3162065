// MiniDebugInfo: the symbol table that a stripped module carries, as an ELF file of its own, in its section
// .gnu_debugdata, compressed by xz. Fedora and its kin build all packages so.
#pragma once

#include <memory>
#include <string>

#include "snapshot/symbols/elf_file.h"

namespace heapreel {

// Null where there is none, and where it cannot be read: then `error` says why. Takes at most kMostMiniDebugInfo bytes
// for the file in memory, and as many to unpack it, whatever the section claims.
std::unique_ptr<ElfFile> open_mini_debug_info(const ElfFile& image, std::string& error);

// The largest that are known, of browsers and LLVM, take some 20 MiB.
inline constexpr size_t kMostMiniDebugInfo = size_t{256} << 20;

}  // namespace heapreel
