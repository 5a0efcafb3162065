// One function's entry (FDE) of .eh_frame, together with the common part (CIE) that it refers to.
#pragma once

#include "engine/unwind/cfi_reader.h"

namespace heapreel::engine {

struct CfiEntry {
  uintptr_t begin = 0;  // addresses the entry covers: [begin, end)
  uintptr_t end = 0;
  CfiBytes common_program;  // run first: the rules every function of this CIE starts with
  CfiBytes program;         // then this function's own
  uint64_t code_alignment = 1;
  int64_t data_alignment = 1;
  uint64_t return_address_register = 0;
  uint8_t pointer_encoding = 0;
  bool signal_frame = false;  // the code runs on a frame that the kernel built
};

// Reads the FDE at `at`; false when the bytes there are not a well-formed FDE within `section`.
bool read_cfi_entry(const uint8_t* at, CfiBytes section, CfiEntry& entry) noexcept;

// Reads the length field at the start of any record and narrows `record` to the bytes after it. False at the
// terminator, at the end of the section and when the record does not fit.
bool read_cfi_record(const uint8_t* at, CfiBytes section, CfiBytes& record) noexcept;

}  // namespace heapreel::engine
