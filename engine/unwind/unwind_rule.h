// The short form of a call-frame row, which the stack walker caches: 8 bytes, decoded by a shift or two. Each
// architecture has forms of its own.
#pragma once

#include "engine/unwind/cfi_entry.h"
#include "engine/unwind/cfi_row.h"

#if defined(__aarch64__) || defined(HEAPREEL_UNWIND_AARCH64)
#include "engine/unwind/unwind_rule_aarch64.h"
#else
#include "engine/unwind/unwind_rule_x86_64.h"
#endif

namespace heapreel::engine {

UnwindRule compile_rule(const CfiRow& row, const CfiEntry& entry) noexcept;

}  // namespace heapreel::engine
