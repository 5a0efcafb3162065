// Whether a call returns to an address. Used on stacks through code that no table describes, where a word that only
// looks like a return address must not become a frame.
#pragma once

#include <cstdint>

namespace heapreel::engine {

// Whether the instruction before `pc` is a call. May ask the kernel whether the memory can be read. Memory that the
// program could not execute has no calls, whatever it looks like. Each architecture has a source file of its own.
bool is_call_site(uintptr_t pc) noexcept;

}  // namespace heapreel::engine
