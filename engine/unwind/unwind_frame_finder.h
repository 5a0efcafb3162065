// Finds the call-frame row of a frame's pc: the module, the entry, and the row by running the entry's program. A walk
// uses it when no rule is cached.
#pragma once

#include "engine/unwind/cfi_index.h"
#include "engine/unwind/cfi_program.h"

namespace heapreel::engine {

// Private to one walk at a time. All-zero memory is a valid finder.
class UnwindFrameFinder {
 public:
  struct Result {
    CfiSearch search;
    bool in_module;  // the address belongs to a loaded module, whether its tables cover it or not
  };

  // On kFound, entry() and row() describe the frame until the next call. `stored_pc` is as in frame_pc.h. Takes no lock
  // and allocates nothing. The module is noted in the installed ModuleTable before this returns.
  Result find(uintptr_t stored_pc) noexcept;

  // Whether a loaded module holds `address` outside of its code. No system call.
  bool is_data_of_module(uintptr_t address) noexcept;

  const CfiEntry& entry() const { return entry_; }
  const CfiRow& row() const { return machine_.row(); }

  // Forgets the modules; the loader is asked for them again.
  void clear() noexcept;

 private:
  static constexpr uint32_t kModules = 32;

  struct Module {
    uintptr_t start;
    uintptr_t end;
    CfiTables tables;
  };

  const Module* find_module(uintptr_t address) noexcept;

  Module modules_[kModules];  // direct-mapped by start address
  CfiEntry entry_;
  CfiMachine machine_;
};

}  // namespace heapreel::engine
