// The register numbers of the architecture whose stacks are walked: the one this is built for, except in tests that
// read another one's tables.
#pragma once

#if defined(__aarch64__) || defined(HEAPREEL_UNWIND_AARCH64)
#include "engine/unwind/dwarf_register_aarch64.h"
#else
#include "engine/unwind/dwarf_register_x86_64.h"
#endif
