// Finds the .eh_frame entry that covers an address, through the sorted table of .eh_frame_hdr when there is
// one.
#pragma once

#include "engine/unwind/cfi_entry.h"

namespace heapreel::engine {

// Where a module keeps its unwind tables. Both ranges reach to the end of the mapped segment they lie in.
struct CfiTables {
  CfiBytes index;                         // begins at .eh_frame_hdr
  CfiBytes frames;                        // the segment that holds .eh_frame
  const uint8_t* frames_begin = nullptr;  // .eh_frame itself, inside `frames`
};

enum class CfiSearch : uint8_t {
  kFound,
  kNotCovered,  // the tables are sound and have no entry for the address
  kDamaged,     // the tables cannot be trusted for this address
};

// Where .eh_frame begins according to the header at the start of `index`; null when the header is unusable.
const uint8_t* eh_frame_of_index(CfiBytes index) noexcept;

CfiSearch find_cfi_entry(const CfiTables& tables, uintptr_t address, CfiEntry& entry) noexcept;

}  // namespace heapreel::engine
